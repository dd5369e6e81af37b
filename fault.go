package behavior

import (
	"cmp"
	"slices"
	"strings"
)

// Fault is one thing that is wrong with the settings.
type Fault struct {
	ID      string // "user_behavior.E005_" and the setting's name; see docs/settings.md
	Message string
	Hint    string // how to mend it; empty when the message says it all
}

// String is the fault in one or two lines.
func (f Fault) String() string {
	if f.Hint == "" {
		return f.ID + ": " + f.Message
	}
	return f.ID + ": " + f.Message + "\n\tHint: " + f.Hint
}

// Faults is all that is wrong with the settings, found at once.
type Faults []Fault

// Error lists the faults with their hints.
func (f Faults) Error() string {
	lines := []string{"the settings are faulty:"}
	for _, fault := range f {
		lines = append(lines, fault.String())
	}
	return strings.Join(lines, "\n")
}

// add notes a fault of the setting of that name.
func (f *Faults) add(code, name, message, hint string) {
	*f = append(*f, Fault{ID: faultID(code, name), Message: message, Hint: hint})
}

// faultID is a fault's identifier. The codes up to E013 are the reference's.
func faultID(code, name string) string { return "user_behavior." + code + "_" + name }

// sort puts faults into the order of the settings.
func (f Faults) sort() {
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Compare(uint(findSetting(a.setting())), uint(findSetting(b.setting()))) // those of no setting last
	})
}

// setting is the name of the setting that is at fault.
func (f Fault) setting() string {
	_, code, _ := strings.Cut(f.ID, ".")
	_, name, _ := strings.Cut(code, "_")
	return name
}
