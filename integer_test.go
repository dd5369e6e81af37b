package behavior

import (
	"math"
	"strings"
	"testing"
)

func TestParseInteger(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"7": 7, "+7": 7, "-7": -7, " 7\n": 7, "007": 7, "1_000": 1000, "٣": 3, "߅": 5, "𝟘𝟡": 9, "\u00a07": 7, "-0": 0,
		"9223372036854775807": math.MaxInt64, "99999999999999999999": math.MaxInt64, "-99999999999999999999": math.MinInt64,
		strings.Repeat("9", maxDigits): math.MaxInt64,
	} {
		if got, ok := ParseInteger(text); !ok || got != want {
			t.Errorf("%.30q is %d, %v, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", " ", "+", "--7", "+-7", "_7", "7_", "7__0", "7.0", "1e3", "0x7", "²", "7 7", "seven", "\x1c7", strings.Repeat("9", maxDigits+1),
	} {
		if got, ok := ParseInteger(text); ok {
			t.Errorf("%.30q is %d, want no number", text, got)
		}
	}
}
