package behavior

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// The errors of the domain. Engines translate their driver's errors into
// these; test with [errors.Is].
var (
	// ErrNotFound: the record is not there.
	ErrNotFound = errors.New("not found")
	// ErrNoSession: the session that a page view or interaction names is not there.
	ErrNoSession = errors.New("no such session")
	// ErrConflict: a session with that session_id exists already.
	ErrConflict = errors.New("already exists")
	// ErrDuplicate: an event with that key is stored already. Nothing is lost
	// and nothing was stored; the sender may be told that all is well.
	ErrDuplicate = errors.New("duplicate event")
	// ErrBusy: the queue is full. Try again later, see [RetryAfter].
	ErrBusy = errors.New("too busy")
	// ErrUnavailable: the store cannot be used at the moment: disk full,
	// connection lost, closed. Try again later.
	ErrUnavailable = errors.New("store unavailable")
	// ErrSchema: the store's schema is older or newer than this program's, or
	// not there.
	ErrSchema = errors.New("the schema does not fit")
	// ErrLocked: another process holds the store.
	ErrLocked = errors.New("in use by another process")
	// ErrCredentials: a user's name or password is wrong.
	ErrCredentials = errors.New("Invalid username/password.") //nolint:staticcheck // answered to clients as it stands
)

// RetryAfter is what a client is told to wait after [ErrBusy] and [ErrUnavailable].
const RetryAfter = 2 * time.Second

// Invalid says what is wrong with an input: the messages for each field, by
// its wire name. Messages that belong to no field stand under "non_field_errors".
type Invalid map[string][]string

// Error lists the fields and their messages, sorted by field.
func (e Invalid) Error() string {
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(e)) {
		parts = append(parts, field+": "+strings.Join(e[field], " "))
	}
	return "invalid input: " + strings.Join(parts, "; ")
}

// add notes a message for a field.
func (e Invalid) add(field, message string) { e[field] = append(e[field], message) }

// orNil returns e as an error, nil when there is nothing to say.
func (e Invalid) orNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}
