// Command embed is a web application that tracks its visitors with behavior.
package main

import (
	"context"
	"log"
	"net/http"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
	"github.com/userbehavior/behavior/web"
)

func main() {
	store, err := duckdb.Open(context.Background(), "behavior.duckdb")
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	tracker, err := behavior.New(store, behavior.Settings{})
	if err != nil {
		log.Fatal(err)
	}
	defer tracker.Close()

	http.Handle("/user_behavior/", web.Handler(tracker))
	http.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("Hello.\n")) })
	log.Println(http.ListenAndServe("localhost:8000", nil))
}
