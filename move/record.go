package move

import (
	"context"
	"time"

	"github.com/userbehavior/behavior"
)

// record is one record of any kind, as it was read.
type record struct {
	id  int64
	at  time.Time // its beginning
	sum uint64    // over all that it holds; zero where nobody asks for it
	row behavior.Row
}

func recordOf(row behavior.Row) record {
	switch {
	case row.Session != nil:
		return record{id: row.Session.ID, at: row.Session.StartTime, row: row}
	case row.PageView != nil:
		return record{id: row.PageView.ID, at: row.PageView.Timestamp, row: row}
	}
	return record{id: row.Interaction.ID, at: row.Interaction.Timestamp, row: row}
}

// day is the day in UTC that the record belongs to.
func (r record) day() time.Time { return r.at.UTC().Truncate(oneDay) }

// same reports whether two records with one id are the same record, whatever
// has been changed of it since: nobody changes a time, or a session's name along
// with it.
func (r record) same(other record) bool {
	if r.row.Session != nil {
		return r.row.Session.SessionID == other.row.Session.SessionID || r.at.Equal(other.at)
	}
	return r.at.Equal(other.at) && r.session().ID == other.session().ID
}

// session is the session that an event names; nil for a session.
func (r record) session() *behavior.Session {
	switch {
	case r.row.PageView != nil:
		return &r.row.PageView.Session
	case r.row.Interaction != nil:
		return &r.row.Interaction.Session
	}
	return nil
}

// size is about how many bytes the record takes.
func (r record) size() int {
	const fixed = 500 // a struct, its numbers and times, and what is short
	switch row := r.row; {
	case row.Session != nil:
		s := row.Session
		return fixed + len(s.SessionID) + len(s.UserAgent) + len(s.Referrer) + len(s.EntryPath) + len(s.ExitPath)
	case row.PageView != nil:
		v := row.PageView
		return fixed + len(v.URL) + len(v.Path) + len(v.Title) + len(v.Referrer)
	}
	i := r.row.Interaction
	return fixed + len(i.Metadata) + len(i.Element) + len(i.Path)
}

func sizeOf(records []record) (bytes int) {
	for _, r := range records {
		bytes += r.size()
	}
	return bytes
}

// claim is what only one record of a store can have: a session's name, or the
// key of an event within its session.
type claim struct {
	session int64 // zero for a session
	text    string
}

func (r record) claim() claim {
	switch {
	case r.row.Session != nil:
		return claim{text: r.row.Session.SessionID}
	case r.row.PageView != nil:
		return claim{r.session().ID, r.row.PageView.EventKey}
	}
	return claim{r.session().ID, r.row.Interaction.EventKey}
}

// filters find the records with a claim.
func (c claim) filters() []behavior.Filter {
	if c.session == 0 {
		return []behavior.Filter{{Field: "session_id", Values: []any{c.text}}}
	}
	return []behavior.Filter{{Field: "session", Values: []any{c.session}}, {Field: "event_key", Values: []any{c.text}}}
}

// list asks a store for records of a kind.
func list(ctx context.Context, s behavior.Store, kind behavior.Kind, q behavior.Query) ([]record, error) {
	q.Uncounted = true
	switch kind {
	case behavior.KindSession:
		found, _, err := s.Sessions(ctx, q)
		return recordsOf(found, func(s *behavior.Session) behavior.Row { return behavior.Row{Session: s} }), err
	case behavior.KindPageView:
		found, _, err := s.PageViews(ctx, q)
		return recordsOf(found, func(v *behavior.PageView) behavior.Row { return behavior.Row{PageView: v} }), err
	}
	found, _, err := s.Interactions(ctx, q)
	return recordsOf(found, func(i *behavior.Interaction) behavior.Row { return behavior.Row{Interaction: i} }), err
}

func recordsOf[T any](found []T, row func(*T) behavior.Row) []record {
	records := make([]record, len(found))
	for i := range found {
		records[i] = recordOf(row(&found[i]))
	}
	return records
}

// byIDs asks a store for records by their ids.
func byIDs(ctx context.Context, s behavior.Store, kind behavior.Kind, ids []int64) (map[int64]record, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := list(ctx, s, kind, behavior.Query{Filters: []behavior.Filter{{Field: "id", Values: values(ids)}}})
	byID := make(map[int64]record, len(found))
	for _, r := range found {
		byID[r.id] = r
	}
	return byID, err
}

// count is how many records of a kind pass filters.
func count(ctx context.Context, s behavior.Store, kind behavior.Kind, filters ...behavior.Filter) (total int, err error) {
	q := behavior.Query{Filters: filters, Limit: 1}
	switch kind {
	case behavior.KindSession:
		_, total, err = s.Sessions(ctx, q)
	case behavior.KindPageView:
		_, total, err = s.PageViews(ctx, q)
	default:
		_, total, err = s.Interactions(ctx, q)
	}
	return total, err
}

func idsOf(records []record) []int64 {
	ids := make([]int64, len(records))
	for i, r := range records {
		ids[i] = r.id
	}
	return ids
}

func idAbove(id int64) behavior.Filter {
	return behavior.Filter{Field: "id", Op: behavior.Greater, Values: []any{id}}
}

func values(ids []int64) []any {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = id
	}
	return list
}

// timeField is the field that a kind's days are cut by.
var timeField = map[behavior.Kind]string{
	behavior.KindSession: "start_time", behavior.KindPageView: "timestamp", behavior.KindInteraction: "timestamp",
}

// singular and plural are the kinds in words.
var (
	singular = map[behavior.Kind]string{
		behavior.KindSession: "session", behavior.KindPageView: "page view", behavior.KindInteraction: "interaction",
	}
	plural = map[behavior.Kind]string{
		behavior.KindSession: "sessions", behavior.KindPageView: "page views", behavior.KindInteraction: "interactions",
	}
)
