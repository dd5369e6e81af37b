package main

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/alexedwards/argon2id"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
)

// hashSuffix makes the name under which the hash of a secret is kept beside the
// masked setting. By it a start with another secret shows.
const hashSuffix = " hash"

// hashParams are those of passwords: a database's may be as easy to guess.
var hashParams = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// givenSettings are settings by name, as text, where flags come before the
// others. One that is set to nothing is there, as "(empty)".
func givenSettings(named map[string]any, flags map[string]string) map[string]string {
	texts := map[string]string{}
	for name, value := range named {
		texts[name] = settingText(value)
	}
	for name, value := range flags {
		if value != "" {
			texts[name] = value
		}
	}
	return texts
}

// shownSettings are the settings as owners read them: by name, secrets masked.
func (c config) shownSettings() []behavior.GivenSetting {
	shown := []behavior.GivenSetting{} // there is a page of them, be it empty
	for _, name := range slices.Sorted(maps.Keys(c.given)) {
		shown = append(shown, behavior.GivenSetting{Name: name, Value: mask(name, c.given[name]), Source: c.sources[name]})
	}
	return shown
}

// settingText writes a value; a list of a file as that of the environment.
func settingText(value any) string {
	text := ""
	switch value := value.(type) {
	case nil:
	case []any:
		items := make([]string, len(value))
		for i, item := range value {
			items[i] = fmt.Sprint(item)
		}
		text = strings.Join(items, ", ")
	case []string:
		text = strings.Join(value, ", ")
	default:
		text = fmt.Sprint(value)
	}
	if text == "" {
		return "(empty)"
	}
	return text
}

// noteSettings notes in the audit trail how the settings differ from those of
// the last start, and keeps these for the next one. At the first start there
// is nothing to compare.
func noteSettings(ctx context.Context, people *account.Store, settings map[string]string) error {
	last, err := people.LastSettings(ctx)
	if err != nil {
		return err
	}
	changes := settingChanges(last, settings)
	switch {
	case last != nil && len(changes) == 0:
		return nil
	case last != nil:
		err = people.Note(ctx, behavior.AuditEntry{
			User: commandLine, Deed: behavior.DeedSettings, Changes: changes, Note: "The server has started with other settings.",
		})
	}
	if err != nil {
		return err
	}
	kept, err := keepable(settings)
	if err != nil {
		return err
	}
	return people.KeepSettings(ctx, kept)
}

// settingChanges are the settings that differ from those kept at the last
// start, by name, with secrets masked.
func settingChanges(last, settings map[string]string) (changes []behavior.FieldChange) {
	names := map[string]bool{}
	for name := range settings {
		names[name] = true
	}
	for name := range last {
		if !strings.HasSuffix(name, hashSuffix) {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		before, after := last[name], mask(name, settings[name])
		hash := last[name+hashSuffix]
		if before == after && hash != "" && !matches(settings[name], hash) {
			after += " (another secret)"
		}
		if before != after {
			changes = append(changes, behavior.FieldChange{Field: name, Before: before, After: after})
		}
	}
	return changes
}

// matches reports whether a secret has that hash; no secret has a broken one.
func matches(secret, hash string) bool {
	same, err := argon2id.ComparePasswordAndHash(secret, hash)
	return err == nil && same
}

// keepable are settings as they may lie in a file: secrets masked, each with
// its hash.
func keepable(settings map[string]string) (map[string]string, error) {
	kept := map[string]string{}
	for name, text := range settings {
		kept[name] = mask(name, text)
		if kept[name] == text {
			continue
		}
		hash, err := argon2id.CreateHash(text, hashParams)
		if err != nil {
			return nil, fmt.Errorf("keep settings: %w", err)
		}
		kept[name+hashSuffix] = hash
	}
	return kept, nil
}

// What is secret in settings: all of those with such a name, and passwords
// within addresses and lists of parameters.
var (
	secretName  = regexp.MustCompile(`TOKEN|SECRET|PASSWORD|_KEY`)
	secretUser  = regexp.MustCompile(`(://[^:/@\s]*:)\S*@`)
	secretParam = regexp.MustCompile(`(?i)\b((?:\w*password|passwd|pwd|\w*secret|\w*token|\w*key)\s*=\s*)('[^']*'|[^&\s;]+)`)
)

const masked = "***"

// mask hides what is secret in a setting.
func mask(name, text string) string {
	if text != "" && secretName.MatchString(name) {
		return masked
	}
	text = secretUser.ReplaceAllString(text, "${1}"+masked+"@")
	return secretParam.ReplaceAllString(text, "${1}"+masked)
}
