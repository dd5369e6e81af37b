package query

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/huandu/go-sqlbuilder"

	"github.com/userbehavior/behavior"
)

// Statement is SQL with its parameters.
type Statement struct {
	SQL  string
	Args []any
}

// Table names the table of a kind of record, which every engine has. It is empty
// for what is no kind.
func Table(kind behavior.Kind) string {
	switch kind {
	case behavior.KindSession:
		return "sessions"
	case behavior.KindPageView:
		return "page_views"
	case behavior.KindInteraction:
		return "interactions"
	}
	return ""
}

// List compiles the list that q asks for, in full. Its columns are the fields
// of the kind in their order, and for page views and interactions the fields
// of the session after them, unless q is plain.
//
// For a page of these [IDs] is the better beginning: a join before the limit
// reads every row.
func List(d Dialect, kind behavior.Kind, q behavior.Query) (Statement, error) {
	c := compiler{dialect: d, kind: kind, joined: kind != behavior.KindSession && !q.Plain}
	return c.selectWhere(q, nil, c.columns(c.joined)...)
}

// ListWithTotal is [List] with one more column, the last: how many records
// match, as [Count] tells, or -1 where q is not counted. What one statement
// reads of a server is of one moment.
func ListWithTotal(d Dialect, kind behavior.Kind, q behavior.Query) (Statement, error) {
	c := compiler{dialect: d, kind: kind, joined: kind != behavior.KindSession && !q.Plain}
	return c.selectWithTotal(q, c.columns(c.joined)...)
}

// IDs compiles the ids of the list that q asks for, in its order.
func IDs(d Dialect, kind behavior.Kind, q behavior.Query) (Statement, error) {
	c := compiler{dialect: d, kind: kind}
	return c.selectWhere(q, nil, "r.id")
}

// PlacesWithTotal is [IDs] of page views or interactions, with the id of each
// one's session before its own and the total of [ListWithTotal] after it.
func PlacesWithTotal(d Dialect, kind behavior.Kind, q behavior.Query) (Statement, error) {
	c := compiler{dialect: d, kind: kind}
	return c.selectWithTotal(q, "r.session", "r.id")
}

// InOrder puts records that were looked up by ids into the order of the ids.
// Records are large: they are moved once, not sorted.
func InOrder[T any](ids []int64, records []T, id func(*T) int64) []T {
	place := make(map[int64]int, len(records))
	for i := range records {
		place[id(&records[i])] = i
	}
	ordered := make([]T, 0, len(records))
	for _, id := range ids {
		if i, ok := place[id]; ok {
			ordered = append(ordered, records[i])
		}
	}
	return ordered
}

// PinnedIDs returns the ids that a query asks for if it asks for nothing else.
func PinnedIDs(q behavior.Query) ([]int64, bool) {
	if len(q.Filters) != 1 || len(q.Order) > 0 || q.Offset > 0 || !q.Uncounted {
		return nil, false
	}
	f := q.Filters[0]
	if f.Field != "id" || f.Op != behavior.Is || f.Not || len(f.Any) > 0 || len(f.Path) > 0 || len(f.Values) != 1 {
		return nil, false
	}
	id, ok := f.Values[0].(int64)
	return []int64{id}, ok
}

// Count compiles the number of records that match q, whatever its Order,
// Limit and Offset. Beyond CountLimit it counts one more and no further.
func Count(d Dialect, kind behavior.Kind, q behavior.Query) (Statement, error) {
	c := compiler{dialect: d, kind: kind}
	s, err := c.count(q)
	if err != nil {
		return Statement{}, err
	}
	return c.statement(s), nil
}

// Values compiles the values that a field has in the records that match q, and
// how many have each, see [behavior.Store].
func Values(d Dialect, kind behavior.Kind, field string, q behavior.Query) (Statement, error) {
	c := compiler{dialect: d, kind: kind}
	column, f, ofSession, err := c.field(field)
	switch {
	case err != nil:
		return Statement{}, err
	case f.Type != behavior.Text && f.Type != behavior.Integer && f.Type != behavior.Boolean:
		return Statement{}, fmt.Errorf("the values of %q cannot be counted", field)
	case q.Limit < 0:
		return Statement{}, fmt.Errorf("limit %d must not be negative", q.Limit)
	}
	c.joined = ofSession
	s := c.newSelect(column, "count(*)")
	if err := c.where(s, q.Filters); err != nil {
		return Statement{}, err
	}
	s.GroupBy(column).OrderBy("count(*) DESC", column+direction(f, false))
	if q.Limit > 0 {
		s.SQL("LIMIT " + strconv.Itoa(q.Limit))
	}
	return c.statement(s), nil
}

// compiler turns one query into one statement.
type compiler struct {
	dialect Dialect
	kind    behavior.Kind
	bind    Bind // into the select that is being written
	joined  bool // the session is among its tables, as s
}

func (c *compiler) statement(s *sqlbuilder.SelectBuilder) Statement {
	sql, args := s.Build()
	return Statement{SQL: sql, Args: args}
}

// count writes the select of [Count].
func (c *compiler) count(q behavior.Query) (*sqlbuilder.SelectBuilder, error) {
	if q.CountLimit < 0 {
		return nil, fmt.Errorf("count limit %d must not be negative", q.CountLimit)
	}
	column := "count(*)"
	if q.CountLimit > 0 {
		column = "1"
	}
	s := c.newSelect(column)
	if err := c.where(s, q.Filters); err != nil || q.CountLimit == 0 {
		return s, err
	}
	s.SQL("LIMIT " + strconv.Itoa(q.CountLimit+1))
	all := c.dialect.Flavor.NewSelectBuilder()
	return all.Select("count(*)").From(all.BuilderAs(s, "counted")), nil
}

// selectWithTotal is selectWhere with one more column: how many records match,
// or -1 where q is not counted.
func (c *compiler) selectWithTotal(q behavior.Query, columns ...string) (Statement, error) {
	counting := compiler{dialect: c.dialect, kind: c.kind}
	total, err := counting.count(q)
	if err != nil {
		return Statement{}, err
	}
	if q.Uncounted {
		return c.selectWhere(q, nil, append(columns, "-1")...)
	}
	return c.selectWhere(q, total, columns...)
}

// selectWhere writes a select of what q leaves of the kind's table. What total
// selects, where there is one, is its last column.
func (c *compiler) selectWhere(q behavior.Query, total sqlbuilder.Builder, columns ...string) (Statement, error) {
	if q.Limit < 0 || q.Offset < 0 {
		return Statement{}, fmt.Errorf("limit %d and offset %d must not be negative", q.Limit, q.Offset)
	}
	order, err := c.order(q.Order)
	if err != nil {
		return Statement{}, err
	}
	s := c.newSelect(columns...)
	if total != nil {
		s.SelectMore("(" + s.Var(total) + ")")
	}
	if err := c.where(s, q.Filters); err != nil {
		return Statement{}, err
	}
	s.OrderBy(order...)
	// As text: engines plan a limit that they know far better than a parameter.
	switch {
	case q.Limit > 0:
		s.SQL("LIMIT " + strconv.Itoa(q.Limit))
	case q.Offset > 0: // not every engine knows an offset without a limit
		s.SQL("LIMIT " + strconv.Itoa(math.MaxInt64))
	}
	if q.Offset > 0 {
		s.SQL("OFFSET " + strconv.Itoa(q.Offset))
	}
	return c.statement(s), nil
}

// newSelect begins a select from the kind's table, known as r, and the session
// where it is needed.
func (c *compiler) newSelect(columns ...string) *sqlbuilder.SelectBuilder {
	s := c.dialect.Flavor.NewSelectBuilder()
	s.Select(columns...).From(c.dialect.Schema + Table(c.kind) + " r")
	if c.joined {
		s.Join(c.dialect.Schema+"sessions s", "s.id = r.session")
	}
	c.bind = s.Var
	return s
}

// where adds the filters to a select.
func (c *compiler) where(s *sqlbuilder.SelectBuilder, filters []behavior.Filter) error {
	for _, f := range filters {
		condition, err := c.filter(f)
		if err != nil {
			return err
		}
		s.Where(condition)
	}
	return nil
}

// order returns the terms of an ORDER BY. The id, which is unique, ends them.
func (c *compiler) order(order []behavior.Order) ([]string, error) {
	var terms []string
	for _, o := range order {
		column, field, ofSession, err := c.field(o.Field)
		if err != nil {
			return nil, fmt.Errorf("order: %w", err)
		}
		c.joined = c.joined || ofSession
		terms = append(terms, column+direction(field, o.Desc))
		if o.Field == "id" {
			return terms, nil
		}
	}
	return append(terms, "r.id"), nil
}

// direction follows a column in an ORDER BY. Where there can be no null it is
// not mentioned: some engines have a faster way then.
func direction(f behavior.Field, desc bool) string {
	switch {
	case f.Nullable && desc:
		return " DESC NULLS LAST"
	case f.Nullable:
		return " ASC NULLS FIRST"
	case desc:
		return " DESC"
	}
	return ""
}

// columns lists the columns of a record, and those of its session after them.
func (c *compiler) columns(session bool) []string {
	var columns []string
	for _, f := range c.kind.Fields() {
		columns = append(columns, quoted("r", f.Name))
	}
	if session {
		for _, f := range behavior.KindSession.Fields() {
			columns = append(columns, quoted("s", f.Name))
		}
	}
	return columns
}

// field finds a field of the kind and its column, and tells whether it is the
// session's.
func (c *compiler) field(name string) (column string, f behavior.Field, ofSession bool, err error) {
	f, ok := c.kind.Field(name)
	if !ok {
		return "", f, false, fmt.Errorf("a %s has no field %q", c.kind, name)
	}
	rest, ofSession := strings.CutPrefix(name, behavior.SessionPrefix)
	if ofSession {
		return quoted("s", rest), f, true, nil
	}
	return quoted("r", name), f, false, nil
}

// quoted is a column by a name of our own tables: some are words of SQL.
func quoted(table, name string) string { return table + `."` + name + `"` }
