package postgres

import (
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
)

// factFields are the fields of a session that events and progress move: what
// [behavior.Session.Follow] and [behavior.Session.Advance] change. None of
// them has an index.
var factFields = []string{
	"end_time", "user_id", "visitor", "country", "language", "screen", "referrer", "source", "channel",
	"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "entry_path", "exit_path",
}

// updateFacts updates the sessions that have moved.
func (w *writer) updateFacts(b *pgx.Batch, stays []*stay) {
	var records [][]any
	var from, to []*time.Time
	for _, s := range stays {
		if s.moved && !s.fresh {
			records = append(records, sessionValues(&s.Session))
			from, to = append(from, bound(s.from)), append(to, bound(s.to))
		}
	}
	if len(records) == 0 {
		return
	}
	columns := arrays(behavior.KindSession, records)
	var set, types, names []string
	args := []any{columns[0], from, to}
	for i, f := range behavior.KindSession.Fields() {
		for _, fact := range factFields {
			if fact == f.Name {
				set, names = append(set, fact+" = f."+fact), append(names, fact)
				args = append(args, columns[i])
				types = append(types, place(len(args), arrayTypes[f.Type]))
			}
		}
	}
	b.Queue(w.store.in(`UPDATE @sessions AS s SET events_from = f.events_from, events_to = f.events_to, `+strings.Join(set, ", ")+`
		FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], `+strings.Join(types, ", ")+`) AS f (id, events_from, events_to, `+strings.Join(names, ", ")+`)
		WHERE s.id = f.id`), args...)
}

// bound is the beginning or end of the months of a session's events, null when
// it has none.
func bound(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
