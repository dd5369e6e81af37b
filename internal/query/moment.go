package query

import (
	"time"

	"github.com/userbehavior/behavior"
)

// No stored time lies outside of these, and every engine can compare with them.
var (
	farPast   = time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)
	farFuture = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
)

// clamp brings a moment that is asked for to where it can be compared.
func clamp(t time.Time) time.Time {
	switch {
	case t.Before(farPast):
		return farPast
	case t.After(farFuture):
		return farFuture
	}
	return t.UTC()
}

// clamped is a range between moments that can be compared.
func clamped(r behavior.Range) behavior.Range {
	r.From, r.To = clamp(r.From), clamp(r.To)
	return r
}

// ceil is the first whole microsecond from t on: stored times are whole ones.
func ceil(t time.Time) time.Time {
	whole := t.Truncate(time.Microsecond)
	if whole.Before(t) {
		whole = whole.Add(time.Microsecond)
	}
	return whole
}
