package behavior

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A visit ends after half an hour without an event.
const visitIdle = 30 * time.Minute

const oneDay = 24 * time.Hour

// VisitorDefinition says in words what a visitor is, to be shown beside their number.
func (t *Tracker) VisitorDefinition() string {
	const known = "A visitor is a user who is signed in, or else "
	if t.settings.Collect.Visitors == StableVisitors {
		return known + "all visits with the same stored address and the same browser. People who share both count as one; " +
			"one person with two browsers, or whose address changes, counts as several."
	}
	return known + "all visits of one day, in UTC, with the same address and the same browser on the same site. " +
		"The key is a hash with a secret that is deleted after two days, so that nobody can be recognized beyond that: " +
		"who comes on two days counts as two."
}

// SessionDefinition says in words what a session is that the script records
// with data-storage set to that: "tab", which is its default, "browser" or
// "none". It is empty for anything else.
func SessionDefinition(storage string) string {
	const end = " It ends after 30 minutes without an action, and when another user signs in; midnight does not end it."
	switch storage {
	case "", "tab":
		return "A session is what happens in one tab of a browser." + end
	case "browser":
		return "A session is what happens in all tabs of a browser on one site." + end
	case "none":
		return "A session is what comes from one address and one browser on one site: nothing is kept on the device. " +
			"It ends after 30 minutes without an event; midnight does not end it, the end of the day after does."
	}
	return ""
}

// device is what tells visitors apart who keep nothing on their device. The
// whole address goes into their keys, and nowhere else.
type device struct {
	addr        netip.Addr
	agent, host string
}

// key is the device's key with the salt of a day, 32 hexadecimal digits. Once
// the salt is deleted nothing leads back from it to the address.
func (d device) key(salt []byte) string {
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte(d.addr.String() + "\x00" + d.agent + "\x00" + d.host))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// visitors knows the salts of the days, and the sessions of devices that keep
// none themselves.
type visitors struct {
	store Store
	now   func() time.Time
	log   *slog.Logger

	mu     sync.Mutex
	salts  map[time.Time][]byte // by the beginning of their day, two at most
	visits recent[[]span]       // by the device's key

	end        sync.Once
	stop, done chan struct{}
}

// span is one session of a device, as far as it is known here.
type span struct {
	session     string
	first, last time.Time
}

// maxDevices is how many devices each generation of visits holds.
const maxDevices = 1 << 15

func newVisitors(store Store, s Settings) *visitors {
	v := &visitors{
		store: store, now: s.Now, log: s.Logger,
		salts: make(map[time.Time][]byte), visits: newRecent[[]span](maxDevices),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	go v.keep()
	return v
}

// keep sees to it that salts are deleted in time even when nobody comes.
func (v *visitors) keep() {
	defer close(v.done)
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		select {
		case <-v.stop:
			return
		case <-tick.C:
			if _, err := v.salt(context.Background(), v.now()); err != nil {
				v.log.Error("old salts are not deleted", "error", err)
			}
		}
	}
}

// close ends keep. It may be called more than once.
func (v *visitors) close() {
	v.end.Do(func() { close(v.stop) })
	<-v.done
}

// salt returns the salt of the day of a moment.
func (v *visitors) salt(ctx context.Context, at time.Time) ([]byte, error) {
	day := at.UTC().Truncate(oneDay)
	v.mu.Lock()
	salt := v.salts[day]
	v.mu.Unlock()
	if salt != nil {
		return salt, nil
	}
	salt, err := v.store.Salt(ctx, day, []byte(rand.Text()))
	if err != nil {
		return nil, fmt.Errorf("read the day's salt: %w", err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.salts[day] = salt
	for other := range v.salts {
		if other.Before(v.now().UTC().Truncate(oneDay).Add(-oneDay)) {
			delete(v.salts, other)
		}
	}
	return salt, nil
}

// session names the session of a device at a moment: the one that it has had
// an event of within half an hour before or after, or a new one.
//
// It is looked for under the key of the moment's day and of the day before: a
// session that goes on over midnight keeps the key that it began with.
func (v *visitors) session(ctx context.Context, d device, at time.Time) (string, error) {
	keys, err := v.keys(ctx, d, at)
	if err != nil {
		return "", err
	}
	if err := v.load(ctx, keys, at); err != nil {
		return "", err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, key := range keys {
		spans, _ := v.visits.get(key)
		if s := nearestSpan(spans, at); s != nil {
			s.extend(at)
			return s.session, nil
		}
	}
	begun := span{session: sessionStart(keys[0]) + strconv.FormatInt(at.Unix(), 16), first: at, last: at}
	spans, _ := v.visits.get(keys[0])
	v.visits.set(keys[0], append(spans, begun))
	return begun.session, nil
}

// sessionStart begins the names of the sessions of a device. No script makes
// up such a name: they are plain hexadecimal.
func sessionStart(key string) string { return "none-" + key + "-" }

// keys are the keys of a device at a moment: that of its day, and that of the
// day before as long as there is a salt for it.
func (v *visitors) keys(ctx context.Context, d device, at time.Time) ([]string, error) {
	var keys []string
	for _, day := range [...]time.Time{at, at.Add(-oneDay)} {
		if len(keys) > 0 && day.Before(v.now().UTC().Truncate(oneDay).Add(-oneDay)) {
			break
		}
		salt, err := v.salt(ctx, day)
		if err != nil {
			return nil, err
		}
		keys = append(keys, d.key(salt))
	}
	return keys, nil
}

// load looks in the store for the sessions of keys that are not known here:
// the process may have been started anew, or may not be the only one.
func (v *visitors) load(ctx context.Context, keys []string, at time.Time) error {
	starts := v.unknown(keys)
	if len(starts) == 0 {
		return nil
	}
	sessions, _, err := v.store.Sessions(ctx, Query{Filters: []Filter{
		{Field: "start_time", Op: AtLeast, Values: []any{at.Add(-2 * oneDay)}},
		{Field: "session_id", Op: StartsWith, Values: starts},
	}, Uncounted: true})
	if err != nil {
		return fmt.Errorf("find a device's sessions: %w", err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, key := range keys {
		if _, known := v.visits.get(key); known {
			continue // another request was faster
		}
		var spans []span
		for _, s := range sessions {
			if strings.HasPrefix(s.SessionID, sessionStart(key)) {
				spans = append(spans, spanOf(s))
			}
		}
		v.visits.set(key, spans)
	}
	return nil
}

// unknown are the beginnings of the names of the sessions of those keys that
// are not known here.
func (v *visitors) unknown(keys []string) (starts []any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, key := range keys {
		if _, known := v.visits.get(key); !known {
			starts = append(starts, sessionStart(key))
		}
	}
	return starts
}

func spanOf(s Session) span {
	sp := span{session: s.SessionID, first: s.StartTime, last: s.StartTime}
	if s.EndTime != nil && s.EndTime.After(sp.last) {
		sp.last = *s.EndTime
	}
	return sp
}

// nearestSpan is the span that a moment belongs to, nil for none. The nearest
// counts, so that a batch that comes again finds the session that it found
// before, although other sessions have begun since.
func nearestSpan(spans []span, at time.Time) *span {
	var best *span
	least := visitIdle
	for i := range spans {
		if d := spans[i].distance(at); d < least {
			best, least = &spans[i], d
		}
	}
	return best
}

// distance is how far a moment is from a span; zero within it.
func (s span) distance(at time.Time) time.Duration {
	return max(s.first.Sub(at), at.Sub(s.last), 0)
}

// extend makes a moment part of the span.
func (s *span) extend(at time.Time) {
	if at.Before(s.first) {
		s.first = at
	}
	if at.After(s.last) {
		s.last = at
	}
}
