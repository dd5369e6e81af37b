//go:build linux || darwin

package testserver

import (
	"cmp"
	"io"
	"net/http"
	"strconv"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// ServeHTTP answers one query.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := f.answerHTTP(r)
	if err != nil {
		code, _ := exception(err)
		w.Header().Set("X-ClickHouse-Exception-Code", strconv.Itoa(code))
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(answer) // a client that has gone needs none
}

// answerHTTP runs a query, whose result it puts into the client's revision of
// the format.
func (f *front) answerHTTP(r *http.Request) ([]byte, error) {
	user, password, _ := r.BasicAuth()
	if err := admit(user, password); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	values := r.URL.Query()
	q := request{database: cmp.Or(values.Get("database"), "default"), settings: map[string]string{}, text: string(body)}
	for name := range values {
		if !notSettings[name] {
			q.settings[name] = values.Get(name)
		}
	}
	if values.Has("query") {
		q.text, q.rows = values.Get("query"), body
	}
	native, err := f.answer(r.Context(), q)
	if err != nil {
		return nil, err
	}
	var out chproto.Buffer
	err = decode(native, func(b *proto.Block) error { return b.Encode(&out, revision) })
	return out.Buf, err
}

// notSettings are parameters of a request that are no settings of a query.
var notSettings = map[string]bool{
	"query": true, "database": true, "default_format": true, "client_protocol_version": true, "query_id": true, "session_id": true,
}
