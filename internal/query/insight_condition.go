package query

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/userbehavior/behavior"
)

// condition compiles a condition on a row of a kind, known as r.
func (w *writer) condition(c behavior.Condition, kind behavior.Kind) (string, error) {
	text, err := w.plain(c, kind)
	if err == nil && c.Not {
		text = "NOT (" + text + ")"
	}
	return text, err
}

// plain compiles a condition without its Not. It is never null.
func (w *writer) plain(c behavior.Condition, kind behavior.Kind) (string, error) {
	switch {
	case len(c.Any) > 0:
		return w.joined(c.Any, " OR ", kind)
	case len(c.All) > 0:
		return w.joined(c.All, " AND ", kind)
	}
	has := holder(c.Dimension, kind)
	if has == kind || w.hasCopy(c.Dimension, kind) {
		return w.compare(c, kind)
	}
	// Another kind has it: the session decides. The inner r hides the outer.
	inner, err := w.compare(c, has)
	if err != nil {
		return "", err
	}
	session, of := "r.session", "r.session"
	if kind == behavior.KindSession {
		session = "r.id"
	}
	if has == behavior.KindSession {
		of = "r.id"
	} else {
		inner = w.within(has) + " AND " + inner
	}
	return session + " IN (SELECT " + of + " FROM " + w.dialect.Schema + Table(has) + " r WHERE " + inner + ")", nil
}

func (w *writer) joined(conditions []behavior.Condition, by string, kind behavior.Kind) (string, error) {
	var texts []string
	for _, c := range conditions {
		text, err := w.condition(c, kind)
		if err != nil {
			return "", err
		}
		texts = append(texts, text)
	}
	return "(" + strings.Join(texts, by) + ")", nil
}

// holder is the kind in which a dimension is looked for, from a row of a kind:
// that kind itself where it has it.
func holder(d behavior.Dimension, kind behavior.Kind) behavior.Kind {
	switch d.Level() {
	case behavior.SessionLevel:
		return behavior.KindSession
	case behavior.InteractionLevel:
		return behavior.KindInteraction
	case behavior.PageLevel:
		if kind == behavior.KindInteraction {
			return kind
		}
	}
	return behavior.KindPageView
}

// compare compiles the comparison of a dimension of a row with the values of a
// condition: one that fits is enough.
func (w *writer) compare(c behavior.Condition, kind behavior.Kind) (string, error) {
	column := w.value(c.Dimension, kind, "r", "r")
	var equal []any
	var conditions []string
	for _, value := range c.Values {
		switch {
		case c.Op == behavior.Is:
			equal = append(equal, value)
		case c.Op == behavior.Matches:
			conditions = append(conditions, w.dialect.Regexp(column, wildcards(value), w.bind))
		case value == "": // in every text
			conditions = append(conditions, "1 = 1")
		case textOps[c.Op]:
			conditions = append(conditions, w.dialect.Text(column, c.Op, value, w.bind))
		default:
			return "", fmt.Errorf("no operator %d", c.Op)
		}
	}
	if len(equal) > 0 {
		list := compiler{dialect: w.dialect, bind: w.bind}
		conditions = append(conditions, list.oneOf(column, equal))
	}
	return either(conditions), nil
}

var textOps = map[behavior.Op]bool{behavior.Contains: true, behavior.StartsWith: true, behavior.EndsWith: true}

// wildcards is the regular expression, for the whole text, of a pattern of
// [behavior.Matches].
func wildcards(pattern string) string {
	var out strings.Builder
	out.WriteString("^")
	for i, piece := range strings.Split(pattern, "**") {
		if i > 0 {
			out.WriteString("(.|\n)*")
		}
		for j, literal := range strings.Split(piece, "*") {
			if j > 0 {
				out.WriteString("[^/]*")
			}
			out.WriteString(regexp.QuoteMeta(literal))
		}
	}
	return out.String() + "$"
}
