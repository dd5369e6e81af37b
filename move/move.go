// Package move carries the records of one store to another, whatever engine
// each is.
//
//	c := move.New(from, to, move.Options{})
//	if err := c.Copy(ctx); err != nil { ... }      // all there is
//	result, err := c.Verify(ctx)                   // day by day, until both are equal
//	err = c.Follow(ctx)                            // what arrives, until ctx ends
//
// Records keep their ids. Nothing is kept beside the two stores: what the
// destination has already tells where an interrupted copy goes on. What that
// cannot tell - records that became visible late, changes, deletions - is found
// when it is verified: both stores are then read side by side in the order of
// ids, a count and a checksum are made for each day of each kind, and whatever
// differs is carried again.
package move

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/userbehavior/behavior"
)

// Options is how records are carried. The zero Options are the defaults.
type Options struct {
	// Mirror lets a destination have records that the source does not have:
	// they are deleted there, and others in their place are overwritten.
	// Without, such a destination is refused with [Foreign].
	Mirror bool

	// Page is how many records at most are read at once, and stored at once.
	// Where records are large, it is as many as have about 16 MiB. Zero: 10,000.
	Page int

	// Every is how long Follow waits between two looks for new records.
	// Zero: 1 second.
	Every time.Duration

	// LookBack is how far back Follow looks for what has changed: sessions
	// that began or ended since then, and page views since then. It does so
	// every tenth of that time, or every 10 seconds if that is less. What
	// changes in older records is carried by Verify. Zero: 10 minutes.
	LookBack time.Duration

	// Now is the clock. Nil: time.Now.
	Now func() time.Time

	// Progress is told now and then how far it has come, by the goroutine that
	// works. Nil: nobody is told.
	Progress func(Progress)
}

// Step is what is being done.
type Step string

// The steps.
const (
	Checking  Step = "checking"
	Copying   Step = "copying"
	Verifying Step = "verifying"
	Following Step = "following"
)

// Progress is how far a step has come.
type Progress struct {
	Step  Step
	Done  int // records that the step has dealt with
	Total int // records that there are about; zero: not known

	// Lag is, while following, how old the latest record was when it had been
	// carried. Zero: there was none yet.
	Lag time.Duration

	// Err is, while following, why the last look failed; it is repeated.
	Err error
}

// Copier carries the records of one store to another. One goroutine at a time
// may use it, but for Touch. Nobody else should write to the destination
// meanwhile.
type Copier struct {
	from, to behavior.Store
	options  Options

	checked bool
	marks   map[behavior.Kind]int64 // no record of the destination up to here is anybody else's
	last    map[behavior.Kind]int64 // up to which records have been carried in the order of ids
	salted  time.Time               // the day whose secret has been carried
	looked  time.Time               // up to when changes have been looked for
	touched touched
	refused refused
	stored  behavior.Counts
	lag     time.Duration
	meter   Progress

	displaced int                // how often a record had to make room for another one
	restayed  map[time.Time]bool // the days of sessions that were made alike out of turn, since they were compared
}

// New returns a copier. The stores stay the caller's.
func New(from, to behavior.Store, o Options) *Copier {
	if o.Page <= 0 {
		o.Page = 10_000
	}
	if o.Every <= 0 {
		o.Every = time.Second
	}
	if o.LookBack <= 0 {
		o.LookBack = 10 * time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Copier{
		from: from, to: to, options: o,
		marks: map[behavior.Kind]int64{}, last: map[behavior.Kind]int64{}, restayed: map[time.Time]bool{},
	}
}

// kinds are in the order in which records are carried: sessions first.
var kinds = behavior.Kinds()

// Copy carries what the destination does not have yet. It begins with a look at
// what is there: [Foreign] says that it is something else, and then nothing has
// been written. Copy may be called again at any time after it was interrupted.
func (c *Copier) Copy(ctx context.Context) error {
	if err := c.check(ctx); err != nil {
		return err
	}
	if c.looked.IsZero() {
		c.looked = c.options.Now()
	}
	total := 0
	for _, kind := range kinds {
		n, err := c.remaining(ctx, kind)
		if err != nil {
			return fmt.Errorf("copy: %w", err)
		}
		total += n
	}
	c.begin(Copying, total)
	return c.carryAll(ctx)
}

// carryAll carries what is new, and the secrets of the days.
func (c *Copier) carryAll(ctx context.Context) error {
	if err := c.carrySalts(ctx); err != nil {
		return fmt.Errorf("copy the secrets of the days: %w", err)
	}
	for _, kind := range kinds {
		if err := c.carry(ctx, kind); err != nil {
			return fmt.Errorf("copy %s: %w", plural[kind], err)
		}
	}
	return nil
}

// carry carries the records of a kind that come after the last one.
func (c *Copier) carry(ctx context.Context, kind behavior.Kind) error {
	s := openStream(ctx, c.from, kind, nil, c.last[kind], c.options.Page, false)
	return s.each(func(page []record) error {
		if err := c.insert(ctx, kind, page); err != nil {
			return err
		}
		newest := page[len(page)-1]
		c.last[kind] = newest.id
		c.lag = max(0, c.options.Now().Sub(newest.at))
		c.advance(len(page))
		return nil
	})
}

// remaining is how many records of a kind there are to carry.
func (c *Copier) remaining(ctx context.Context, kind behavior.Kind) (int, error) {
	return count(ctx, c.from, kind, idAbove(c.last[kind]))
}

// Stored is how many records have been stored in the destination so far.
func (c *Copier) Stored() behavior.Counts { return c.stored }

// carrySalts carries the secrets of yesterday and today, so that visitors are
// the same afterwards. Where the destination has a secret of its own already,
// that one stays. Nothing is kept for longer than the contract says: both stores
// delete what is older as ever.
func (c *Copier) carrySalts(ctx context.Context) error {
	today := c.options.Now().UTC().Truncate(oneDay)
	if c.salted.Equal(today) {
		return nil
	}
	for _, day := range [...]time.Time{today.Add(-oneDay), today} {
		salt, err := c.from.Salt(ctx, day, []byte(rand.Text()))
		if err != nil {
			return err
		}
		if _, err := c.to.Salt(ctx, day, salt); err != nil {
			return err
		}
	}
	c.salted = today
	return nil
}

const oneDay = 24 * time.Hour

// begin begins a step, and advance tells of it.
func (c *Copier) begin(step Step, total int) {
	c.meter = Progress{Step: step, Total: total}
	c.advance(0)
}

func (c *Copier) advance(n int) {
	c.meter.Done += n
	if c.options.Progress != nil {
		c.options.Progress(c.meter)
	}
}
