package account

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	tooSimilar = "The password is too similar to the username."
	tooShort   = "This password is too short. It must contain at least 8 characters."
	tooLong    = "This password is too long. It must contain at most 1,024 bytes."
	tooCommon  = "This password is too common."
	allDigits  = "This password is entirely numeric."
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, user, password string
		want                 []string
	}{
		{"good", "alice", "pw-alice-12345", nil},
		{"eight letters of two bytes", "alice", "äöüäöüäö", nil},
		{"empty", "alice", "", []string{tooShort}},
		{"short", "alice", "1b3d5f7", []string{tooShort}},
		{"seven letters of two bytes", "alice", "äöüäöüä", []string{tooShort}},
		{"only digits", "alice", "9182736455", []string{allDigits}},
		{"digits of another script", "alice", "٩١٨٢٧٣٦٤٥٥", []string{allDigits}},
		{"short, common and only digits", "alice", "1234", []string{tooShort, tooCommon, allDigits}},
		{"common", "alice", "iloveyou", []string{tooCommon}},
		{"common in capitals and with blanks around", "alice", " Password1\t", []string{tooCommon}},
		{"first of the list", "alice", "!qaz2wsx", []string{tooCommon}},
		{"the name", "alexandra", "Alexandra", []string{tooSimilar, tooCommon}},
		{"the name and a little more", "zebedee_jones", "zebedee_jones99", []string{tooSimilar}},
		{"the name's letters in another order", "zebedee_jones", "senoj_eedebez", []string{tooSimilar}},
		{"a part of the name", "ann@zebedee.example.org", "zebedee1", []string{tooSimilar}},
		{"a part of the name in a longer password", "ann@zebedee.example.org", "zebedee1 and something else", nil},
		{"ten times as long as the name", "b", strings.Repeat("b", 10), nil},
		{"a name without parts", "@", "some thing else", nil},
		{"long", "alice", strings.Repeat("a", 1025), []string{tooLong}},
		{"everything", "12345678", "12345678", []string{tooSimilar, tooCommon, allDigits}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, (*Store)(nil).CheckPassword(c.user, c.password)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The ratios that the reference's matcher gives for these are in the comments.
func TestAlike(t *testing.T) {
	t.Parallel()
	cases := []struct {
		password, name string
		want           bool
	}{
		{"abcdefg123", "abcdefghij", true},     // 0.7
		{"abcdefg1234", "abcdefghij", false},   // 0.667
		{"aaaaaaa", "aaa", false},              // 0.6
		{"aaaaaaaaaa", "aaaaaa", true},         // 0.75
		{"jihgfedcba", "abcdefghij", true},     // 1
		{"ääääääää", "ääääääää", true},         // 1
		{"bbbbbbbbbb", "b", false},             // not compared
		{"", "alice", false},                   // 0
		{"xyxyxyxy", "yxyxyxyxyxyxyx", true},   // 0.727
		{"xyxyxyxy", "yxyxyxyxyxyxyxy", false}, // 0.696
	}
	for _, c := range cases {
		if got := alike(c.password, c.name); got != c.want {
			t.Errorf("alike(%q, %q) = %v", c.password, c.name, got)
		}
	}
}

// The list is looked through in order, and to be found every line must be as
// the password is looked up.
func TestTheListOfCommonPasswordsIsInOrder(t *testing.T) {
	t.Parallel()
	if len(commonPasswords) > 60_000 {
		t.Errorf("%d bytes", len(commonPasswords))
	}
	text, err := gzip.NewReader(bytes.NewReader(commonPasswords))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	scanner := bufio.NewScanner(text)
	for scanner.Scan() {
		lines = append(lines, scanner.Text())
	}
	head := slices.Index(lines, "")
	if scanner.Err() != nil || head < 0 || !strings.Contains(strings.Join(lines[:head], "\n"), "Permission is hereby granted") {
		t.Fatalf("no head with a licence: %v", scanner.Err())
	}
	list := lines[head+1:]
	if len(list) < 10_000 || !slices.IsSorted(list) {
		t.Errorf("%d passwords, sorted: %v", len(list), slices.IsSorted(list))
	}
	for _, password := range list {
		if password == "" || strings.ToLower(strings.TrimSpace(password)) != password {
			t.Errorf("%q cannot be found", password)
		}
	}
	for _, password := range []string{list[0], list[len(list)/2], list[len(list)-1]} {
		if !common(password) {
			t.Errorf("%q is not found", password)
		}
	}
}

func BenchmarkCheckPassword(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		(*Store)(nil).CheckPassword("alice", "zzzzzzzz not in the list")
	}
}
