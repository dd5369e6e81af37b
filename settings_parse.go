package behavior

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// ParseSettings makes settings of values by their names, as a configuration
// file or [Environ] gives them: bool, string, int64, float64, []any, []string
// or nil. Settings may name the built-in classes and those given here. The
// error is [Faults]: everything that is wrong, in the order of docs/settings.md.
//
// What an application adds in Go afterwards, it sets in the result.
func ParseSettings(values map[string]any, classes ...Classes) (Settings, error) {
	var r reader
	for _, c := range classes {
		r.classes = r.classes.join(c)
	}
	for _, s := range settingTable {
		if value, ok := values[s.name]; ok && s.read != nil {
			s.read(&r, s.name, value)
		}
	}
	r.faults = append(r.faults, r.settings.check()...)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if findSetting(name) < 0 {
			r.unknown(name, values[name])
		}
	}
	if len(r.faults) > 0 {
		r.faults.sort()
		return Settings{}, r.faults
	}
	return r.settings, nil
}

// Environ picks the settings out of an environment, as [os.Environ] gives it,
// and turns their text into the values that [ParseSettings] takes: true and
// false in any case, lists by commas, numbers where the setting is one, and
// nil where there is no text. Text that does not convert stays text; its fault
// is found later.
func Environ(environ []string) map[string]any {
	values := make(map[string]any)
	for _, line := range environ {
		name, text, _ := strings.Cut(line, "=")
		if strings.HasPrefix(name, settingPrefix) {
			var form settingForm
			if i := findSetting(name); i >= 0 {
				form = settingTable[i].form
			}
			values[name] = environValue(form, text)
		}
	}
	return values
}

func environValue(form settingForm, text string) any {
	switch {
	case text == "":
		return nil
	case form == boolForm && strings.EqualFold(text, "true"):
		return true
	case form == boolForm && strings.EqualFold(text, "false"):
		return false
	case form == numberForm:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case form == listForm:
		items := strings.Split(text, ",")
		for i := range items {
			items[i] = strings.TrimSpace(items[i])
		}
		return items
	}
	return text
}

// reader gathers settings, and what is wrong with them.
type reader struct {
	settings Settings
	classes  Classes
	faults   Faults
}

// unknown notes a name that is no setting's. The nearest name is a hint only
// where most of its letters are the same.
func (r *reader) unknown(name string, value any) {
	message, hint := fmt.Sprintf("There is no setting '%s'.", name), ""
	near := nearest(name, SettingNames())
	own := strings.TrimPrefix(strings.ToUpper(name), settingPrefix)
	if _, table := value.(map[string]any); table {
		hint = "behavior.toml has flat names; there are no tables."
	} else if 2*distance(own, strings.TrimPrefix(near, settingPrefix)) <= len(own) {
		hint = fmt.Sprintf("Did you mean '%s'?", near)
	}
	r.faults.add("E014", name, message, hint)
}

// boolean reads a switch.
func (r *reader) boolean(name string, value any, set *Switch) {
	on, ok := value.(bool)
	switch {
	case !ok:
		r.faults.add("E001", name, name+" is not a boolean.", fmt.Sprintf("Ensure %s is either True or False.", name))
	case on:
		*set = On
	default:
		*set = Off
	}
}

// rate reads a throttle rate.
func (r *reader) rate(name string, value any, set *Rate) {
	text, ok := value.(string)
	if !ok {
		r.faults = append(r.faults, rateFormFault(name))
		return
	}
	rate, faults := parseRate(name, text)
	r.faults = append(r.faults, faults...)
	*set = rate
}

// fields reads a list of field names.
func (r *reader) fields(name string, value any, set *[]string) {
	items, ok := listItems(value)
	switch {
	case !ok:
		r.faults.add("E002", name, name+" is not a list.", fmt.Sprintf("Ensure %s is a list of fields.", name))
		return
	case len(items) == 0:
		r.faults.add("E003", name, name+" is an empty list.", fmt.Sprintf("Ensure %s contains at least one field.", name))
		return
	}
	var fields, others []string
	for _, item := range items {
		if text, ok := item.(string); ok {
			fields = append(fields, text)
			continue
		}
		others = append(others, pythonText(item))
	}
	if len(others) > 0 {
		r.faults.add("E004", name, fmt.Sprintf("Invalid type(s) in %s: %s are not strings.", name, strings.Join(others, ", ")),
			fmt.Sprintf("Ensure all elements in %s are strings.", name))
		return
	}
	*set = fields
}

// class looks up the class that a setting names. ok is false when it names
// none, be it with nil or by mistake.
func class[V any](r *reader, name string, value any, known map[string]V) (v V, ok bool) {
	if value == nil {
		return v, false
	}
	text, isText := value.(string)
	if !isText {
		r.faults.add("E009", name,
			fmt.Sprintf("The setting '%s' must be a valid string representing a method or class path.", name),
			fmt.Sprintf("Ensure '%s' is set to a string (e.g., 'myapp.module.MyClass', myapp.module.my_method).", name))
		return v, false
	}
	if v, ok = known[text]; !ok {
		r.faults.add("E010", name, fmt.Sprintf("Cannot import any method or class from the setting '%s'.", name),
			fmt.Sprintf("Ensure the path '%s' is valid and importable.", text))
	}
	return v, ok
}

// classList looks up the classes that a setting lists. Nil lists none.
func classList[V any](r *reader, name string, value any, known map[string]V) []V {
	items, ok := listItems(value)
	if !ok && value != nil {
		r.faults.add("E011", name, fmt.Sprintf("Invalid type for setting '%s'.", name), "The setting must be either a list of strings.")
		return nil
	}
	found := make([]V, 0, len(items))
	for _, item := range items {
		text, isText := item.(string)
		if !isText {
			r.faults.add("E012", name, fmt.Sprintf("Invalid type for path in '%s'.", name),
				"Each item in the list must be a valid string representing a path.")
			continue
		}
		v, ok := known[text]
		if !ok {
			r.faults.add("E013", name, fmt.Sprintf("Cannot import the path from '%s' in setting '%s'.", text, name),
				fmt.Sprintf("Ensure that '%s' is a valid importable path.", text))
			continue
		}
		found = append(found, v)
	}
	return found
}
