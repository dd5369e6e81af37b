package postgres

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// TestTextsTooLongForAnIndex stores texts that no index takes among others.
func TestTextsTooLongForAnIndex(t *testing.T) {
	t.Parallel()
	s, _ := openNew(t)
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
}
