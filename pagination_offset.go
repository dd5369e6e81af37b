package behavior

import (
	"cmp"
	"net/http"
	"strconv"
)

// LimitOffset cuts lists by the parameters limit and offset. Values that are
// no numbers, and limits below one, count as not sent.
type LimitOffset struct {
	DefaultLimit int // when no limit is asked for. Zero: 10
	MaxLimit     int // a larger limit counts as this one. Zero: 100
}

// Apply reads limit and offset.
func (l LimitOffset) Apply(r *http.Request, q *Query) error {
	q.Limit = cmp.Or(l.DefaultLimit, 10)
	if n, ok := integer(parameter(r, "limit")); ok && n > 0 {
		q.Limit = min(n, cmp.Or(l.MaxLimit, 100))
	}
	q.Offset = 0
	if n, ok := integer(parameter(r, "offset")); ok && n > 0 {
		q.Offset = n
	}
	return nil
}

// Envelope is an object of count, next, previous and results. A link names the
// limit in force, and no offset when that would be zero.
func (l LimitOffset) Envelope(p Page) (any, error) {
	limit, offset := p.Query.Limit, p.Query.Offset
	out := countedEnvelope{Count: p.Total, Results: listed(p.Results)}
	if offset+limit < p.Total {
		out.Next = p.link(map[string]string{"limit": strconv.Itoa(limit), "offset": strconv.Itoa(offset + limit)})
	}
	switch {
	case offset > limit:
		out.Previous = p.link(map[string]string{"limit": strconv.Itoa(limit), "offset": strconv.Itoa(offset - limit)})
	case offset > 0:
		out.Previous = p.link(map[string]string{"limit": strconv.Itoa(limit)}, "offset")
	}
	return out, nil
}
