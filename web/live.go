package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/userbehavior/behavior"
)

const (
	// liveBeat is how often a stream says that it is still there: proxies end
	// connections that are silent for a minute.
	liveBeat = 15 * time.Second

	// livePatience is how long a client may take to take what it is sent.
	livePatience = 20 * time.Second

	// liveRetry is how soon a browser connects again, in milliseconds.
	liveRetry = 3000
)

// live tells what happens now as server-sent events, to those who may see the
// report. Each event is whole, so that nothing is missed by who comes again:
// the Last-Event-ID of a client does not matter.
func (h *handler) live(w http.ResponseWriter, r *http.Request) error {
	user, err := h.viewer(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	news, err := h.tracker.WatchLive(ctx)
	if err != nil {
		return fmt.Errorf("live: %w", err)
	}
	header := w.Header()
	header.Set("Content-Type", "text/event-stream; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Vary", "Cookie")
	header.Set("X-Accel-Buffering", "no") // nginx would keep the events back
	if r.Method == http.MethodHead {
		return nil
	}
	s := liveStream{w: w, control: http.NewResponseController(w)}
	// The server's time for reading a request must not end this one.
	_ = s.control.SetReadDeadline(time.Time{})
	if !s.send(fmt.Sprintf("retry: %d\n\n", liveRetry)) {
		return nil
	}
	s.run(ctx, news, h.maySeeSessions(user))
	return nil
}

// liveStream is the answer to one who watches.
type liveStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	n       int
}

// run sends news until the watch or the connection ends.
func (s *liveStream) run(ctx context.Context, news <-chan behavior.Live, sessions bool) {
	beat := time.NewTicker(liveBeat)
	defer beat.Stop()
	for {
		text := ": still here\n\n"
		select {
		case <-ctx.Done():
			return
		case found, open := <-news:
			if !open {
				return
			}
			s.n++
			text = fmt.Sprintf("id: %d\nevent: live\ndata: %s\n\n", s.n, jsonOf(newLiveJSON(found, sessions)))
			beat.Reset(liveBeat)
		case <-beat.C:
		}
		if !s.send(text) {
			return
		}
	}
}

// send writes and reports whether the stream goes on. A client that takes too
// long is given up. Where answers cannot be flushed this one ends: the browser
// then asks again and again, and still is told.
func (s *liveStream) send(text string) bool {
	err := s.control.SetWriteDeadline(time.Now().Add(livePatience))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return false
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return false
	}
	err = s.control.Flush()
	return err == nil || errors.Is(err, http.ErrNotSupported) && s.n == 0
}

// liveJSON is what happens now, as clients see it.
type liveJSON struct {
	At       time.Time        `json:"at"`
	Visitors int              `json:"visitors"`
	Pages    []livePageJSON   `json:"pages"`
	Minutes  []liveMinuteJSON `json:"minutes"`
	Events   []liveEventJSON  `json:"events"`
}

type livePageJSON struct {
	Path      string `json:"path"`
	Visitors  int    `json:"visitors"`
	PageViews int    `json:"page_views"`
}

type liveMinuteJSON struct {
	Start        time.Time `json:"start"`
	PageViews    int       `json:"page_views"`
	Interactions int       `json:"interactions"`
}

type liveEventJSON struct {
	Kind      behavior.Kind      `json:"kind"`
	ID        int64              `json:"id"`
	Time      time.Time          `json:"time"`
	Path      string             `json:"path"`
	EventType behavior.EventType `json:"event_type,omitempty"`
	Label     string             `json:"label"` // of the kind, for people
	Element   string             `json:"element,omitempty"`
	Country   string             `json:"country,omitempty"`
	Place     string             `json:"country_name,omitempty"`
	Browser   string             `json:"browser,omitempty"`
	Session   int64              `json:"session,omitempty"` // only for those who may see sessions
}

func newLiveJSON(l behavior.Live, sessions bool) liveJSON {
	out := liveJSON{At: l.At, Visitors: l.Visitors, Pages: []livePageJSON{}, Minutes: []liveMinuteJSON{}, Events: []liveEventJSON{}}
	for _, p := range l.Pages {
		out.Pages = append(out.Pages, livePageJSON{p.Path, p.Visitors, p.Views})
	}
	for _, m := range l.Minutes {
		out.Minutes = append(out.Minutes, liveMinuteJSON{m.Start, m.PageViews, m.Interactions})
	}
	for _, e := range l.Events {
		event := liveEventJSON{
			Kind: e.Kind, ID: e.ID, Time: e.Time, Path: e.Path, EventType: e.EventType, Label: liveLabel(e), Element: e.Element,
			Country: e.Country, Place: countryName(e.Country), Browser: e.Browser,
		}
		if sessions {
			event.Session = e.SessionID
		}
		out.Events = append(out.Events, event)
	}
	return out
}

// liveLabel is the kind of an event for people.
func liveLabel(e behavior.LiveEvent) string {
	if e.Kind == behavior.KindPageView {
		return "Page view"
	}
	return e.EventType.Label()
}
