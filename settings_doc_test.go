package behavior

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func settingsDoc(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheDocumentationNamesEverySettingAndNoOther(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`\bUSER_BEHAVIOR_[A-Z_]+`).FindAllString(settingsDoc(t), -1)
	slices.Sort(named)
	known := SettingNames()
	slices.Sort(known)
	if diff := cmp.Diff(known, slices.Compact(named)); diff != "" {
		t.Errorf("names differ (-known +documented):\n%s", diff)
	}
}

// Each setting has a line of example, in the order of the table, and all the
// examples together are good settings.
func TestTheDocumentationHasAGoodExampleOfEverySetting(t *testing.T) {
	t.Parallel()
	examples := regexp.MustCompile(`(?m)^USER_BEHAVIOR_[A-Z_]+=.*$`).FindAllString(settingsDoc(t), -1)
	if _, err := ParseSettings(Environ(examples)); err != nil {
		t.Error(err)
	}
	var shown []string
	for _, line := range examples {
		name, _, _ := strings.Cut(line, "=")
		shown = append(shown, name)
	}
	if diff := cmp.Diff(SettingNames(), shown); diff != "" {
		t.Errorf("examples differ (-known +documented):\n%s", diff)
	}
}

func TestTheDocumentationNamesEveryBuiltInClassAndFault(t *testing.T) {
	t.Parallel()
	doc := settingsDoc(t)
	var names []string
	for _, class := range slices.Concat(
		keys(builtinPermissions), keys(builtinThrottles), keys(builtinPaginations), keys(builtinParsers), keys(builtinFilterSets),
		keys(builtinSerializers[Session, SessionInput]("UserSessionSerializer")),
	) {
		names = append(names, class[strings.LastIndex(class, "."):]+"`")
	}
	for code := range strings.FieldsSeq("E001 E002 E003 E004 E005 E006 E007 E008 E009 E010 E011 E012 E013 E014 E015 E016 E017 E018 E019 E020 E021 E022 E023 E024 E025 E026 E027") {
		names = append(names, code)
	}
	for _, name := range names {
		if !strings.Contains(doc, name) {
			t.Errorf("docs/settings.md lacks %s", name)
		}
	}
}

func keys[V any](m map[string]V) (names []string) {
	for name := range m {
		names = append(names, name)
	}
	return names
}
