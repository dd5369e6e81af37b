package behavior

import (
	"context"
	"time"
)

// Store keeps the records. This is the contract that every engine keeps; the
// suite in package storetest is the same contract as tests.
//
// A Store may be used by many goroutines at once. It never reads the clock:
// every time that it stores comes with the record, in UTC and cut to the
// microsecond, and it gives back exactly that. Text is UTF-8 without NUL and
// comes back unchanged, as long as memory allows; so does metadata, byte for
// byte. What a method has reported done is on disk, and is there again after a
// crash of the process at any moment.
//
// A list and its total are of one moment. A reader never sees half of an
// Append or of a deletion.
//
// When the engine cannot be used - disk full, connection lost, closed - every
// method returns an error that wraps [ErrUnavailable], nothing has been
// stored, and the engine recovers by itself once the cause is gone. Only of a
// server that is lost at the very end of a write, and does not come back in
// time, nobody knows what it has stored; the error says so. When ctx ends, its
// error is returned; a write may then have happened or not, but wholly.
type Store interface {
	// Append stores rows in one transaction: first the sessions among them,
	// then the page views and interactions, which may name those sessions,
	// then what there is of progress, which may name all of these.
	//
	// Each row succeeds or fails by itself, in its Err:
	//   - a session whose session_id exists, in the store or earlier among
	//     rows: ErrConflict;
	//   - a page view or interaction whose session does not exist:
	//     ErrNoSession. The session is named by Session.SessionID, or by
	//     Session.ID where SessionID is empty;
	//   - a page view or interaction with an event key that its session has
	//     already, in the store or earlier among rows: ErrDuplicate;
	//   - progress of a session that does not exist: ErrNoSession. See
	//     [Progress] for what it does;
	//   - what not every engine could keep - text that is not UTF-8 or has a
	//     NUL, metadata that is not JSON, a year outside of 0 to 9999, an id
	//     outside of 1 to 2^53-1: [Invalid].
	// All other rows are stored. Append gives them rising ids within their
	// kind, in the order of rows, and fills in their whole Session. A record
	// that comes with an ID keeps it (that is how data moves between stores);
	// an ID that is taken is ErrConflict.
	//
	// A stored page view moves its session's entry facts and exit path, see
	// [Session.Follow]. These columns may lag behind by a second, but not for
	// good, whatever happens in between. So may the EndTime that progress
	// moves; but of it a crash may take back the last second as far as no
	// page view or interaction with an event key shows it. All else that
	// progress changes is stored with its row.
	//
	// An error of Append itself means that nothing of rows has been stored, if
	// it is neither that of ctx nor says that this is not known.
	Append(ctx context.Context, rows []Row) error

	// Sessions, PageViews and Interactions return the records that q asks
	// for and how many match it without Limit and Offset, or -1 when
	// q.Uncounted; see also [Query.CountLimit]. No match is no error. A field that the kind does not
	// have, or a value that does not suit it, is an error.
	Sessions(ctx context.Context, q Query) ([]Session, int, error)
	PageViews(ctx context.Context, q Query) ([]PageView, int, error)
	Interactions(ctx context.Context, q Query) ([]Interaction, int, error)

	// Values returns the values that a field has in the records that match q,
	// with how many have each: the most frequent first, then in the field's
	// order; q.Limit of them at most. Order, Offset, Uncounted and CountLimit
	// of q are not looked at. A field of another type than Text, Integer and
	// Boolean is an error.
	Values(ctx context.Context, kind Kind, field string, q Query) ([]ValueCount, error)

	// Insight answers a question about a range of time, see [Insight]: a row
	// for each combination of the dimensions' values that occurs; without
	// dimensions one row, and with DimensionTime alone one for each step of
	// the range, also where nothing happened. All figures are exact and of one
	// moment. Text is compared and sorted by its bytes in UTF-8; times of
	// records are moved into the range's zone by Go's rules for it. An insight
	// that does not pass its Check is an error.
	//
	// Sessions are found by their beginning, and page views and interactions
	// by their own time. A figure of sessions whose dimensions are of pages or
	// events is that of the sessions with such a page view or interaction in
	// the range, each counted once for each combination of values.
	Insight(ctx context.Context, i Insight) ([]InsightRow, error)

	// Funnel tells how many took each step of a funnel, see [Funnel]: one number
	// for each step, of which none is larger than the one before. They are exact
	// and of one moment. A funnel that does not pass its Check is an error.
	Funnel(ctx context.Context, f Funnel) ([]int, error)

	// UpdateSession, UpdatePageView and UpdateInteraction read the record,
	// let change alter it and store it whole, with nothing else happening to
	// it in between. Where something does, change may be called again, some
	// times, with the record as it is then. An error of change is returned as
	// it is and leaves the record alone. The id stays. ErrNotFound: no such
	// record. ErrNoSession: the session that it now names, as in Append, does
	// not exist. ErrConflict: its new session_id is another session's.
	// ErrDuplicate: its new event key is that of another event of its session.
	// The record comes back as stored.
	UpdateSession(ctx context.Context, id int64, change func(*Session) error) (Session, error)
	UpdatePageView(ctx context.Context, id int64, change func(*PageView) error) (PageView, error)
	UpdateInteraction(ctx context.Context, id int64, change func(*Interaction) error) (Interaction, error)

	// Delete removes records in one transaction: all of ids, those that are
	// there. With a session go its page views and interactions. It returns
	// how many of each kind went.
	Delete(ctx context.Context, kind Kind, ids []int64) (Counts, error)

	// Report counts the records of a range; see [Report]. Days are cut in
	// the range's time zone, also where daylight saving makes them longer or
	// shorter. A range without a moment in it has no records.
	Report(ctx context.Context, r ReportRange) (Report, error)

	// Salt returns the secret of a day in UTC: fresh when the day has none
	// yet, and it is on disk then. Of many callers all get the same one. The
	// secrets of days before the day before it are deleted along with it, so
	// that none is kept for longer than two days.
	Salt(ctx context.Context, day time.Time, fresh []byte) ([]byte, error)

	// Ping reports whether the store can be used, within ctx.
	Ping(ctx context.Context) error

	// Close waits for what is under way and closes the store. Every later
	// call but Close returns ErrUnavailable.
	Close() error
}

// Row is one record on its way into a store, or the progress of one: exactly
// one of Session, PageView, Interaction and Progress is set. [Store.Append]
// fills in the record that it points to, and Err.
type Row struct {
	Session     *Session
	PageView    *PageView
	Interaction *Interaction
	Progress    *Progress
	Err         error
}

// Counts is a number of records of each kind.
type Counts struct {
	Sessions, PageViews, Interactions int
}
