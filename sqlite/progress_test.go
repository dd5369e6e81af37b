package sqlite

import (
	"context"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/plan"
)

// tracked is a session as a tracker makes it, which has ended already.
func tracked(name string) behavior.Row {
	row := session(name)
	end := noon
	row.Session.EndTime = &end
	return row
}

// crashAfterProgress appends events and progress, and dies before the ends of
// the sessions are written.
func crashAfterProgress(ctx context.Context, path string) error {
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	viewed := view("viewed", "/in")
	viewed.PageView.EventKey, viewed.PageView.Timestamp = "k", noon.Add(time.Minute)
	seen := view("clicked", "/in")
	seen.PageView.EventKey = "k"
	clicked := func(session string, after time.Duration, key string) behavior.Row {
		return behavior.Row{Interaction: &behavior.Interaction{
			Session: behavior.Session{SessionID: session}, EventType: behavior.Click, Timestamp: noon.Add(after), EventKey: key,
		}}
	}
	if err := s.Append(ctx, []behavior.Row{tracked("viewed"), tracked("clicked"), tracked("of the API"), session("open"), tracked("quiet"), seen}); err != nil {
		return err
	}
	s.lock <- struct{}{} // keep writes nothing from here on
	rows := []behavior.Row{
		viewed, clicked("clicked", 2*time.Minute, "l"), clicked("clicked", time.Minute, "m"), clicked("of the API", time.Hour, ""), clicked("open", time.Hour, "k"),
		{Progress: &behavior.Progress{SessionID: "clicked", At: noon.Add(2 * time.Minute), UserID: "ann", ViewKey: "k", Visible: time.Second, ScrollDepth: 7}},
		{Progress: &behavior.Progress{SessionID: "quiet", At: noon.Add(time.Minute)}},
	}
	if err := s.writer.append(ctx, rows); err != nil {
		return err
	}
	return syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
}

func TestProgressAfterCrash(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.sqlite")
	if out, err := file.Process(t, "crash under way", path).CombinedOutput(); err == nil || len(out) > 0 {
		t.Fatalf("the other process says %q, %v", out, err)
	}
	for range 2 {
		s, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		list, _, err := s.Sessions(t.Context(), behavior.Query{})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, v := range list {
			got[v.SessionID] = "open"
			if v.EndTime != nil {
				got[v.SessionID] = v.EndTime.Sub(noon).String()
			}
			if v.UserID != nil {
				got[v.SessionID] += " " + *v.UserID
			}
		}
		// No event tells of the progress of the quiet one: that is lost.
		want := map[string]string{"viewed": "1m0s", "clicked": "2m0s ann", "of the API": "0s", "open": "open", "quiet": "0s"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ends of sessions (-want +got):\n%s", diff)
		}
		views, _, err := s.PageViews(t.Context(), behavior.Query{Limit: 1})
		if err != nil || views[0].Visible != time.Second || views[0].ScrollDepth != 7 {
			t.Errorf("page view: %+v, %v", views, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	checkMarks(t, openFile(t, path), plan.Marks{View: 2, Interaction: 4})
}

// checkMarks looks up to which records facts are in the file.
func checkMarks(t *testing.T, s *Store, want plan.Marks) {
	t.Helper()
	err := s.write(t.Context(), "read marks", func(ctx context.Context, w *writer) error {
		got, err := w.Marks(ctx)
		if got != want {
			t.Errorf("facts are written up to %v, want %v", got, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
