package main

import (
	"fmt"
	"strings"

	"github.com/userbehavior/behavior"
)

// rightsHelp teaches what can be given for RIGHTS.
const rightsHelp = `

RIGHTS are for staff: "all", "none", or words of a kind and a right with blanks
or commas between them. The kinds are session, pageview and interaction, the
rights view, add, change and delete. Who may change may also view.`

// parseRights are the rights that go with a role: for staff those of text, and
// all of them without one. A word that is none is a fault of the command line.
func parseRights(role behavior.Role, text *string) (rights behavior.Rights, err error) {
	switch {
	case role == behavior.RoleStaff && text == nil:
		return behavior.AllRights, nil
	case text == nil:
		return 0, nil
	case role != behavior.RoleStaff:
		return 0, usageError(fmt.Sprintf("--rights is for the role staff; a %s has what the role implies", role))
	}
	for word := range strings.FieldsFuncSeq(*text, func(r rune) bool { return r == ' ' || r == ',' }) {
		right := behavior.ParseRights(word)
		switch {
		case word == "all":
			right = behavior.AllRights
		case right == 0 && word != "none":
			return 0, usageError(fmt.Sprintf("there is no right %s; there are: all, none, %s",
				word, strings.ReplaceAll(behavior.AllRights.String(), " ", ", ")))
		}
		rights |= right
	}
	return rights, nil
}

// rightsInShort lists rights for people to read: "all", "none", or those of
// each kind, "session: view, add" for example.
func rightsInShort(rights behavior.Rights) string {
	switch rights {
	case behavior.AllRights:
		return "all"
	case behavior.ViewRights:
		return "view"
	case 0:
		return "none"
	}
	var kinds []string
	for _, kind := range behavior.Kinds() {
		var words []string
		for _, right := range []behavior.Right{behavior.CanView, behavior.CanAdd, behavior.CanChange, behavior.CanDelete} {
			if rights.Has(kind, right) {
				words = append(words, string(right))
			}
		}
		if len(words) > 0 {
			kinds = append(kinds, string(kind)+": "+strings.Join(words, ", "))
		}
	}
	return strings.Join(kinds, "; ")
}
