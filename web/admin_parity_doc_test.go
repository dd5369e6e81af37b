package web_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// proof is a link of the document to a test: [`TestName`](../web/file_test.go).
var proof = regexp.MustCompile("\\[`(Test\\w+)`\\]\\((\\.\\./[\\w./-]+_test\\.go)\\)")

// Every line of the checklist is ticked and names a test that exists, or says
// in which way the admin is different.
func TestParityNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/admin-parity.md")
	if err != nil {
		t.Fatal(err)
	}
	lines, proofs := 0, 0
	for line := range strings.SplitSeq(string(text), "\n") {
		found := proof.FindAllStringSubmatch(line, -1)
		if n := strings.Count(line, "`Test"); n != len(found) {
			t.Errorf("%d of %d tests are no links to a file: %s", n-len(found), n, line)
		}
		for _, link := range found {
			source, err := os.ReadFile(filepath.Join("../docs", link[2]))
			if err != nil {
				t.Error(err)
			} else if !strings.Contains(string(source), "\nfunc "+link[1]+"(t *testing.T)") {
				t.Errorf("%s has no %s", link[2], link[1])
			}
			proofs++
		}
		item, isItem := strings.CutPrefix(line, "- [")
		if !isItem {
			continue
		}
		lines++
		if ticked := strings.HasPrefix(item, "x]"); ticked && len(found) == 0 || !ticked && !strings.Contains(item, "**Different**") {
			t.Errorf("neither proved nor explained: %s", line)
		}
	}
	if lines < 50 || proofs < lines {
		t.Errorf("%d lines and %d proofs: the document is not read", lines, proofs)
	}
}
