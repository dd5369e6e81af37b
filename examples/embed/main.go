// Command embed is a web application that tracks its visitors with behavior.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
	"github.com/userbehavior/behavior/web"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	store, err := duckdb.Open(ctx, "behavior.duckdb")
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	tracker, err := behavior.New(store, behavior.Settings{})
	if err != nil {
		log.Panic(err)
	}
	defer tracker.Close()

	http.Handle("/user_behavior/", web.Handler(tracker))
	http.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("Hello.\n")) })
	server := http.Server{Addr: "localhost:8000", ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	context.AfterFunc(ctx, func() { ended <- server.Shutdown(context.Background()) })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Panic(err)
	}
	<-ended // what was under way has its answer
}
