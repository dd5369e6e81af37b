package behavior

import (
	"context"
	"runtime/debug"
)

// Change is what happened to a record.
type Change string

// The changes that observers hear of.
const (
	Created Change = "created"
	Updated Change = "updated"
	Deleted Change = "deleted"
)

// Event tells what happened to one record. One of Session, PageView and
// Interaction is set: the record as it is stored now, or for Deleted as it was.
// What goes with a deleted session is not told record by record but counted.
type Event struct {
	Change      Change
	Kind        Kind
	ID          int64
	Session     *Session
	PageView    *PageView
	Interaction *Interaction

	// Along is how many records were deleted along with a session.
	Along Counts
}

// Observer is told of changes after they are on disk, by the goroutine that
// made them: it delays that caller's answer, and nobody else's. It must not
// change the record.
type Observer func(ctx context.Context, e Event)

// notify logs an event and tells the observers.
func (t *Tracker) notify(ctx context.Context, e Event) {
	t.settings.Logger.InfoContext(ctx, eventMessages[e.Kind]+" "+string(e.Change), "id", e.ID)
	for _, observe := range t.settings.Observers {
		t.tell(ctx, observe, e)
	}
}

// tell tells one observer. Its panic is logged and goes no further: the record
// is on disk, and a client that heard of an error would send it again.
func (t *Tracker) tell(ctx context.Context, observe Observer, e Event) {
	defer func() {
		if p := recover(); p != nil {
			t.settings.Logger.ErrorContext(ctx, "observer panicked", "value", p, "stack", string(debug.Stack()))
		}
	}()
	observe(ctx, e)
}

var eventMessages = map[Kind]string{KindSession: "session", KindPageView: "page view", KindInteraction: "interaction"}
