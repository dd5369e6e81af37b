package behavior

import "testing"

func TestInteger(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"7": 7, "+7": 7, "-7": -7, " 7\n": 7, "007": 7, "1_000": 1000, "٣": 3, "߅": 5, "𝟘𝟡": 9, "\u00a07": 7,
		"99999999999999999999": maxInteger, "-99999999999999999999": -maxInteger,
	} {
		if got, ok := integer(text); !ok || got != want {
			t.Errorf("%q is %d, %v, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", " ", "+", "--7", "+-7", "_7", "7_", "7__0", "7.0", "1e3", "0x7", "²", "7 7", "seven"} {
		if got, ok := integer(text); ok {
			t.Errorf("%q is %d, want no number", text, got)
		}
	}
}
