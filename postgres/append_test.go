package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
)

// TestTextsTooLongForAnIndex stores texts that no index takes among others.
func TestTextsTooLongForAnIndex(t *testing.T) {
	t.Parallel()
	s, schema := openNew(t)
	var long strings.Builder
	for range 400 {
		long.WriteString(rand.Text())
	}
	click := func(typ, key string) behavior.Row {
		return behavior.Row{Interaction: &behavior.Interaction{Session: behavior.Session{SessionID: "a"}, EventType: behavior.EventType(typ), EventKey: key, Timestamp: noon}}
	}
	rows := []behavior.Row{session("a"), session(long.String()), keyed(view("a", "/1"), long.String()), click("click", long.String()), click(long.String(), ""), view("a", "/2")}
	if err := s.Append(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	var got []bool
	for _, row := range rows {
		var invalid behavior.Invalid
		got = append(got, errors.As(row.Err, &invalid))
	}
	if diff := cmp.Diff([]bool{false, true, true, true, true, false}, got); diff != "" {
		t.Errorf("rows refused: %s", diff)
	}
	if n := count(t, s); n != 1 {
		t.Errorf("%d page views, want 1", n)
	}
	_, err1 := s.UpdateSession(t.Context(), rows[0].Session.ID, func(s *behavior.Session) error { s.SessionID = long.String(); return nil })
	_, err2 := s.UpdatePageView(t.Context(), rows[5].PageView.ID, func(v *behavior.PageView) error { v.EventKey = long.String(); return nil })
	for _, err := range []error{err1, err2} {
		var invalid behavior.Invalid
		if !errors.As(err, &invalid) {
			t.Errorf("update: error is %v, want Invalid", err)
		}
	}

	// Indexes that are none of ours refuse texts that no row is refused for.
	exec(t, house(t), `CREATE INDEX ON `+schema+`.sessions (user_agent)`, `CREATE INDEX ON `+schema+`.page_views (title)`)
	_, err1 = s.UpdateSession(t.Context(), rows[0].Session.ID, func(s *behavior.Session) error { s.UserAgent = long.String(); return nil })
	_, err2 = s.UpdatePageView(t.Context(), rows[5].PageView.ID, func(v *behavior.PageView) error { v.Title = long.String(); return nil })
	if err1 == nil || err2 == nil {
		t.Errorf("updates that the server has refused: %v, %v", err1, err2)
	}
}

// TestKeysOfANewMonthUseTheirIndex asks how the server looks for event keys in
// a month of which it has no statistics yet.
func TestKeysOfANewMonthUseTheirIndex(t *testing.T) {
	t.Parallel()
	s, _ := openNew(t)
	rows := []behavior.Row{session("a")}
	var ids []int64
	var keys []string
	for n := range 2000 {
		rows = append(rows, keyed(view("a", "/"), strconv.Itoa(n)))
		ids, keys = append(ids, 1), append(keys, "other"+strconv.Itoa(n))
	}
	appendRows(t, s, rows...)
	from, to := monthOf(noon)
	var plan []string
	err := s.write(t.Context(), "explain", func(ctx context.Context, w *writer) error {
		b := w.batch()
		into(b.Queue("EXPLAIN "+s.keysSQL(), ids, keys, from, to), &plan, func(rows pgx.Rows, line *string) error { return rows.Scan(line) })
		return w.commit(ctx, b)
	})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(plan, "\n")
	if n := strings.Count(text, "Index Cond: ((session = k"); n != 2 || strings.Contains(text, "Join Filter") {
		t.Errorf("%d of 2 tables are asked by session and key:\n%s", n, text)
	}
}
