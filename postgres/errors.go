package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/userbehavior/behavior"
)

var errClosed = fmt.Errorf("%w: it is closed", behavior.ErrUnavailable)

// domain are the errors that leave the engine as they are.
var domain = []error{
	behavior.ErrNotFound, behavior.ErrNoSession, behavior.ErrConflict, behavior.ErrDuplicate, behavior.ErrBusy,
	behavior.ErrUnavailable, behavior.ErrSchema, behavior.ErrLocked, context.Canceled, context.DeadlineExceeded,
}

// foreign is an error of the caller's own, which passes through unchanged.
type foreign struct{ error }

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

// errMoved: a record is not where it was looked for a moment ago.
var errMoved = errors.New("the record has moved")

// again reports whether a transaction that failed may succeed when it begins anew.
func again(err error) bool {
	var dead lost
	return errors.As(err, &dead) || collided(err)
}

// collided reports whether another transaction stood in the way.
func collided(err error) bool {
	switch code(err) {
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

// code is the SQLSTATE of an error, empty for those that the server did not send.
func code(err error) string {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return server.Code
	}
	return ""
}

// translate puts an error into the domain's. The driver's errors stay inside:
// their text remains, their types do not.
func translate(what string, err error) error {
	var own foreign
	var invalid behavior.Invalid
	var none unreachable
	var dead lost
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errMoved):
		return fmt.Errorf("%s: %w: others change the same record all the time", what, behavior.ErrUnavailable)
	case errors.As(err, &own):
		return own.error
	case errors.As(err, &invalid):
		return fmt.Errorf("%s: %w", what, invalid)
	case errors.As(err, &none):
		return fmt.Errorf("%s: %w: %s", what, behavior.ErrUnavailable, connectError(none.error))
	case errors.As(err, &dead):
		return fmt.Errorf("%s: %w: the connection was lost: %s", what, behavior.ErrUnavailable, oneLine(dead.error))
	case unusable(code(err)):
		return fmt.Errorf("%s: %w: %s", what, behavior.ErrUnavailable, oneLine(err))
	}
	for _, known := range domain {
		if errors.Is(err, known) {
			return fmt.Errorf("%s: %w%s", what, known, strings.TrimPrefix(oneLine(err), known.Error()))
		}
	}
	return fmt.Errorf("%s: %s", what, oneLine(err))
}

// unusable reports whether an SQLSTATE says nothing about the question: the
// server, its disk or its memory fails, or our tables are not within reach.
func unusable(code string) bool {
	switch code {
	case "25006", // read-only: a server that stands by, for example
		"42501", "42P01", "3F000", "3D000": // no right; no table, schema, database
		return true
	}
	for _, class := range []string{"08", "28", "40", "53", "55", "57", "58", "F0", "XX"} { // see the manual's appendix
		if strings.HasPrefix(code, class) {
			return true
		}
	}
	return false
}

// connectError says in a sentence why there is no connection.
func connectError(err error) string {
	var refused *pgconn.ConnectError
	if !errors.As(err, &refused) {
		return "cannot connect to PostgreSQL: " + oneLine(err)
	}
	at := fmt.Sprintf("%s:%d", refused.Config.Host, refused.Config.Port)
	var server *pgconn.PgError
	var network *net.OpError
	var name *net.DNSError
	switch {
	case errors.As(err, &server):
		return fmt.Sprintf("PostgreSQL at %s refuses the connection: %s", at, server.Message)
	case errors.As(err, &name):
		return fmt.Sprintf("cannot connect to PostgreSQL at %s: there is no host of that name", at)
	case errors.As(err, &network):
		return fmt.Sprintf("cannot connect to PostgreSQL at %s: %s", at, oneLine(network.Err))
	}
	return fmt.Sprintf("cannot connect to PostgreSQL at %s: %s", at, oneLine(errors.Unwrap(refused)))
}

// oneLine is the first line of an error's text.
func oneLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimSuffix(text, ":")
}
