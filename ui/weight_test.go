package ui

import (
	"bytes"
	"compress/gzip"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// The weights that pages may have, compressed: scripts of one page of the
// admin, and all style sheets as one.
const (
	maxAdminScript = 15_000
	maxStyles      = 12_000
)

func TestPagesAreLight(t *testing.T) {
	t.Parallel()
	var styles []byte
	shell := weigh(t, assets["shell.js"])
	for _, name := range slices.Sorted(maps.Keys(assets)) {
		asset := assets[name]
		switch path.Ext(name) {
		case ".css":
			styles = append(styles, asset.Content...)
		case ".js":
			if n := shell + weigh(t, asset); strings.HasPrefix(name, "admin_") && n > maxAdminScript {
				t.Errorf("%s and what every page has: %d bytes", name, n)
			}
		}
	}
	if n := weigh(t, Asset{Name: "style sheets", Content: styles}); n > maxStyles {
		t.Errorf("style sheets: %d bytes", n)
	}
}

// weigh is how long a file is when it is sent.
func weigh(t *testing.T, asset Asset) int {
	t.Helper()
	if len(asset.Content) == 0 {
		t.Fatalf("%q is empty", asset.Name)
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(asset.Content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}
