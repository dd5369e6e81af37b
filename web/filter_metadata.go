package web

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/userbehavior/behavior"
)

// metadata compares values within metadata: NAME=KEY=VALUE and
// NAME__KEY=VALUE. Two underscores in a key lead a level deeper.
func (f filterReader) metadata(p behavior.FilterParam, text string) ([]behavior.Filter, error) {
	var filters []behavior.Filter
	add := func(key, value string) {
		filters = append(filters, behavior.Filter{
			Field: p.Field, Op: p.Op, Path: strings.Split(strings.ReplaceAll(key, "\x00", ""), "__"), Values: metadataValues(p.Op, value),
		})
	}
	text, err := clean(text)
	if err != nil && !errors.Is(err, errBlank) {
		return nil, err
	}
	if key, value, ok := strings.Cut(text, "="); ok {
		add(key, value) // as it is: a blank value is the empty text
	}
	for name, values := range f.values {
		key, ok := strings.CutPrefix(name, p.Name+"__")
		if !ok || key == "" {
			continue
		}
		value, err := clean(values[len(values)-1])
		if err == nil {
			add(key, value)
		} else if !errors.Is(err, errBlank) {
			return nil, err
		}
	}
	deep := func(f behavior.Filter) bool { return len(f.Path) > maxMetadata }
	if len(filters) > maxMetadata || slices.ContainsFunc(filters, deep) {
		return nil, badFilter(fmt.Sprintf("Ask for at most %d keys, each at most %d levels deep.", maxMetadata, maxMetadata))
	}
	return filters, nil
}

// maxMetadata is how many keys of metadata a request may filter by, and how
// deep each may lie: an engine plans every one of them.
const maxMetadata = 32

// metadataValues are what a text within metadata may stand for: digits for a
// number; true, false and null for themselves and for a text; others for a text.
func metadataValues(op behavior.Op, text string) []any {
	switch {
	case isPart(op):
		return []any{text}
	case text == "null":
		return []any{text, nil}
	case text == "true" || text == "false":
		return []any{text, text == "true"}
	case text != "" && strings.Trim(text, "0123456789") == "":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return []any{n}
		}
	case strings.Trim(strings.Replace(text, ".", "", 1), "0123456789") != "" || text == "" || text == ".":
		return []any{text}
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil // out of range: matches nothing
	}
	return []any{x}
}
