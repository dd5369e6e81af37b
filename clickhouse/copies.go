package clickhouse

import (
	"context"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// copied are the fields of a session of which each of its page views and
// interactions has a copy, so that questions about these need not read all
// sessions there are. They are those that hardly ever change once events have
// come: where one does, the session is marked in the table amended, first of
// all, and from then on that field is read from the session. So what is stored
// stays right, whichever process stored it, and the change is seen at once.
var copied = []string{
	"user_id", "visitor", "browser", "browser_version", "browser_family", "os", "device", "bot", "country", "language", "screen",
}

// copyValues are the copies of a session's fields, in their order.
func copyValues(s *behavior.Session) []any {
	var user any
	if s.UserID != nil {
		user = *s.UserID
	}
	return []any{user, s.Visitor, s.Browser, s.BrowserVersion, s.BrowserFamily, s.OS, s.Device, flag(s.Bot), s.Country, s.Language, s.Screen}
}

// copyTargets are what the copies are scanned into.
func copyTargets(s *behavior.Session) []any {
	return []any{&s.UserID, &s.Visitor, &s.Browser, &s.BrowserVersion, &s.BrowserFamily, &s.OS, &s.Device, &s.Bot, &s.Country, &s.Language, &s.Screen}
}

// columnsOf are the columns of a kind's table, as fields: its own, and the
// copies of its session's after them.
func columnsOf(kind behavior.Kind) []behavior.Field {
	columns := kind.Fields()
	if kind == behavior.KindSession {
		return columns
	}
	columns = slices.Clone(columns)
	for _, name := range copied {
		f, _ := kind.Field(behavior.SessionPrefix + name)
		columns = append(columns, f)
	}
	return columns
}

// marked are the sessions of which one of some fields is marked.
func (s *Store) marked(fields []string) string {
	return `(SELECT session FROM ` + s.layout.whole("amended") + ` WHERE field IN ` + texts(fields) + `)`
}

// mark is a session of which a copied field has changed.
type mark struct {
	field   string
	session int64
}

// marks are those that changes of sessions need.
func marks(steps []step) (all []mark) {
	for _, s := range steps {
		for _, c := range s.changes {
			before, after := c.before.Session, c.after.Session
			if before == nil || after == nil {
				continue
			}
			was, is := copyValues(before), copyValues(after)
			for i, field := range copied {
				if was[i] != is[i] {
					all = append(all, mark{field, after.ID})
				}
			}
		}
	}
	return all
}

// amend marks the sessions of which steps change copied fields. A mark too many
// does no harm: none is ever taken back.
func (w *writer) amend(ctx context.Context, steps []step) error {
	all := marks(steps)
	if len(all) == 0 {
		return nil
	}
	_, err := repeat(ctx, func() error { return w.sendMarks(ctx, all) })
	return err
}

func (w *writer) sendMarks(ctx context.Context, all []mark) error {
	return w.store.insert(ctx, "amended", []clickhouse.ColumnNameAndType{
		{Name: "field", Type: "String"}, {Name: "session", Type: "Int64"},
	}, nil, func(add func(values ...any)) {
		for _, m := range all {
			add(m.field, m.session)
		}
	})
}

// copying is the statement that stores each row of a table of events anew with
// copies of what its session has. A server sorts sessions and events for it on disk
// where there are too many for its memory.
func (l layout) copying(table string) string {
	kind := behavior.KindInteraction
	if table == query.Table(behavior.KindPageView) {
		kind = behavior.KindPageView
	}
	var columns []string
	for _, f := range kind.Fields() {
		columns = append(columns, `r.`+quote(f.Name))
	}
	for _, name := range copied {
		columns = append(columns, `s.`+quote(name))
	}
	return `INSERT INTO ` + l.whole(table) + ` (` + columnNames(kind, "") + `, version, deleted) SELECT ` + strings.Join(columns, ", ") + `, r.version + 2, 0 FROM ` + l.whole(table) + ` r JOIN ` +
		l.whole(query.Table(behavior.KindSession)) + ` s ON s.id = r.session SETTINGS final = 1, join_algorithm = 'full_sorting_merge',` +
		` max_partitions_per_insert_block = 0, insert_distributed_sync = 1`
}
