package behavior

import (
	"slices"
	"strings"
)

// settingPrefix begins the name of every setting.
const settingPrefix = "USER_BEHAVIOR_"

// setting is one setting as it is named in the environment and in files.
type setting struct {
	name string
	form settingForm

	// read takes the value into the settings. Nil: the setting is for the
	// command that runs the server, and not for the tracker.
	read func(r *reader, name string, value any)
}

// settingForm says what a setting's text in the environment stands for.
type settingForm int

const (
	textForm settingForm = iota
	boolForm
	listForm
	numberForm
)

// settingTable is all settings, in the order of docs/settings.md.
var settingTable = named(slices.Concat(
	adminSettings,
	rateSettings,
	apiSettings,
	resourceSettings("API_PAGE_VIEW", KindPageView,
		func(s *Settings) *Resource[PageView, ViewInput] { return &s.API.PageView },
		func(c Classes) map[string]Serializer[PageView, ViewInput] {
			return with(builtinSerializers[PageView, ViewInput]("PageViewSerializer"), c.PageViewSerializers)
		}),
	resourceSettings("API_USER_SESSION", KindSession,
		func(s *Settings) *Resource[Session, SessionInput] { return &s.API.Session },
		func(c Classes) map[string]Serializer[Session, SessionInput] {
			return with(builtinSerializers[Session, SessionInput]("UserSessionSerializer"), c.SessionSerializers)
		}),
	resourceSettings("API_USER_INTERACTION", KindInteraction,
		func(s *Settings) *Resource[Interaction, InteractionInput] { return &s.API.Interaction },
		func(c Classes) map[string]Serializer[Interaction, InteractionInput] {
			return with(builtinSerializers[Interaction, InteractionInput]("UserInteractionSerializer"), c.InteractionSerializers)
		}),
	ownSettings,
	collectSettings,
	visitorSettings,
	commandSettings,
))

// named gives the settings their full names.
func named(settings []setting) []setting {
	for i := range settings {
		settings[i].name = settingPrefix + settings[i].name
	}
	return settings
}

// findSetting is the place of the setting of that name in the table, or -1.
func findSetting(name string) int {
	return slices.IndexFunc(settingTable, func(s setting) bool { return s.name == name })
}

// SettingNames are the names of all settings, in the order of docs/settings.md:
// "USER_BEHAVIOR_ADMIN_SITE_CLASS" is the first.
func SettingNames() []string {
	names := make([]string, len(settingTable))
	for i, s := range settingTable {
		names[i] = s.name
	}
	return names
}

// nearest is the name that differs from the given one by the fewest letters.
func nearest(name string, names []string) string {
	best, least := "", -1
	for _, candidate := range names {
		if d := distance(strings.ToUpper(name), strings.ToUpper(candidate)); least < 0 || d < least {
			best, least = candidate, d
		}
	}
	return best
}

// maxDistance is how much of a name is looked at: no setting's name is longer.
const maxDistance = 64

// distance is how many letters must be put in, left out or exchanged to make
// one text of the other.
func distance(a, b string) int {
	a, b = a[:min(len(a), maxDistance)], b[:min(len(b), maxDistance)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			exchange := diagonal
			if a[i] != b[j] {
				exchange++
			}
			diagonal = row[j+1]
			row[j+1] = min(exchange, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
