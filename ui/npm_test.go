package ui

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTypes checks the types of all scripts of the pages.
func TestTypes(t *testing.T) {
	t.Parallel()
	tsc := filepath.Join("node_modules", ".bin", "tsc")
	if _, err := os.Stat(tsc); err != nil {
		if slices.Contains(strings.Split(os.Getenv("BEHAVIOR_TEST_REQUIRE"), ","), "npm") {
			t.Fatal(err)
		}
		t.Skip("there is no compiler of TypeScript: npm ci --prefix ui")
	}
	out, err := exec.CommandContext(t.Context(), tsc, "--noEmit", "--strict").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
