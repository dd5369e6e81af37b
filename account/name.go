package account

import (
	"unicode"
	"unicode/utf8"
)

// checkName holds names to what the reference takes. A colon, which would end
// the name in HTTP Basic, and control characters are not among it.
func checkName(name string) string {
	switch {
	case name == "":
		return "A name is needed."
	case utf8.RuneCountInString(name) > 150:
		return "A name has at most 150 characters."
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_' && r != '@' && r != '.' && r != '+' && r != '-' {
			return "A name has only letters, digits and @ . + - _."
		}
	}
	return ""
}
