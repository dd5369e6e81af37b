package gate

import (
	"context"
	"errors"

	"github.com/userbehavior/behavior"
)

// domain are the errors that leave an engine as they are.
var domain = []error{
	behavior.ErrNotFound, behavior.ErrNoSession, behavior.ErrConflict, behavior.ErrDuplicate, behavior.ErrBusy,
	behavior.ErrUnavailable, behavior.ErrSchema, behavior.ErrLocked, context.Canceled, context.DeadlineExceeded,
}

// Domain is the error of the domain, or of a context, that an error wraps; nil
// for one that wraps none.
func Domain(err error) error {
	for _, known := range domain {
		if errors.Is(err, known) {
			return known
		}
	}
	return nil
}
