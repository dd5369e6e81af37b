package behavior

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rate is a number of requests in a span of time. The zero Rate stands for
// the setting's default; a rate of no requests is Rate{Per: time.Minute}.
type Rate struct {
	Count int
	Per   time.Duration // a second, minute, hour or day
}

// The rates of the throttles by default.
var (
	defaultBaseRate  = Rate{Count: 30, Per: time.Minute}
	defaultStaffRate = Rate{Count: 100, Per: time.Minute}
)

var rateUnits = map[string]time.Duration{
	"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour,
}

// ParseRate reads "30/minute": a number and a second, minute, hour or day. Its
// error is [Faults] that speak of "rate".
func ParseRate(text string) (Rate, error) {
	rate, faults := parseRate("rate", text)
	if len(faults) > 0 {
		return Rate{}, faults
	}
	return rate, nil
}

// parseRate reads a rate for the setting of that name. A number and a unit that
// are both wrong are two faults. Digits of other scripts and raised ones count,
// as they do in the reference's check.
func parseRate(name, text string) (Rate, Faults) {
	number, unit, ok := strings.Cut(text, "/")
	switch {
	case !ok:
		return Rate{}, Faults{rateFormFault(name)}
	case strings.Contains(unit, "/"):
		return Rate{}, Faults{{
			ID:      faultID("E006", name),
			Message: fmt.Sprintf("'%s' is not in the correct format. Expected 'number/time_unit'.", name),
		}}
	}
	var faults Faults
	digits, _ := asciiDigits(number, digitValue)
	count, ok := ParseInteger(digits)
	if !ok {
		faults = append(faults, Fault{
			ID:      faultID("E007", name),
			Message: fmt.Sprintf("'%s' must start with a valid integer. Found: '%s'.", name, number),
		})
	}
	per, ok := rateUnits[unit]
	if !ok {
		faults = append(faults, Fault{
			ID:      faultID("E008", name),
			Message: fmt.Sprintf("'%s' has an invalid time unit: '%s'.", name, unit),
			Hint:    "Valid time units are: second, minute, hour, day.",
		})
	}
	if len(faults) > 0 {
		return Rate{}, faults
	}
	return Rate{Count: int(min(count, maxInteger)), Per: per}, nil
}

// rateFormFault is the fault of a rate that is no text with a slash in it.
func rateFormFault(name string) Fault {
	return Fault{
		ID:      faultID("E005", name),
		Message: fmt.Sprintf("'%s' must be an string in the format 'number/time_unit' (e.g., '10/minute').", name),
	}
}

// String is the rate as [ParseRate] reads it, or with the span in Go's form
// where that is none of the four units.
func (r Rate) String() string {
	for unit, per := range rateUnits {
		if per == r.Per {
			return strconv.Itoa(r.Count) + "/" + unit
		}
	}
	return strconv.Itoa(r.Count) + "/" + r.Per.String()
}

// digitValue is the value of a digit, raised and lowered ones included, or -1.
func digitValue(r rune) int {
	for _, row := range []string{"⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"} {
		for value, digit := range []rune(row) {
			if r == digit {
				return value
			}
		}
	}
	return decimalValue(r)
}
