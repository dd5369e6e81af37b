package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/testbrowser"
	"github.com/userbehavior/behavior/web"
)

const pause = `await new Promise((done) => setTimeout(done, %d))`

// actEach does once, with mouse and keyboard, what each event type stands for.
func actEach(tab *testbrowser.Tab) {
	tab.Move(400, 100)
	tab.Do(pause, 300)
	tab.Move(500, 200)
	tab.Do(pause, 300)
	tab.Move(120, 60) // over the button
	tab.Do(pause, 600)
	tab.Click("#buy")
	tab.Move(600, 400)
	tab.Keys("[name=city]", "Rome")
	tab.Do(`document.activeElement.blur(); order.requestSubmit(); scrollTo(0, 500);` + fmt.Sprintf(pause, 1300))
	tab.Size(700, 500)
	tab.Do(pause+"; behavior.flush()", 900)
}

// Each event type once is exactly one row of it, and all of them together one
// page view of one session.
func TestEachEventTypeIsStoredOnce(t *testing.T) {
	t.Parallel()
	s, tab := newSite(t), testbrowser.New(t)
	s.open(tab, "/cart?utm_source=letter&coupon=SECRET#top")
	actEach(tab)
	s.waitRows(9)
	got := s.rows()
	for _, r := range got { // what depends on the machine's speed
		if ms, ok := r.Metadata["ms"].(float64); ok && ms >= 500 {
			r.Metadata["ms"] = "500 or more"
		}
		if trail, ok := r.Metadata["p"].([]any); ok && len(trail) >= 9 && len(trail)%3 == 0 {
			r.Metadata["p"] = trail[1:3] // where it began
		}
	}
	want := []row{
		{"click", "button#buy", map[string]any{"x": 120.0, "y": 60.0, "b": 0.0}},
		{"form_submit", "form#order", map[string]any{"n": 2.0}},
		{"hover", "button#buy", map[string]any{"ms": "500 or more"}},
		{"input_change", `input[name="city"]`, map[string]any{"t": "text", "f": true}},
		{"keypress", `input[name="city"]`, map[string]any{"n": 4.0}},
		{"mouse_move", "window", map[string]any{"p": []any{400.0, 100.0}}},
		{"page_resize", "window", map[string]any{"w": 700.0, "h": 500.0}},
		{"scroll", "window", map[string]any{"y": 500.0, "d": 55.0}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	s.checkVisit()
}

// checkVisit looks at the session and the page view of actEach.
func (s *site) checkVisit() {
	s.t.Helper()
	views, sessions := s.views(), s.sessions()
	if len(views) != 1 || len(sessions) != 1 {
		s.t.Fatalf("%d page views of %d sessions", len(views), len(sessions))
	}
	v, session := views[0], sessions[0]
	got := []string{strings.TrimPrefix(v.URL, s.pages.URL), v.Host, v.Path, v.Referrer, session.Browser, session.OS, session.Device, session.IPAddress, session.Source, session.BotReason}
	want := []string{"/cart?utm_source=letter", "127.0.0.1", "/cart", "", "Chrome", "Linux", "desktop", "127.0.0.0", "letter", ""}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Error(diff)
	}
	if session.EndTime == nil || !session.EndTime.After(session.StartTime) || session.Screen == "" || session.Language == "" || session.Visitor == "" || session.UserID != nil {
		s.t.Errorf("session %+v", session)
	}
	for _, i := range s.interactions() {
		if i.Session.ID != session.ID || i.Path != "/cart" || i.Viewport == "" || i.Timestamp.Before(v.Timestamp.Add(-time.Minute)) || i.EventType == behavior.Click && (i.X != 120 || i.Y != 60) {
			s.t.Errorf("interaction %+v", i)
		}
	}
}

func TestNavigationWithinAnApplication(t *testing.T) {
	t.Parallel()
	s, tab := newSite(t), testbrowser.New(t)
	s.open(tab, "/")
	tab.Do(`const moved = () => new Promise((done) => addEventListener('popstate', () => setTimeout(done, 20), {once: true}))
		const rest = () => new Promise((done) => setTimeout(done, 20))
		history.pushState({}, '', '/list'); await rest()
		history.pushState({}, '', '/list?page=2'); await rest()
		history.replaceState({}, '', '/chair'); await rest()
		history.back(); await moved()
		behavior.flush()`)
	s.waitRows(4)
	var got []string
	for _, v := range s.views() {
		got = append(got, strings.TrimPrefix(v.URL, s.pages.URL)+" from "+strings.TrimPrefix(v.Referrer, s.pages.URL))
	}
	if diff := cmp.Diff([]string{"/ from ", "/list from /", "/chair from /list", "/list from /chair"}, got); diff != "" {
		t.Error(diff)
	}
	session := s.sessions()[0]
	if session.EntryPath != "/" || session.ExitPath != "/list" {
		t.Errorf("from %s to %s", session.EntryPath, session.ExitPath)
	}
}

func TestAHiddenPageSendsWhatItHas(t *testing.T) {
	t.Parallel()
	s, tab := newSite(t), testbrowser.NewWindow(t)
	s.open(tab, "/")
	tab.Do(`buy.click();` + fmt.Sprintf(pause, 50))
	tab.Cover()
	s.wait("the end of the view", func() bool { views := s.views(); return len(views) == 1 && views[0].Visible > 0 })
	if n := len(s.interactions()); n != 1 {
		t.Errorf("%d interactions", n)
	}
}

func TestOfflineAndBack(t *testing.T) {
	t.Parallel()
	s, tab := newSite(t), testbrowser.NewWindow(t)
	s.open(tab, "/?hasty")
	tab.Do("behavior.flush()")
	s.waitRows(1)
	tab.Offline(true)
	tab.Do(clicks, 3)
	tab.Offline(false)
	s.waitRows(4)
	s.checkClicks(1, 3)
}

// clicks clicks often on the button and has it sent.
const clicks = `for (let i = 0; i < %d; i++) buy.click(); behavior.flush()`

// checkClicks looks for so many page views and clicks: none lost, none twice.
func (s *site) checkClicks(views, clicks int) {
	s.t.Helper()
	if v, c := len(s.views()), len(s.interactions()); v != views || c != clicks {
		s.t.Errorf("%d page views and %d clicks are stored, want %d and %d", v, c, views, clicks)
	}
}

// The server fails in every way: its store is closed, so that it says 503; it
// is gone; it stores a batch and the answer is lost; it is started again.
func TestNothingIsLostWhileTheServerFails(t *testing.T) {
	t.Parallel()
	s, tab := newSite(t), testbrowser.New(t)
	s.open(tab, "/?hasty")
	tab.Do(clicks, 2)
	s.waitRows(3)

	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	tab.Do(clicks, 3)
	s.wait("503", func() bool { return s.answered(http.StatusServiceUnavailable) > 0 })
	s.stop()
	tab.Do(clicks, 4)
	s.wait("no answer", func() bool { return s.answered(0) > 0 })

	s.start()
	whole := web.Handler(s.tracker)
	lost := make(chan int, 100)
	s.behave(func(w http.ResponseWriter, r *http.Request) {
		out := httptest.NewRecorder()
		whole.ServeHTTP(out, r)
		lost <- out.Code
		panic(http.ErrAbortHandler)
	})
	if status := <-lost; status != http.StatusNoContent {
		t.Errorf("a batch whose answer is lost was answered with %d", status)
	}
	s.stop()
	s.start()
	tab.Do(clicks, 5)
	s.waitRows(1 + 2 + 3 + 4 + 5)
	tab.Open("about:blank") // sends its end
	s.wait("the end of the view", func() bool { return s.views()[0].Visible > 0 })
	s.checkClicks(1, 2+3+4+5)
	if counts := s.tracker.Stats(); counts.Duplicate == 0 {
		t.Error("no event has come again")
	}
}

func TestTwoTabs(t *testing.T) {
	t.Parallel()
	for storage, sessions := range map[string]int{"tab": 2, "browser": 1} {
		t.Run(storage, func(t *testing.T) {
			t.Parallel()
			s, one := newSite(t), testbrowser.NewWindow(t)
			two := one.Another()
			for _, tab := range []*testbrowser.Tab{one, two} {
				s.open(tab, "/?storage="+storage)
			}
			one.Do(clicks, 2)
			two.Do(clicks, 3)
			one.Do(clicks, 1)
			s.waitRows(8)
			s.checkClicks(2, 6)
			names := map[string]bool{}
			for _, i := range s.interactions() {
				names[i.Session.SessionID] = true
			}
			if len(names) != sessions || len(s.sessions()) != sessions {
				t.Errorf("%d sessions with clicks, want %d", len(names), sessions)
			}
			if slices.ContainsFunc(s.sessions(), func(s behavior.Session) bool { return s.EndTime == nil }) {
				t.Error("a session without an end")
			}
		})
	}
}
