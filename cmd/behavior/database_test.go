package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
)

func TestTheFolderOfAnotherBuildIsNotBegunAnew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var faults behavior.Faults
	c := config{dir: dir, database: parseDatabase(defaultDatabase(dir), &faults)}
	if err := c.refuseOther(); err != nil || len(faults) > 0 {
		t.Fatalf("an empty folder: %v, %v", err, faults)
	}
	const other = "behavior.sqlite"
	for _, name := range []string{other, "behavior." + embedded} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		err := c.refuseOther()
		if refused := name == other; refused != (err != nil) || refused && !strings.Contains(err.Error(), filepath.Join(dir, other)) {
			t.Errorf("with %s: %v", name, err)
		}
		c.chosen = true
		if err := c.refuseOther(); err != nil {
			t.Errorf("with %s, by its name: %v", name, err)
		}
		c.chosen = false
	}
}
