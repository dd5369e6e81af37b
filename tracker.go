package behavior

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Tracker is the front of a [Store]: it checks and completes what clients
// send, stores it, and answers questions. It may be used by many goroutines.
type Tracker struct {
	store    Store
	settings Settings
	recorder *recorder
	visitors *visitors
	known    knownSessions
	pages    pageLoads
	counts   collectCounts
	later    later
	live     *liveHub
}

// New returns a tracker over a store. It fails with all the [Faults] of the
// settings at once. The store stays the caller's: close it after the tracker.
func New(store Store, settings Settings) (*Tracker, error) {
	if err := settings.complete(); err != nil {
		return nil, err
	}
	t := &Tracker{
		store: store, settings: settings, recorder: newRecorder(store, settings.MaxQueue), visitors: newVisitors(store, settings),
		known: knownSessions{ids: newRecent[struct{}](maxKnown)},
		pages: pageLoads{loads: newRecent[string](maxPageLoads)},
	}
	t.live = newLiveHub(t.lookLive, t.recorder.stored.Load, settings.Logger)
	return t, nil
}

// Settings returns the settings as they are in force: nothing is nil or zero
// that has a default.
func (t *Tracker) Settings() Settings { return t.settings }

// Close refuses new records, waits until all that wait are stored, and
// returns. It does not close the store.
func (t *Tracker) Close() error {
	t.live.close()
	t.later.close()
	t.recorder.close()
	t.visitors.close()
	return nil
}

// Ping reports whether records can be stored and read.
func (t *Tracker) Ping(ctx context.Context) error { return t.store.Ping(ctx) }

// now is the moment, as it is stored.
func (t *Tracker) now() time.Time { return t.settings.Now().UTC().Truncate(time.Microsecond) }

// Record stores rows as they are, durably, and returns when they are on disk.
// Each row's own fault is in its Err, see [Store.Append]; an error of Record
// means that none was stored, but when it is ctx's: then all may be stored, and
// rows must not be looked at again. Observers do not hear of it. It is the way
// in for records that are complete already, an import or a copy for example.
func (t *Tracker) Record(ctx context.Context, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	return t.recorder.record(ctx, rows)
}

// recordOne stores one row and returns its fault or that of the store.
func (t *Tracker) recordOne(ctx context.Context, row Row) error {
	rows := []Row{row}
	if err := t.recorder.record(ctx, rows); err != nil {
		return err
	}
	return rows[0].Err
}

// Start begins a session. A session_id that is taken is [Invalid].
func (t *Tracker) Start(ctx context.Context, in SessionInput) (Session, error) {
	s, err := t.NewSession(in)
	if err != nil {
		return Session{}, err
	}
	switch err := t.recordOne(ctx, Row{Session: &s}); {
	case errors.Is(err, ErrConflict):
		return Session{}, errSessionTaken()
	case err != nil:
		return Session{}, fmt.Errorf("create session: %w", err)
	}
	t.notify(ctx, Event{Change: Created, Kind: KindSession, ID: s.ID, Session: &s})
	return s, nil
}

// View records a page view. A session that does not exist is [Invalid]; an
// event key that is stored already is [ErrDuplicate].
func (t *Tracker) View(ctx context.Context, in ViewInput) (PageView, error) {
	v, err := t.NewPageView(in)
	if err != nil {
		return PageView{}, err
	}
	switch err := t.recordOne(ctx, Row{PageView: &v}); {
	case errors.Is(err, ErrNoSession):
		return PageView{}, errSessionUnknown()
	case err != nil:
		return PageView{}, fmt.Errorf("create page view: %w", err)
	}
	t.notify(ctx, Event{Change: Created, Kind: KindPageView, ID: v.ID, PageView: &v})
	return v, nil
}

// Interact records an interaction. A session that does not exist is [Invalid];
// an event key that is stored already is [ErrDuplicate].
func (t *Tracker) Interact(ctx context.Context, in InteractionInput) (Interaction, error) {
	i, err := t.NewInteraction(in)
	if err != nil {
		return Interaction{}, err
	}
	switch err := t.recordOne(ctx, Row{Interaction: &i}); {
	case errors.Is(err, ErrNoSession):
		return Interaction{}, errSessionUnknown()
	case err != nil:
		return Interaction{}, fmt.Errorf("create interaction: %w", err)
	}
	t.notify(ctx, Event{Change: Created, Kind: KindInteraction, ID: i.ID, Interaction: &i})
	return i, nil
}

// NewSession checks an input and completes it to a session, without storing it.
func (t *Tracker) NewSession(in SessionInput) (Session, error) {
	if err := in.Check(); err != nil {
		return Session{}, err
	}
	s := Session{
		SessionID: in.SessionID, UserAgent: in.UserAgent, IPAddress: in.IPAddress,
		StartTime: t.moment(in.StartTime), EndTime: utc(in.EndTime), UserID: in.UserID,
		Language: in.Language, Screen: in.Screen, Country: in.Country,
	}
	if addr, err := netip.ParseAddr(s.IPAddress); s.Country == "" && err == nil {
		s.Country = t.countryOf(addr)
	}
	s.derive()
	return s, nil
}

// NewPageView checks an input and completes it to a page view, without storing it.
func (t *Tracker) NewPageView(in ViewInput) (PageView, error) {
	if err := in.Check(); err != nil {
		return PageView{}, err
	}
	v := PageView{
		URL: in.URL, Timestamp: t.moment(in.Timestamp), Session: Session{SessionID: in.SessionID},
		Title: in.Title, Referrer: in.Referrer, EventKey: in.EventKey,
	}
	v.derive()
	return v, nil
}

// NewInteraction checks an input and completes it to an interaction, without storing it.
func (t *Tracker) NewInteraction(in InteractionInput) (Interaction, error) {
	if err := in.Check(t.settings.EventTypes); err != nil {
		return Interaction{}, err
	}
	i := Interaction{
		Session: Session{SessionID: in.SessionID}, EventType: in.EventType, Element: in.Element,
		Metadata: in.Metadata, Timestamp: t.moment(in.Timestamp), EventKey: in.EventKey,
	}
	i.Host, i.Path = splitURL(in.URL)
	return i, nil
}

// moment is when something happened: at, or now when at is zero.
func (t *Tracker) moment(at time.Time) time.Time {
	if at.IsZero() {
		return t.now()
	}
	return at.UTC().Truncate(time.Microsecond)
}

func utc(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	u := at.UTC().Truncate(time.Microsecond)
	return &u
}

// Sessions lists sessions and counts them, see [Store].
func (t *Tracker) Sessions(ctx context.Context, q Query) ([]Session, int, error) {
	return t.store.Sessions(ctx, q)
}

// PageViews lists page views and counts them, see [Store].
func (t *Tracker) PageViews(ctx context.Context, q Query) ([]PageView, int, error) {
	return t.store.PageViews(ctx, q)
}

// Interactions lists interactions and counts them, see [Store].
func (t *Tracker) Interactions(ctx context.Context, q Query) ([]Interaction, int, error) {
	return t.store.Interactions(ctx, q)
}

// Values counts the values of a field, see [Store].
func (t *Tracker) Values(ctx context.Context, kind Kind, field string, q Query) ([]ValueCount, error) {
	return t.store.Values(ctx, kind, field, q)
}

// Insight answers a question about a range of time, see [Store]. What is wrong
// with the question is [Invalid].
func (t *Tracker) Insight(ctx context.Context, i Insight) ([]InsightRow, error) {
	if err := i.Check(); err != nil {
		return nil, err
	}
	return t.store.Insight(ctx, i)
}

// Funnel tells how many took each step of a funnel, see [Store]. What is wrong
// with the question is [Invalid].
func (t *Tracker) Funnel(ctx context.Context, f Funnel) ([]int, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	return t.store.Funnel(ctx, f)
}

// Report answers the report's questions for a range, in the range's time zone.
func (t *Tracker) Report(ctx context.Context, r ReportRange) (Report, error) {
	return t.store.Report(ctx, r)
}

// ReportRange is the last seven whole days in the tracker's time zone.
func (t *Tracker) ReportRange() ReportRange {
	return LastDays(7, t.settings.Now(), t.settings.TimeZone)
}

// ByID is the query for one record.
func ByID(id int64) Query {
	return Query{Filters: []Filter{{Field: "id", Values: []any{id}}}, Limit: 1, Uncounted: true}
}

// TrustedProxy reports whether what a peer says of its clients' addresses is believed.
func (t *Tracker) TrustedProxy(peer netip.Addr) bool {
	for _, p := range t.settings.TrustedProxies {
		if p.Contains(peer.Unmap()) {
			return true
		}
	}
	return false
}
