package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
)

// TestListsOfAMillion looks at lists of a store with a million events, whose
// rows follow from their ids.
func TestListsOfAMillion(t *testing.T) {
	t.Parallel()
	const events = 1_000_000
	path := filepath.Join(t.TempDir(), "large.duckdb")
	if err := fill(t.Context(), path, events); err != nil {
		t.Fatal(err)
	}
	store, err := duckdb.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })

	const views = events * 3 / 10
	matching := 0
	for i := 1; i <= views; i++ {
		if strings.Contains(fmt.Sprint("https://example.com/page/", i*7919%5000), "page/42") {
			matching++
		}
	}
	newest := []behavior.Order{{Field: "timestamp", Desc: true}}
	search := []behavior.Filter{{Field: "url", Op: behavior.Contains, Values: []any{"PAGE/42"}}}
	for name, c := range map[string]struct {
		query behavior.Query
		total int
		first int64 // 0: not looked at
		step  int64
	}{
		"newest":           {behavior.Query{Order: newest, Limit: 10}, views, views, -1},
		"newest, far down": {behavior.Query{Order: newest, Limit: 10, Offset: 250_000}, views, views - 250_000, -1},
		"oldest, far down": {behavior.Query{Limit: 10, Offset: 299_990}, views, 299_991, 1},
		"beyond the end":   {behavior.Query{Limit: 10, Offset: views}, views, 0, 0},
		"search":           {behavior.Query{Filters: search, Order: newest, Limit: 10, Offset: 1000}, matching, 0, 0},
	} {
		found, total, err := store.PageViews(t.Context(), c.query)
		if err != nil {
			t.Fatal(err)
		}
		if total != c.total {
			t.Errorf("%s: %d match, want %d", name, total, c.total)
		}
		for i, v := range found {
			if c.first != 0 && v.ID != c.first+int64(i)*c.step {
				t.Errorf("%s: row %d is %d, want %d", name, i, v.ID, c.first+int64(i)*c.step)
			}
			if i > 0 && len(c.query.Filters) > 0 && (v.Timestamp.After(found[i-1].Timestamp) || !strings.Contains(v.URL, "page/42")) {
				t.Errorf("%s: row %d is out of place: %+v", name, i, v)
			}
			if v.Session.SessionID == "" {
				t.Errorf("%s: row %d has no session", name, i)
			}
		}
	}
}
