package behavior

import (
	"strings"
	"unicode"
)

// maxInteger bounds what [integer] returns, so that sums of two do not overflow.
const maxInteger = 1 << 53

// integer reads a whole number as the reference's language does: white space
// around it, a sign, digits of any script, single underscores between digits.
// What is too large becomes ±maxInteger.
func integer(s string) (int, bool) {
	s = strings.TrimSpace(s)
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 {
		return 0, false
	}
	n, ok := digitsValue(strings.ReplaceAll(digits, "_", ""), decimalValue)
	if !ok || strings.HasPrefix(digits, "_") || strings.HasSuffix(digits, "_") || strings.Contains(digits, "__") {
		return 0, false
	}
	if s[0] == '-' {
		n = -n
	}
	return n, true
}

// digitsValue is the number that digits write, at most maxInteger; false when
// there are none or others among them. value is one digit's value, or -1.
func digitsValue(digits string, value func(rune) int) (int, bool) {
	n := 0
	for _, r := range digits {
		d := value(r)
		if d < 0 {
			return 0, false
		}
		n = min(n*10+d, maxInteger)
	}
	return n, digits != ""
}

// decimalValue is the value of a decimal digit of any script, or -1.
func decimalValue(r rune) int {
	if '0' <= r && r <= '9' {
		return int(r - '0')
	}
	for _, row := range unicode.Nd.R16 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return (int(r) - int(row.Lo)) % 10 // from zero to nine, row after row
		}
	}
	for _, row := range unicode.Nd.R32 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return (int(r) - int(row.Lo)) % 10
		}
	}
	return -1
}
