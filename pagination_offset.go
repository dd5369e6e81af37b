package behavior

import (
	"cmp"
	"math/big"
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
	if n, ok := ParseInteger(parameter(r, "limit")); ok && n > 0 {
		q.Limit = int(min(n, int64(cmp.Or(l.MaxLimit, 100))))
	}
	q.Offset = 0
	if n, ok := ParseInteger(parameter(r, "offset")); ok && n > 0 {
		q.Offset = int(min(n, maxInteger))
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
		out.Previous = p.link(map[string]string{"limit": strconv.Itoa(limit), "offset": p.offsetBefore(limit)})
	case offset > 0:
		out.Previous = p.link(map[string]string{"limit": strconv.Itoa(limit)}, "offset")
	}
	return out, nil
}

// offsetBefore is the offset of the page before, in full, however far beyond
// all records the client has asked.
func (p Page) offsetBefore(limit int) string {
	asked, ok := parseBig(parameter(p.Request, "offset"))
	if !ok {
		return strconv.Itoa(p.Query.Offset - limit)
	}
	return asked.Sub(asked, big.NewInt(int64(limit))).String()
}
