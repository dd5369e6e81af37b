package pgpool

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestAnotherServerThanPostgreSQL(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	for name, c := range map[string]struct{ addr, says string }{
		"one that says nothing": {silent.Addr().String(), "no answer from PostgreSQL at 127.0.0.1:"},
		"a web server":          {web.Listener.Addr().String(), "no answer from PostgreSQL at 127.0.0.1:"},
		"none":                  {"127.0.0.1:1", "cannot connect to PostgreSQL at 127.0.0.1:1: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, err := Config("postgres://ann:secret@" + c.addr + "/x?connect_timeout=1")
			if err != nil {
				t.Fatal(err)
			}
			conn, err := pgx.ConnectConfig(t.Context(), config.ConnConfig)
			if err == nil {
				conn.Close(t.Context())
				t.Fatal("no error")
			}
			text := ConnectError(err)
			if !strings.HasPrefix(text, c.says) || strings.Contains(text, "secret") || strings.Contains(text, "context") {
				t.Error(text)
			}
		})
	}
}
