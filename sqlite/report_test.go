package sqlite

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// TestAnswersAreReadAnew has all rows read twice, as where an engine asks once more.
func TestAnswersAreReadAnew(t *testing.T) {
	t.Parallel()
	s, _ := newFile(t)
	first := session("a")
	ended := noon.Add(3 * time.Second)
	first.Session.BrowserFamily, first.Session.EndTime = "Firefox", &ended
	click := behavior.Row{Interaction: &behavior.Interaction{EventType: behavior.Click, Timestamp: noon, Session: behavior.Session{SessionID: "a"}}}
	appendRows(t, s, first, session("b"), view("a", "/1"), view("a", "/2"), view("b", "/1"), click)
	span := behavior.LastDays(7, noon, noon.Location())
	want, err := s.Report(t.Context(), span)
	if err != nil {
		t.Fatal(err)
	}
	var got behavior.Report
	err = s.read(t.Context(), "report", func(ctx context.Context, tx *sql.Tx) error {
		ask := query.AskBy(ctx, tx)
		return query.NewReport(span).Fill(&got, dialect, func(st query.Statement, read func(query.Cursor) error) error {
			if err := ask(st, read); err != nil {
				return err
			}
			return ask(st, read)
		})
	})
	if diff := cmp.Diff(want, got); err != nil || diff != "" || len(want.PageViews) != 1 || len(want.Browsers) != 2 {
		t.Errorf("error %v, report (-want +got):\n%s", err, diff)
	}
}
