package web

import (
	_ "embed"
	"strings"
	"sync"
)

// countryNames lists countries: a code of ISO 3166-1 and the English name.
//
//go:embed country_names.txt
var countryNames string

var countries = sync.OnceValue(func() map[string]string {
	names := make(map[string]string)
	for line := range strings.Lines(countryNames) {
		code, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		names[code] = name
	}
	return names
})

// countryName is the name of a country, or the code itself where that is not known.
func countryName(code string) string {
	if name, ok := countries()[code]; ok {
		return name
	}
	return code
}
