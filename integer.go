package behavior

import (
	"math"
	"math/big"
	"strings"
	"unicode"
)

// maxInteger bounds offsets, so that sums of two do not overflow.
const maxInteger = 1 << 53

// ParseInteger reads a whole number as the reference's language does: white
// space around it, a sign, digits of any script, single underscores between
// digits. What 64 bits cannot hold becomes the number nearest to it.
func ParseInteger(s string) (int64, bool) {
	n, ok := parseBig(s)
	switch {
	case !ok:
		return 0, false
	case n.IsInt64():
		return n.Int64(), true
	case n.Sign() < 0:
		return math.MinInt64, true
	}
	return math.MaxInt64, true
}

// parseBig is [ParseInteger] without bounds.
func parseBig(s string) (*big.Int, bool) {
	s = strings.TrimSpace(s)
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || strings.HasPrefix(digits, "_") || strings.HasSuffix(digits, "_") || strings.Contains(digits, "__") {
		return nil, false
	}
	ascii, ok := asciiDigits(strings.ReplaceAll(digits, "_", ""), decimalValue)
	if !ok || len(ascii) > maxDigits {
		return nil, false
	}
	if s[0] == '-' {
		ascii = "-" + ascii
	}
	return new(big.Int).SetString(ascii, 10)
}

// asciiDigits writes digits as those of ASCII; false when there are none, or
// others among them. value is one digit's value, or -1.
func asciiDigits(digits string, value func(rune) int) (string, bool) {
	var b strings.Builder
	for _, r := range digits {
		d := value(r)
		if d < 0 {
			return "", false
		}
		b.WriteByte(byte('0' + d))
	}
	return b.String(), digits != ""
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
