package postgres

import (
	"errors"
	"fmt"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/gate"
	"github.com/userbehavior/behavior/internal/pgpool"
	"github.com/userbehavior/behavior/internal/record"
)

// unreachable is the error of a connection that could not be made.
type unreachable struct{ error }

// lost is the error of a connection that ended during a transaction of which
// nothing is stored.
type lost struct{ error }

// unsure is the error of a connection that ended while its transaction was
// committed: it is stored, or not.
type unsure struct {
	error
	*writer
}

func (e unreachable) Unwrap() error { return e.error }
func (e lost) Unwrap() error        { return e.error }
func (e unsure) Unwrap() error      { return e.error }

// errMoved: a record is not where it was looked for a moment ago.
var errMoved = errors.New("the record has moved")

// errMistaken: what a store remembers is not what is stored.
var errMistaken = errors.New("what was remembered is not so")

// again reports whether a transaction that failed may succeed when it begins anew.
func again(err error) bool {
	var dead lost
	return errors.As(err, &dead) || collided(err)
}

// collided reports whether another transaction stood in the way.
func collided(err error) bool {
	switch pgpool.Code(err) {
	case "40001", "40P01", noPartition: // serialization failure, deadlock
		return true
	}
	return errors.Is(err, errMoved)
}

// noPartition is the SQLSTATE of a row that no partition takes: its partition
// has been dropped since we knew of it.
const noPartition = "23514"

// tooLong is the SQLSTATE of a text that is too long for an index.
const tooLong = "54000"

// translate puts an error into the domain's. The driver's errors stay inside:
// their text remains, their types do not.
func translate(what string, err error) error {
	var own record.Foreign
	var invalid behavior.Invalid
	var none unreachable
	var dead lost
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errMoved):
		return fmt.Errorf("%s: %w: others change the same record all the time", what, behavior.ErrUnavailable)
	case errors.As(err, &own):
		return own.Err
	case errors.As(err, &invalid):
		return fmt.Errorf("%s: %w", what, invalid)
	case errors.As(err, &none):
		return fmt.Errorf("%s: %w: %s", what, behavior.ErrUnavailable, pgpool.ConnectError(none.error))
	case errors.As(err, &dead):
		return fmt.Errorf("%s: %w: the connection was lost: %s", what, behavior.ErrUnavailable, pgpool.OneLine(dead.error))
	case pgpool.Unusable(pgpool.Code(err)):
		return fmt.Errorf("%s: %w: %s", what, behavior.ErrUnavailable, pgpool.OneLine(err))
	}
	if known := gate.Domain(err); known != nil {
		return fmt.Errorf("%s: %w%s", what, known, strings.TrimPrefix(pgpool.OneLine(err), known.Error()))
	}
	return fmt.Errorf("%s: %s", what, pgpool.OneLine(err))
}
