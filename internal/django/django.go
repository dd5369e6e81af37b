// Package django reads what a Django site has recorded with dj-user-behavior:
// from its SQLite file, its PostgreSQL database, or a dump of either as
// "manage.py dumpdata" writes it. Nothing of a source is ever changed.
//
// Every value comes as text, as the database or the dump spells it: what is
// right and what is not is the reader's to judge, and to report.
package django

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Kind is one of the kinds of record that are read.
type Kind int

// The kinds, in the order in which they depend on one another.
const (
	Users Kind = iota
	Sessions
	PageViews
	Interactions
	kinds
)

// Options name what a site may call otherwise.
type Options struct {
	App       string // the label of the app; empty: "user_behavior"
	UserTable string // empty: "auth_user"
	NoUsers   bool   // leaves the users alone: also who may not read them can read the rest
}

// columns are the columns of each kind. Those that a table lacks are read as
// NULL; the first of a kind, its id, must be there.
var columns = [kinds][]string{
	Users:        {"id", "username", "email", "password", "is_superuser", "is_staff", "is_active", "date_joined", "last_login"},
	Sessions:     {"id", "session_id", "user_agent", "ip_address", "start_time", "end_time", "user_id"},
	PageViews:    {"id", "session_id", "url", "timestamp"},
	Interactions: {"id", "session_id", "event_type", "element", "metadata", "timestamp"},
}

// SessionName is the column of a page view or interaction that holds the
// session_id of the session which its own session_id, a number, points to.
const SessionName = "session"

func (o Options) tables() (names [kinds]string) {
	if o.App == "" {
		o.App = "user_behavior"
	}
	if o.UserTable == "" {
		o.UserTable = "auth_user"
	}
	if o.NoUsers {
		o.UserTable = "" // no table is called that
	}
	return [kinds]string{o.UserTable, o.App + "_usersession", o.App + "_pageview", o.App + "_userinteraction"}
}

// Record is one row of a source.
type Record struct {
	columns []string
	values  []sql.NullString
}

// Text is the value of a column, and false for NULL.
func (r Record) Text(column string) (text string, ok bool) {
	i := slices.Index(r.columns, column)
	if i < 0 {
		return "", false
	}
	return r.values[i].String, r.values[i].Valid
}

// Size is about how many bytes the record takes.
func (r Record) Size() (n int) {
	for _, v := range r.values {
		n += len(v.String)
	}
	return n
}

// Source is an open source. It is read at one moment: what the site writes
// meanwhile is not in it.
type Source struct {
	db     *sql.DB
	tx     *sql.Tx
	end    func() error
	dump   bool
	who    string // the user of a server
	tables [kinds]string
	found  [kinds][]string // the columns that are there; none: there is no such table
}

// IsDump reports whether the source is a dump: a table without records is not
// to be told there from one that is missing.
func (s *Source) IsDump() bool { return s.dump }

// Table is the name of a kind's table.
func (s *Source) Table(k Kind) string { return s.tables[k] }

// Has reports whether the source has the table of a kind.
func (s *Source) Has(k Kind) bool { return len(s.found[k]) > 0 }

// hasColumn reports whether the table of a kind has a column.
func (s *Source) hasColumn(k Kind, column string) bool { return slices.Contains(s.found[k], column) }

// Close ends the reading. Its error is that something temporary stays behind:
// of what was only read nothing can be lost.
func (s *Source) Close() error {
	if s.tx != nil {
		_ = s.tx.Rollback()
	}
	_ = s.db.Close()
	return s.end()
}

// look begins to read: it finds out which tables are there, and that they can
// be read.
func (s *Source) look(ctx context.Context, columnsOf string) error {
	for k, table := range s.tables {
		if table == "" {
			continue
		}
		found, err := s.columns(ctx, columnsOf, table)
		if err != nil {
			return err
		}
		if !slices.Contains(found, "id") {
			continue
		}
		s.found[k] = found
		if err := s.tx.QueryRowContext(ctx, "SELECT 1 FROM "+quote(table)+" LIMIT 1").Scan(new(int)); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read the table %s: %w", table, err)
		}
	}
	if !slices.ContainsFunc(s.found[:], func(columns []string) bool { return len(columns) > 0 }) {
		return s.nothing()
	}
	return nil
}

// columns asks for the columns of a table.
func (s *Source) columns(ctx context.Context, columnsOf, table string) (found []string, err error) {
	rows, err := s.tx.QueryContext(ctx, columnsOf, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		found = append(found, name)
	}
	return found, rows.Err()
}

// nothing is the error of a source that has none of the tables.
func (s *Source) nothing() error {
	what := "none of the tables"
	if s.dump {
		what = "records of none of"
	}
	return fmt.Errorf("there are %s %s; where the site calls them otherwise, name its app with --app and its table of users with --user-table",
		what, strings.TrimPrefix(strings.Join(s.tables[:], ", "), ", "))
}

// Count is how many records of a kind there are.
func (s *Source) Count(ctx context.Context, k Kind) (n int64, err error) {
	if s.Has(k) {
		err = s.tx.QueryRowContext(ctx, "SELECT count(*) FROM "+quote(s.tables[k])).Scan(&n)
	}
	return n, s.plain(err)
}

// Records reads the records of a kind by rising id, one after the other: they
// are never in memory together. It ends with the first error.
func (s *Source) Records(ctx context.Context, k Kind) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		if !s.Has(k) {
			return
		}
		text, names := s.query(k)
		rows, err := s.tx.QueryContext(ctx, text)
		if err != nil {
			yield(Record{}, s.plain(err))
			return
		}
		defer rows.Close()
		into := make([]any, len(names))
		for rows.Next() {
			r := Record{names, make([]sql.NullString, len(names))}
			for i := range r.values {
				into[i] = &r.values[i]
			}
			if err := rows.Scan(into...); err != nil {
				yield(Record{}, s.plain(err))
				return
			}
			if !yield(r, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Record{}, s.plain(err))
		}
	}
}

// query asks for the records of a kind. Casts keep drivers from making times
// and numbers of what may be neither.
func (s *Source) query(k Kind) (text string, names []string) {
	var list []string
	for _, name := range columns[k] {
		value := "NULL"
		if s.hasColumn(k, name) {
			value = "CAST(r." + quote(name) + " AS text)"
		}
		list, names = append(list, value), append(names, name)
	}
	if k == PageViews || k == Interactions {
		value := "NULL"
		if s.Has(Sessions) && s.hasColumn(k, "session_id") {
			value = "(SELECT CAST(s.session_id AS text) FROM " + quote(s.tables[Sessions]) + " s WHERE s.id = r.session_id LIMIT 1)"
		}
		list, names = append(list, value), append(names, SessionName)
	}
	return "SELECT " + strings.Join(list, ", ") + " FROM " + quote(s.tables[k]) + " r ORDER BY r.id", names
}

// quote makes a name of SQL of any text.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
