package behavior_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

const (
	firefox  = "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"
	visitOne = "00112233445566778899aabbccddeeff"
	visitTwo = "ffeeddccbbaa99887766554433221100"
	pageOne  = "0123456789abcdef"
	pageTwo  = "fedcba9876543210"
	shop     = "https://shop.example/cart?utm_source=letter"
)

// noon is when a new clock stands.
var noon = newClock().at

// millis is a moment as browsers tell it.
func millis(at time.Time) float64 { return float64(at.UnixMilli()) }

// collector is a tracker over an empty store, with a clock to move.
func collector(t *testing.T, settings behavior.Settings) (*behavior.Tracker, behavior.Store, *clock) {
	t.Helper()
	c, store := newClock(), openStore(t)
	settings.Now = c.now
	return newTracker(t, store, settings), store, c
}

// browserBatch is a batch of one browser, sent now.
func browserBatch(c *clock, events ...behavior.CollectEvent) behavior.CollectInput {
	return behavior.CollectInput{
		SessionID: visitOne, Page: pageOne, Sent: millis(c.now()), Events: events,
		ViewportWidth: 1280, ViewportHeight: 720, ScreenWidth: 1920, ScreenHeight: 1080, Language: "de-CH",
		UserAgent: firefox, Address: netip.MustParseAddr("192.0.2.77"),
	}
}

// seen is the event of a page that is seen now.
func seen(c *clock, n int64, url string) behavior.CollectEvent {
	return behavior.CollectEvent{N: n, At: millis(c.now()), Kind: "view", URL: url, View: n}
}

// clicked is a click that happens now, on the page of the event before.
func clicked(c *clock, n int64) behavior.CollectEvent {
	return behavior.CollectEvent{N: n, At: millis(c.now()), Kind: "click", Element: "#buy"}
}

// collect sends a batch, which must be taken.
func collect(t *testing.T, tracker *behavior.Tracker, in behavior.CollectInput) behavior.Collected {
	t.Helper()
	done, err := tracker.Collect(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// sessionsOf, viewsOf and interactionsOf are all records of a store.
func sessionsOf(t *testing.T, s behavior.Store) []behavior.Session {
	t.Helper()
	list, _, err := s.Sessions(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func viewsOf(t *testing.T, s behavior.Store) []behavior.PageView {
	t.Helper()
	list, _, err := s.PageViews(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func interactionsOf(t *testing.T, s behavior.Store) []behavior.Interaction {
	t.Helper()
	list, _, err := s.Interactions(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestCollectMakesASessionOfABatch(t *testing.T) {
	t.Parallel()
	tracker, store, c := collector(t, behavior.Settings{})
	start := c.now()
	first := browserBatch(c, seen(c, 1, shop))
	first.Events[0].Referrer = "https://www.google.com/"
	c.wait(10 * time.Second)
	first.Sent = millis(c.now())
	first.Events = append(first.Events, behavior.CollectEvent{N: 2, At: millis(c.now().Add(-5 * time.Second)), Kind: "ping", Metadata: []byte(`{"ms":5000,"d":40}`)})
	collect(t, tracker, first)

	end := start.Add(5 * time.Second)
	want := behavior.Session{
		ID: 1, SessionID: visitOne, UserAgent: firefox, IPAddress: "192.0.2.0", StartTime: start, EndTime: &end,
		Browser: "Firefox", BrowserVersion: "125.0", BrowserFamily: "Firefox", OS: "Linux", Device: "desktop",
		Language: "de-CH", Screen: "1920x1080", Referrer: "https://www.google.com/", Source: "letter", Channel: "Referral", UTMSource: "letter",
		EntryPath: "/cart", ExitPath: "/cart",
	}
	got := sessionsOf(t, store)
	if len(got) != 1 || len(got[0].Visitor) != 16 {
		t.Fatalf("sessions: %+v", got)
	}
	want.Visitor = got[0].Visitor
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("session (-want +got):\n%s", diff)
	}
	view := viewsOf(t, store)[0]
	if diff := cmp.Diff(behavior.PageView{
		ID: 1, URL: shop, Timestamp: start, Session: got[0], Host: "shop.example", Path: "/cart", Referrer: "https://www.google.com/",
		Visible: 5 * time.Second, ScrollDepth: 40, EventKey: pageOne + ".1",
	}, view); diff != "" {
		t.Errorf("page view (-want +got):\n%s", diff)
	}
}

func TestCollectTakesEveryKindOfEvent(t *testing.T) {
	t.Parallel()
	tracker, store, c := collector(t, behavior.Settings{EventTypes: []behavior.EventType{"purchase"}})
	in := browserBatch(c, seen(c, 1, shop))
	var want []behavior.Interaction
	for i, kind := range append(behavior.EventTypes(), "purchase") {
		n := int64(i + 2)
		e := behavior.CollectEvent{N: n, At: millis(c.now()), Kind: string(kind), Element: "form#f\n", Metadata: []byte(`{"x": 12.6, "y": 7}`)}
		record := behavior.Interaction{
			ID: n - 1, EventType: kind, Element: "form#f", Metadata: []byte(`{"x":12.6,"y":7}`),
			Timestamp: c.now().Add(time.Duration(i+1) * time.Microsecond), // all in one millisecond, in this order
			Host:      "shop.example", Path: "/cart", Viewport: "1280x720", EventKey: fmt.Sprintf("%s.%d", pageOne, n),
		}
		switch kind {
		case behavior.Click:
			record.X, record.Y = 12, 7
		case "purchase":
			e.Element, e.Metadata = "", nil
			record.Element, record.Metadata = "window", []byte("{}")
		}
		in.Events, want = append(in.Events, e), append(want, record)
	}
	in.Events = append(in.Events, behavior.CollectEvent{N: 99, At: millis(c.now()), Kind: "end", Metadata: []byte(`{"ms":1234,"d":100}`)})
	done := collect(t, tracker, in)
	if diff := cmp.Diff(behavior.Collected{Stored: 11}, done); diff != "" {
		t.Errorf("collected (-want +got):\n%s", diff)
	}
	got := interactionsOf(t, store)
	for i := range got {
		got[i].Session = behavior.Session{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("interactions (-want +got):\n%s", diff)
	}
	if v := viewsOf(t, store); len(v) != 1 || v[0].Visible != 1234*time.Millisecond || v[0].ScrollDepth != 100 {
		t.Errorf("page views: %+v", v)
	}
}

func TestCollectRefusesEventsOneByOne(t *testing.T) {
	t.Parallel()
	good := behavior.CollectEvent{Kind: "click", Element: "#a", URL: "https://shop.example/", View: 1}
	with := func(change func(*behavior.CollectEvent)) behavior.CollectEvent {
		e := good
		change(&e)
		return e
	}
	long := "https://shop.example/" + strings.Repeat("ä", 2048)
	for name, c := range map[string]struct {
		event behavior.CollectEvent
		why   behavior.Refusal
	}{
		"good":                   {good, ""},
		"no page":                {with(func(e *behavior.CollectEvent) { e.URL = "" }), ""},
		"intranet":               {with(func(e *behavior.CollectEvent) { e.URL = "http://wiki:8080/a" }), ""},
		"name not listed":        {with(func(e *behavior.CollectEvent) { e.Kind = "purchase" }), behavior.RefusedType},
		"no name":                {with(func(e *behavior.CollectEvent) { e.Kind = "" }), behavior.RefusedType},
		"name with a blank":      {with(func(e *behavior.CollectEvent) { e.Kind = "click " }), behavior.RefusedType},
		"view without a page":    {with(func(e *behavior.CollectEvent) { e.Kind, e.URL = "view", "" }), behavior.RefusedURL},
		"page of a script":       {with(func(e *behavior.CollectEvent) { e.URL = "javascript:alert(1)" }), behavior.RefusedURL},
		"page of a file":         {with(func(e *behavior.CollectEvent) { e.URL = "file:///etc/passwd" }), behavior.RefusedURL},
		"page with a line break": {with(func(e *behavior.CollectEvent) { e.URL = "https://shop.example/\nx" }), behavior.RefusedURL},
		"page without a host":    {with(func(e *behavior.CollectEvent) { e.URL = "https:///x" }), behavior.RefusedURL},
		"page too long":          {with(func(e *behavior.CollectEvent) { e.URL = long }), behavior.RefusedURL},
		"end of a bad page":      {with(func(e *behavior.CollectEvent) { e.Kind, e.URL = "end", "x" }), behavior.RefusedURL},
		"metadata too long":      {with(func(e *behavior.CollectEvent) { e.Metadata = []byte(`"` + strings.Repeat("x", 4000) + `"`) }), behavior.RefusedMetadata},
		"metadata with NUL":      {with(func(e *behavior.CollectEvent) { e.Metadata = []byte(`{"a":"\u0000"}`) }), behavior.RefusedMetadata},
		"half a character":       {with(func(e *behavior.CollectEvent) { e.Metadata = []byte(`{"a":"\ud800"}`) }), behavior.RefusedMetadata},
		"metadata as deep as a pit": {with(func(e *behavior.CollectEvent) {
			e.Metadata = []byte(strings.Repeat("[", 600) + strings.Repeat("]", 600))
		}), behavior.RefusedMetadata},
		"measures of another kind":    {with(func(e *behavior.CollectEvent) { e.Kind, e.Metadata = "ping", []byte(`{"ms":"long"}`) }), behavior.RefusedMetadata},
		"measures beyond all":         {with(func(e *behavior.CollectEvent) { e.Kind, e.Metadata = "ping", []byte(`{"ms":1e300,"d":-1e300}`) }), ""},
		"element of megabytes":        {with(func(e *behavior.CollectEvent) { e.Element = strings.Repeat("\x00\u202e<b>", 10_000) }), ""},
		"coordinates of another kind": {with(func(e *behavior.CollectEvent) { e.Metadata = []byte(`{"x":{},"y":1e308}`) }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tracker, store, clock := collector(t, behavior.Settings{})
			c.event.N, c.event.At = 2, millis(clock.now())
			done := collect(t, tracker, browserBatch(clock, c.event, seen(clock, 1, shop), behavior.CollectEvent{N: 3, Kind: "hover", Element: "a", URL: shop}))
			want := behavior.Collected{Stored: 3}
			if c.why != "" {
				want = behavior.Collected{Stored: 2, Refused: map[behavior.Refusal]int{c.why: 1}}
			}
			if diff := cmp.Diff(want, done); diff != "" {
				t.Errorf("collected (-want +got):\n%s", diff)
			}
			if got := len(viewsOf(t, store)) + len(interactionsOf(t, store)); c.why != "" && got != 2 {
				t.Errorf("%d events are stored", got)
			}
			if got := tracker.Stats().Refused[c.why]; c.why != "" && got != 1 {
				t.Errorf("statistics: %+v", tracker.Stats())
			}
		})
	}
}

func TestCollectRefusesWhatIsNoBatch(t *testing.T) {
	t.Parallel()
	tracker, store, c := collector(t, behavior.Settings{})
	for name, change := range map[string]func(*behavior.CollectInput){
		"s, too short":         func(in *behavior.CollectInput) { in.SessionID = "abc" },
		"s, in upper case":     func(in *behavior.CollectInput) { in.SessionID = strings.ToUpper(visitOne) },
		"s, of a device":       func(in *behavior.CollectInput) { in.SessionID = "none-" + visitOne + "-67d41a40" },
		"p, missing":           func(in *behavior.CollectInput) { in.Page = "" },
		"p, too long":          func(in *behavior.CollectInput) { in.Page = strings.Repeat("0", 33) },
		"u, too long":          func(in *behavior.CollectInput) { in.UserID = strings.Repeat("u", 256) },
		"u, with NUL":          func(in *behavior.CollectInput) { in.UserID = "u\x00" },
		"b, empty":             func(in *behavior.CollectInput) { in.Events = nil },
		"b, too many":          func(in *behavior.CollectInput) { in.Events = make([]behavior.CollectEvent, 201) },
		"b, without numbers":   func(in *behavior.CollectInput) { in.Events[0].N = 0 },
		"b, with huge numbers": func(in *behavior.CollectInput) { in.Events[0].N = 1 << 53 },
	} {
		in := browserBatch(c, seen(c, 1, shop))
		change(&in)
		_, err := tracker.Collect(t.Context(), in)
		var invalid behavior.Invalid
		if field, _, _ := strings.Cut(name, ","); !errors.As(err, &invalid) || len(invalid) != 1 || len(invalid[field]) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := count(t, store); n != 0 {
		t.Errorf("%d sessions are stored", n)
	}
}

// The clocks of browsers are wrong, but agree with themselves.
func TestCollectCorrectsClocks(t *testing.T) {
	t.Parallel()
	const hour = 3600e3
	for name, c := range map[string]struct {
		sent, at float64
		ago      time.Duration
	}{
		"now":                        {1e12, 1e12, 0},
		"five seconds before":        {1e12, 1e12 - 5000, 5 * time.Second},
		"a clock of another century": {-3e12, -3e12 - 1500, 1500 * time.Millisecond},
		"a fraction":                 {1e12, 1e12 - 0.25, 250 * time.Microsecond},
		"from the future":            {1e12, 1e12 + 10*hour, 0},
		"a day ago":                  {1e12, 1e12 - 24*hour, 24 * time.Hour},
		"a week ago":                 {1e12, 1e12 - 7*24*hour, 24 * time.Hour},
		"before all time":            {1e308, -1e308, 24 * time.Hour},
		"never sent":                 {0, 1e12, 0},
		"never happened":             {1e12, 0, 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tracker, store, clock := collector(t, behavior.Settings{})
			in := browserBatch(clock, behavior.CollectEvent{N: 1, At: c.at, Kind: "view", URL: shop})
			in.Sent = c.sent
			collect(t, tracker, in)
			want, view := noon.Add(-c.ago), viewsOf(t, store)[0]
			if !view.Timestamp.Equal(want) || !view.Session.StartTime.Equal(want) || !view.Session.EndTime.Equal(want) {
				t.Errorf("page view at %v in session from %v to %v, want %v", view.Timestamp, view.Session.StartTime, view.Session.EndTime, want)
			}
		})
	}
}

func TestABatchThatComesAgainIsStoredOnce(t *testing.T) {
	t.Parallel()
	tracker, store, c := collector(t, behavior.Settings{})
	in := browserBatch(c, seen(c, 1, shop), clicked(c, 2), behavior.CollectEvent{N: 3, At: millis(c.now()), Kind: "end", Metadata: []byte(`{"ms":10}`)})
	if diff := cmp.Diff(behavior.Collected{Stored: 3}, collect(t, tracker, in)); diff != "" {
		t.Error(diff)
	}
	c.wait(time.Minute)
	in.Sent += 60_000
	again := behavior.Collected{Stored: 1, Duplicate: 2}
	if diff := cmp.Diff(again, collect(t, tracker, in)); diff != "" {
		t.Error("again:", diff)
	}
	fresh := newTracker(t, store, behavior.Settings{Now: c.now}) // knows nothing of the session
	if diff := cmp.Diff(again, collect(t, fresh, in)); diff != "" {
		t.Error("after a restart:", diff)
	}
	// The number counts, within its page load.
	in.Events = []behavior.CollectEvent{clicked(c, 2), clicked(c, 4)}
	if diff := cmp.Diff(behavior.Collected{Stored: 1, Duplicate: 1}, collect(t, fresh, in)); diff != "" {
		t.Error("with another event:", diff)
	}
	in.Page = pageTwo
	if diff := cmp.Diff(behavior.Collected{Stored: 2}, collect(t, fresh, in)); diff != "" {
		t.Error("from another page load:", diff)
	}
	got := sessionsOf(t, store)
	if len(got) != 1 || !got[0].StartTime.Equal(noon) || !got[0].EndTime.Equal(noon.Add(time.Minute+time.Microsecond)) {
		t.Errorf("sessions: %+v", got)
	}
	s := tracker.Stats()
	if s.Stored != 4 || s.Duplicate != 2 || s.Rows == 0 || s.Appends.Count == 0 || s.Queue != 0 {
		t.Errorf("statistics: %+v", s)
	}
}

func TestADeletedSessionIsMadeAgain(t *testing.T) {
	t.Parallel()
	tracker, store, c := collector(t, behavior.Settings{})
	collect(t, tracker, browserBatch(c, seen(c, 1, shop)))
	if err := tracker.DeleteSession(t.Context(), sessionsOf(t, store)[0].ID); err != nil {
		t.Fatal(err)
	}
	done := collect(t, tracker, browserBatch(c, seen(c, 2, shop), clicked(c, 3), behavior.CollectEvent{N: 4, Kind: "ping", Metadata: []byte(`{"ms":70}`)}))
	if diff := cmp.Diff(behavior.Collected{Stored: 3}, done); diff != "" {
		t.Error(diff)
	}
	if v := viewsOf(t, store); len(v) != 1 || v[0].EventKey != pageOne+".2" || v[0].Visible != 70*time.Millisecond || v[0].Session.UserAgent != firefox {
		t.Errorf("page views: %+v", v)
	}
}

func TestAUserBecomesKnownWithinASession(t *testing.T) {
	t.Parallel()
	tracker, store, c := collector(t, behavior.Settings{})
	collect(t, tracker, browserBatch(c, seen(c, 1, shop)))
	in := browserBatch(c, clicked(c, 2))
	in.UserID = " ann "
	collect(t, tracker, in)
	in.Events[0].N, in.UserID = 3, "bob"
	collect(t, tracker, in)
	other := browserBatch(c, seen(c, 1, shop))
	other.SessionID, other.UserID = visitTwo, "bob"
	collect(t, tracker, other)
	got := sessionsOf(t, store)
	if *got[0].UserID != "ann" || got[0].Visitor != "ann" || *got[1].UserID != "bob" || got[1].Visitor != "bob" {
		t.Errorf("sessions: %+v", got)
	}
}

func TestAddressesAreStoredAsFarAsSettingsAllow(t *testing.T) {
	t.Parallel()
	for detail, want := range map[behavior.AddressDetail][3]string{
		"":                          {"192.0.2.0", "2001:db8:1::", ""},
		behavior.TruncatedAddresses: {"192.0.2.0", "2001:db8:1::", ""},
		behavior.FullAddresses:      {"192.0.2.77", "2001:db8:1:2::3", ""},
		behavior.NoAddresses:        {"", "", ""},
	} {
		t.Run(string(detail), func(t *testing.T) {
			t.Parallel()
			tracker, store, c := collector(t, behavior.Settings{Collect: behavior.CollectSettings{Addresses: detail}})
			for i, addr := range []netip.Addr{netip.MustParseAddr("::ffff:192.0.2.77"), netip.MustParseAddr("2001:db8:1:2::3"), {}} {
				in := browserBatch(c, seen(c, 1, shop))
				in.SessionID, in.Address = fmt.Sprintf("%032x", i), addr
				collect(t, tracker, in)
			}
			var got [3]string
			for i, s := range sessionsOf(t, store) {
				got[i] = s.IPAddress
			}
			if got != want {
				t.Errorf("stored as %q, want %q", got, want)
			}
		})
	}
}

func TestObserversHearOfCollectedRecords(t *testing.T) {
	t.Parallel()
	var heard []string
	tracker, _, c := collector(t, behavior.Settings{Observers: []behavior.Observer{func(_ context.Context, e behavior.Event) {
		heard = append(heard, fmt.Sprint(e.Change, " ", e.Kind, " ", e.ID))
	}}})
	in := browserBatch(c, seen(c, 1, shop), clicked(c, 2), behavior.CollectEvent{N: 3, Kind: "ping"}, behavior.CollectEvent{N: 4, Kind: "nothing"})
	collect(t, tracker, in)
	collect(t, tracker, in)
	if diff := cmp.Diff([]string{"created session 1", "created pageview 1", "created interaction 1"}, heard); diff != "" {
		t.Error(diff)
	}
}

func TestABatchThatCannotBeStoredIsNotCounted(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	store := &gate{Store: openStore(t), before: func([]behavior.Row) error {
		if down.Load() {
			return behavior.ErrUnavailable
		}
		return nil
	}}
	c := newClock()
	tracker := newTracker(t, store, behavior.Settings{Now: c.now})
	down.Store(true)
	in := browserBatch(c, seen(c, 1, shop))
	in.Lost = 7
	if done, err := tracker.Collect(t.Context(), in); !errors.Is(err, behavior.ErrUnavailable) || done.Stored != 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	down.Store(false)
	collect(t, tracker, in)
	if s := tracker.Stats(); s.Stored != 1 || s.Duplicate != 0 || s.Lost != 7 || s.Appends.Count != 2 {
		t.Errorf("statistics: %+v", s)
	}
}

// TestManyBrowsersAtOnce has each batch come several times, mixed with all
// others: nothing is lost and nothing is there twice.
func TestManyBrowsersAtOnce(t *testing.T) {
	t.Parallel()
	const browsers, batches, copies = 60, 4, 3
	tracker, store, c := collector(t, behavior.Settings{})
	var stored, duplicate atomic.Int64
	var wg sync.WaitGroup
	for b := range browsers {
		for n := range batches {
			for range copies {
				wg.Go(func() {
					in := browserBatch(c, seen(c, int64(2*n+1), shop), clicked(c, int64(2*n+2)))
					in.SessionID = fmt.Sprintf("%032x", b)
					done, err := tracker.Collect(t.Context(), in)
					if err != nil {
						t.Error(err)
					}
					stored.Add(int64(done.Stored))
					duplicate.Add(int64(done.Duplicate))
				})
			}
		}
	}
	wg.Wait()
	const events = browsers * batches * 2
	if stored.Load() != events || duplicate.Load() != events*(copies-1) {
		t.Errorf("%d stored, %d duplicates", stored.Load(), duplicate.Load())
	}
	if s, v, i := count(t, store), len(viewsOf(t, store)), len(interactionsOf(t, store)); s != browsers || v != events/2 || i != events/2 {
		t.Errorf("%d sessions, %d page views, %d interactions", s, v, i)
	}
}

func TestRefusalsAreNamed(t *testing.T) {
	t.Parallel()
	tracker, _, _ := collector(t, behavior.Settings{})
	named, err := json.Marshal(tracker.Stats().Refused)
	if err != nil || string(named) != `{"metadata":0,"store":0,"type":0,"url":0}` || len(behavior.Refusals()) != 4 {
		t.Errorf("%s, %v", named, err)
	}
}
