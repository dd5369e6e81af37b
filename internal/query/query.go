package query

import (
	"fmt"
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

// Tables names the table of each kind of record. Every engine has these.
var Tables = map[behavior.Kind]string{
	behavior.KindSession:     "sessions",
	behavior.KindPageView:    "page_views",
	behavior.KindInteraction: "interactions",
}

// Page compiles the list that q asks for. Its columns are the fields of the
// kind in their order, and for page views and interactions the fields of the
// session after them.
//
// The ids of the page are picked first, and only their rows read in full and
// joined with their sessions: a join before the limit reads every row.
func Page(d Dialect, kind behavior.Kind, q behavior.Query) (Statement, error) {
	c := compiler{dialect: d, kind: kind}
	list, err := c.list(q)
	if err != nil {
		return Statement{}, err
	}
	return c.statement(list)
}

// Count compiles the number of records that match q, whatever its Order,
// Limit and Offset.
func Count(d Dialect, kind behavior.Kind, q behavior.Query) (Statement, error) {
	c := compiler{dialect: d, kind: kind}
	count := c.newSelect("count(*)")
	if err := c.where(count, q.Filters); err != nil {
		return Statement{}, err
	}
	return c.statement(count)
}

// compiler turns one query into one statement.
type compiler struct {
	dialect Dialect
	kind    behavior.Kind
	bind    Bind // into the select that is being written
	joined  bool // it needs the session
}

func (c *compiler) statement(s *sqlbuilder.SelectBuilder) (Statement, error) {
	sql, args := s.Build()
	return Statement{SQL: sql, Args: args}, nil
}

// list writes the select of q's records.
func (c *compiler) list(q behavior.Query) (*sqlbuilder.SelectBuilder, error) {
	if q.Limit < 0 || q.Offset < 0 {
		return nil, fmt.Errorf("limit %d and offset %d must not be negative", q.Limit, q.Offset)
	}
	order, err := c.order(q.Order)
	if err != nil {
		return nil, err
	}
	if c.kind == behavior.KindSession || q.Limit == 0 && q.Offset == 0 {
		c.joined = c.kind != behavior.KindSession
		return c.cut(c.newSelect(c.columns()...), order, q)
	}
	ids, err := c.cut(c.newSelect("r.id"), order, q)
	if err != nil {
		return nil, err
	}
	list := c.newSelect(c.columns()...).Join("sessions s", "s.id = r.session")
	return list.Where(list.In("r.id", ids)).OrderBy(order...), nil
}

// cut completes a select with what q leaves of the table.
func (c *compiler) cut(s *sqlbuilder.SelectBuilder, order []string, q behavior.Query) (*sqlbuilder.SelectBuilder, error) {
	if err := c.where(s, q.Filters); err != nil {
		return nil, err
	}
	// As text: engines plan a limit that they know far better than a parameter.
	s.OrderBy(order...)
	if q.Limit > 0 {
		s.SQL("LIMIT " + strconv.Itoa(q.Limit))
	}
	if q.Offset > 0 {
		s.SQL("OFFSET " + strconv.Itoa(q.Offset))
	}
	return s, nil
}

// newSelect begins a select from the table of the kind, known as r.
func (c *compiler) newSelect(columns ...string) *sqlbuilder.SelectBuilder {
	s := c.dialect.Flavor.NewSelectBuilder()
	s.Select(columns...).From(Tables[c.kind] + " r")
	c.bind = s.Var
	return s
}

// where adds the filters to a select, and the session to its tables when they,
// or the order, ask for it.
func (c *compiler) where(s *sqlbuilder.SelectBuilder, filters []behavior.Filter) error {
	for _, f := range filters {
		condition, err := c.filter(f)
		if err != nil {
			return err
		}
		s.Where(condition)
	}
	if c.joined {
		s.Join("sessions s", "s.id = r.session")
	}
	return nil
}

// order returns the terms of an ORDER BY. The id, which is unique, ends them.
func (c *compiler) order(order []behavior.Order) ([]string, error) {
	var terms []string
	for _, o := range order {
		column, field, err := c.field(o.Field)
		if err != nil {
			return nil, fmt.Errorf("order: %w", err)
		}
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

// columns lists the columns of a page.
func (c *compiler) columns() []string {
	var columns []string
	for _, f := range c.kind.Fields() {
		columns = append(columns, column("r", f.Name))
	}
	if c.kind != behavior.KindSession {
		for _, f := range behavior.KindSession.Fields() {
			columns = append(columns, column("s", f.Name))
		}
	}
	return columns
}

// field finds a field of the kind and its column.
func (c *compiler) field(name string) (string, behavior.Field, error) {
	f, ok := c.kind.Field(name)
	if !ok {
		return "", f, fmt.Errorf("a %s has no field %q", c.kind, name)
	}
	rest, ofSession := strings.CutPrefix(name, behavior.SessionPrefix)
	if ofSession {
		c.joined = true
		return column("s", rest), f, nil
	}
	return column("r", name), f, nil
}

// column quotes a name of our own tables: some of them are words of SQL.
func column(table, name string) string { return table + `."` + name + `"` }
