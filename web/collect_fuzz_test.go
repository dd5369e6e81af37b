package web_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

// FuzzCollect sends anything as a batch: the answer is never a failure of the
// server, and what is taken is taken again the same way.
func FuzzCollect(f *testing.F) {
	good := wire(1, view(1), click(2), `{"n":3,"t":1741953600000,"k":"end","m":{"ms":1000,"d":55}}`)
	f.Add([]byte(good))
	f.Add([]byte(strings.Replace(good, `"s":"00000000000000000000000000000001",`, "", 1)))
	for _, garbage := range []string{"null", "{}", `{"v":1,"b":[{}]}`, `{"v":1,"w":[1e308,-1],"b":[{"n":1,"m":{"x":1e308}}]}`, "\xff", `{"v":1,"u":"\ud800"}`} {
		f.Add([]byte(garbage))
	}
	store := teststore.Open(f)
	tracker, err := behavior.New(store, behavior.Settings{
		Logger: quietLogger, EventTypes: []behavior.EventType{"purchase"},
		Collect: behavior.CollectSettings{ThrottleRate: behavior.Rate{Count: 1_000_000_000, Per: time.Second}},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = tracker.Close() })
	h := web.Handler(tracker)
	f.Fuzz(func(t *testing.T, body []byte) {
		post := func() (int, string) {
			r := httptest.NewRequestWithContext(t.Context(), "POST", collectPath, bytes.NewReader(body))
			r.Header.Set("Content-Type", "text/plain")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w.Code, w.Body.String()
		}
		status, text := post()
		switch {
		case status >= 500:
			t.Fatalf("%d %s", status, text)
		case status != http.StatusNoContent && !json.Valid([]byte(text)):
			t.Fatalf("%d is answered with %q", status, text)
		}
		before := tracker.Stats()
		if again, _ := post(); again != status {
			t.Fatalf("%d the first time, %d the second", status, again)
		}
		if after := tracker.Stats(); status == http.StatusNoContent && after.Duplicate+after.Stored+sum(after.Refused) == before.Duplicate+before.Stored+sum(before.Refused) {
			t.Fatal("the events of a batch are not counted")
		}
	})
}

func sum(counts map[behavior.Refusal]uint64) (n uint64) {
	for _, c := range counts {
		n += c
	}
	return n
}
