package web

import (
	"slices"
	"strings"

	"github.com/userbehavior/behavior"
)

// ordering reads the parameter of that name: fields with commas between them,
// a hyphen before one that is to fall. Fields that are not allowed are dropped
// without a word.
func ordering(kind behavior.Kind, allowed []string, text string) []behavior.Order {
	var order []behavior.Order
	if text == "" {
		return nil
	}
	for term := range strings.SplitSeq(text, ",") {
		name, desc := strings.CutPrefix(trim(term), "-")
		// A field that was named before cannot change the order any more.
		named := slices.ContainsFunc(order, func(o behavior.Order) bool { return o.Field == name })
		if _, ok := kind.Field(name); ok && !named && slices.Contains(allowed, name) {
			order = append(order, behavior.Order{Field: name, Desc: desc})
		}
	}
	return order
}
