package behavior

import "context"

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
// stored, and the engine recovers by itself once the cause is gone. When ctx
// ends, its error is returned; a write may then have happened or not, but
// wholly.
type Store interface {
	// Append stores rows in one transaction: first the sessions among them,
	// then the page views and interactions, which may name those sessions.
	//
	// Each row succeeds or fails by itself, in its Err:
	//   - a session whose session_id exists, in the store or earlier among
	//     rows: ErrConflict;
	//   - a page view or interaction whose session does not exist:
	//     ErrNoSession. The session is named by Session.SessionID, or by
	//     Session.ID where SessionID is empty;
	//   - a page view or interaction with an event key that its session has
	//     already, in the store or earlier among rows: ErrDuplicate.
	// All other rows are stored. Append gives them rising ids within their
	// kind, in the order of rows, and fills in their whole Session. A record
	// that comes with an ID keeps it (that is how data moves between stores);
	// an ID that is taken is ErrConflict.
	//
	// A stored page view moves its session's entry facts and exit path, see
	// [Session.Follow]. These columns may lag behind by a second, but not for
	// good, whatever happens in between.
	//
	// An error of Append itself means that nothing of rows has been stored.
	Append(ctx context.Context, rows []Row) error

	// Sessions, PageViews and Interactions return the records that q asks
	// for and how many match it without Limit and Offset, or -1 when
	// q.Uncounted. No match is no error. A field that the kind does not
	// have, or a value that does not suit it, is an error.
	Sessions(ctx context.Context, q Query) ([]Session, int, error)
	PageViews(ctx context.Context, q Query) ([]PageView, int, error)
	Interactions(ctx context.Context, q Query) ([]Interaction, int, error)

	// UpdateSession, UpdatePageView and UpdateInteraction read the record,
	// let change alter it and store it whole, with nothing else happening to
	// it in between. An error of change is returned as it is and leaves the
	// record alone. The id stays. ErrNotFound: no such record. ErrNoSession:
	// the session that it now names, as in Append, does not exist.
	// ErrConflict: its new session_id is another session's. The record comes
	// back as stored.
	UpdateSession(ctx context.Context, id int64, change func(*Session) error) (Session, error)
	UpdatePageView(ctx context.Context, id int64, change func(*PageView) error) (PageView, error)
	UpdateInteraction(ctx context.Context, id int64, change func(*Interaction) error) (Interaction, error)

	// Delete removes records in one transaction: all of ids, those that are
	// there. With a session go its page views and interactions. It returns
	// how many of each kind went.
	Delete(ctx context.Context, kind Kind, ids []int64) (Counts, error)

	// Report counts the records of a range; see [Report]. Days are cut in
	// the range's time zone, also where daylight saving makes them longer or
	// shorter.
	Report(ctx context.Context, r ReportRange) (Report, error)

	// Ping reports whether the store can be used, within ctx.
	Ping(ctx context.Context) error

	// Close waits for what is under way and closes the store. Every later
	// call but Close returns ErrUnavailable.
	Close() error
}

// Row is one record on its way into a store: exactly one of Session, PageView
// and Interaction is set. [Store.Append] fills in what it points to, and Err.
type Row struct {
	Session     *Session
	PageView    *PageView
	Interaction *Interaction
	Err         error
}

// Counts is a number of records of each kind.
type Counts struct {
	Sessions, PageViews, Interactions int
}
