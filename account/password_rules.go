package account

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed" // for the list of passwords
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of a password: characters at least, bytes at most.
const (
	minPassword = 8
	maxPassword = 1024
)

// CheckPassword returns what is wrong with a password, in sentences; nil when
// it will do. The rules are the reference's, in its words and order, and one of
// our own: a password is no longer than 1,024 bytes.
func (*Store) CheckPassword(name, password string) (problems []string) {
	if similar(name, password) {
		problems = append(problems, "The password is too similar to the username.")
	}
	if utf8.RuneCountInString(password) < minPassword {
		problems = append(problems, "This password is too short. It must contain at least 8 characters.")
	}
	if len(password) > maxPassword {
		problems = append(problems, "This password is too long. It must contain at most 1,024 bytes.")
	}
	if common(password) {
		problems = append(problems, "This password is too common.")
	}
	if numeric(password) {
		problems = append(problems, "This password is entirely numeric.")
	}
	return problems
}

// numeric reports whether a password has digits only, of whatever script.
func numeric(password string) bool {
	return password != "" && strings.TrimFunc(password, unicode.IsDigit) == ""
}

// commonPasswords is a compressed text: where it is from with its licence, an
// empty line, and a password a line in the order of their bytes, in lower case.
// Made by tools/passwords.
//
//go:embed common_passwords.txt.gz
var commonPasswords []byte

// common reports whether many people have this password. The list is read
// anew each time: passwords are set rarely, and to hash one takes far longer.
func common(password string) bool {
	password = strings.ToLower(strings.TrimSpace(password))
	text, err := gzip.NewReader(bytes.NewReader(commonPasswords))
	if err != nil {
		panic(err) // the list is part of the program
	}
	lines := bufio.NewScanner(text)
	for lines.Scan() && lines.Text() != "" { // the head
	}
	for lines.Scan() {
		switch line := lines.Text(); {
		case line == password:
			return true
		case line > password:
			return false
		}
	}
	return false
}

// similar reports whether a password is much like a name or one of its parts,
// upper and lower case being the same.
func similar(name, password string) bool {
	name, password = strings.ToLower(name), strings.ToLower(password)
	parts := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_' })
	for _, part := range append(parts, name) {
		if part != "" && alike(password, part) {
			return true
		}
	}
	return false
}

// alike reports whether a password and a name have seven tenths of their
// characters in common, in whatever order. A password that is far longer than
// the name is not compared, as in the reference.
func alike(password, name string) bool {
	a, b := utf8.RuneCountInString(password), utf8.RuneCountInString(name)
	if a >= 10*b && float64(b) < 0.7/2*float64(a) {
		return false
	}
	left := map[rune]int{}
	for _, r := range name {
		left[r]++
	}
	shared := 0
	for _, r := range password {
		if left[r] > 0 {
			left[r]--
			shared++
		}
	}
	return 2*float64(shared)/float64(a+b) >= 0.7
}
