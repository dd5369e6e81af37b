package behavior

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
)

// Refusal is why an event of a batch was not stored.
type Refusal string

// The refusals.
const (
	RefusedType     Refusal = "type"     // neither one of the eight event types nor listed in [Settings.EventTypes]
	RefusedURL      Refusal = "url"      // the page's address is missing, too long or none
	RefusedMetadata Refusal = "metadata" // too long, or not to be stored as JSON
	RefusedStore    Refusal = "store"    // the store cannot keep it
)

var refusals = [...]Refusal{RefusedType, RefusedURL, RefusedMetadata, RefusedStore}

// Refusals lists why events may be refused.
func Refusals() []Refusal { return slices.Clone(refusals[:]) }

// Collected is what has become of the events of one batch. What an event of
// kind "end" or "ping" tells of a page view counts as stored each time.
type Collected struct {
	Stored    int             // stored now
	Duplicate int             // stored before: the batch has come again
	Refused   map[Refusal]int // nil when there is none
}

// Collect stores a batch of a browser's tracker, durably, and tells what has
// become of each of its events. The same batch may come any number of times:
// what it has is stored once. A session that is not known is made.
//
// A batch that is not one of a tracker's is [Invalid], under the names of the
// wire format; without a good token where one is asked for it is [ErrToken].
// Any other error means that the batch should be sent again; nothing of it is
// counted then.
func (t *Tracker) Collect(ctx context.Context, in CollectInput) (Collected, error) {
	now := t.now()
	if key := t.settings.Collect.TokenKey; key != "" && !checkToken(key, in.Token, now) {
		return Collected{}, ErrToken
	}
	if err := in.check(); err != nil {
		return Collected{}, err
	}
	b := &batch{tracker: t, in: in, now: now, visits: make(map[string]*visit), ownsKey: t.pages.owns(in.Page, in.PageKey)}
	if err := b.read(ctx); err != nil {
		return Collected{}, err
	}
	if err := b.record(ctx); err != nil {
		return Collected{}, fmt.Errorf("collect: %w", err)
	}
	done := b.count()
	t.counts.add(done, min(max(in.Lost, 0), maxLost))
	b.notify(ctx)
	return done, nil
}

// maxLost is how many lost events one batch may report.
const maxLost = 100_000

// record stores a batch. A session that is known to be there is not sent along
// with it; one that is gone all the same is made again.
func (b *batch) record(ctx context.Context) error {
	if len(b.order) == 0 {
		return nil // every event is refused
	}
	rows, err := b.sessions(ctx, func(v *visit) bool { return !b.tracker.known.has(v.id) })
	if err != nil {
		return err
	}
	rows = append(rows, b.rows...)
	for _, v := range b.order {
		rows = append(rows, v.progress(b.told())...)
	}
	b.rows = rows
	if err := b.tracker.Record(ctx, rows); err != nil {
		return err
	}
	if err := b.recordOrphans(ctx); err != nil {
		return err
	}
	for _, v := range b.order {
		b.tracker.known.add(v.id)
	}
	return nil
}

// recordOrphans stores once more, together with their sessions, the rows whose
// session has been deleted.
func (b *batch) recordOrphans(ctx context.Context) error {
	gone := make(map[string]bool)
	var places []int
	for i, row := range b.rows {
		if errors.Is(row.Err, ErrNoSession) {
			places = append(places, i)
			gone[row.sessionID()] = true
		}
	}
	if len(places) == 0 {
		return nil
	}
	rows, err := b.sessions(ctx, func(v *visit) bool { return gone[v.id] })
	if err != nil {
		return err
	}
	made := len(rows)
	for _, i := range places {
		rows = append(rows, b.rows[i])
	}
	if err := b.tracker.Record(ctx, rows); err != nil {
		return err
	}
	for n, i := range places {
		b.rows[i] = rows[made+n]
	}
	b.rows = append(b.rows, rows[:made]...)
	return nil
}

// sessionID is the session_id that a page view, an interaction or progress names.
func (r Row) sessionID() string {
	switch {
	case r.PageView != nil:
		return r.PageView.Session.SessionID
	case r.Interaction != nil:
		return r.Interaction.Session.SessionID
	case r.Progress != nil:
		return r.Progress.SessionID
	}
	return ""
}

// sessions makes rows of those sessions of the batch that are wanted.
func (b *batch) sessions(ctx context.Context, wanted func(*visit) bool) ([]Row, error) {
	var rows []Row
	for _, v := range b.order {
		if !wanted(v) {
			continue
		}
		s, err := b.session(ctx, v)
		if err != nil {
			return nil, err
		}
		rows = append(rows, Row{Session: s})
	}
	return rows, nil
}

// session makes a session of what the batch and its request tell.
func (b *batch) session(ctx context.Context, v *visit) (*Session, error) {
	in, end, told := &b.in, v.last, b.told()
	s := &Session{
		SessionID: v.id, UserAgent: cutText(in.UserAgent, maxAgent), IPAddress: b.tracker.settings.Collect.Addresses.of(in.Address),
		StartTime: v.first, EndTime: &end, Country: told.Country, Language: told.Language, Screen: told.Screen,
	}
	if in.UserID != "" {
		s.UserID = &in.UserID
	}
	s.derive()
	if in.UserID == "" && b.tracker.settings.Collect.Visitors == DailyVisitors {
		salt, err := b.tracker.visitors.salt(ctx, v.first)
		if err != nil {
			return nil, err
		}
		s.Visitor = b.device().key(salt)[:16]
	}
	return s, nil
}

// told is what the batch and its request tell of who has sent it.
func (b *batch) told() Progress {
	in := &b.in
	p := Progress{UserID: in.UserID, Country: cmp.Or(in.Country, zoneCountry(in.TimeZone)), Screen: pixels(in.ScreenWidth, in.ScreenHeight)}
	if localeForm.MatchString(in.Language) {
		p.Language = in.Language
	}
	return p
}

// of is as much of an address as is to be stored.
func (d AddressDetail) of(addr netip.Addr) string {
	addr = addr.Unmap().WithZone("")
	bits := 24
	switch {
	case !addr.IsValid() || d == NoAddresses:
		return ""
	case d == FullAddresses:
		return addr.String()
	case addr.Is6():
		bits = 48
	}
	return netip.PrefixFrom(addr, bits).Masked().Addr().String()
}

// count tells what has become of the events.
func (b *batch) count() Collected {
	done := Collected{Refused: b.refused}
	told := make(map[string]bool) // sessions whose progress is counted
	for _, row := range b.rows {
		events := 1
		switch {
		case row.Session != nil:
			events = 0
		case row.Progress != nil:
			if events = b.visits[row.Progress.SessionID].measures; told[row.Progress.SessionID] {
				events = 0
			}
			told[row.Progress.SessionID] = true
		}
		switch {
		case events == 0:
		case row.Err == nil:
			done.Stored += events
		case errors.Is(row.Err, ErrDuplicate):
			done.Duplicate += events
		default:
			b.refuse(RefusedStore, events)
			done.Refused = b.refused
		}
	}
	return done
}

// notify tells the observers of the records that are new.
func (b *batch) notify(ctx context.Context) {
	if len(b.tracker.settings.Observers) == 0 {
		return
	}
	for _, row := range b.rows {
		e := Event{Change: Created, Session: row.Session, PageView: row.PageView, Interaction: row.Interaction}
		switch {
		case row.Err != nil, row.Progress != nil:
			continue
		case row.Session != nil:
			e.Kind, e.ID = KindSession, row.Session.ID
		case row.PageView != nil:
			e.Kind, e.ID = KindPageView, row.PageView.ID
		default:
			e.Kind, e.ID = KindInteraction, row.Interaction.ID
		}
		b.tracker.notify(ctx, e)
	}
}

// knownSessions are sessions that the store has, as far as is known. That they
// are there is not sure: any session may be deleted.
type knownSessions struct {
	mu  sync.Mutex
	ids recent[struct{}]
}

// maxKnown is how many sessions each generation of knownSessions holds.
const maxKnown = 1 << 15

func (k *knownSessions) has(id string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, ok := k.ids.get(id)
	return ok
}

func (k *knownSessions) add(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ids.set(id, struct{}{})
}
