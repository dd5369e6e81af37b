package ui

import (
	"regexp"
	"strings"
	"testing"
)

// maxScript is what the scripts of any page may weigh, compressed. D3 is in it.
const maxScript = 45_000

func TestScriptsOfAnyPageAreLight(t *testing.T) {
	t.Parallel()
	shell := weigh(t, assets["shell.js"])
	for name := range pages {
		own, ok := Find(name + ".js")
		if !ok {
			continue
		}
		n := shell + weigh(t, own)
		t.Logf("%s: %d of %d bytes", name, n, maxScript)
		if n > maxScript {
			t.Errorf("%s and what every page has: %d bytes", own.Name, n)
		}
	}
}

// TestAssetsNameNoOtherHost: what names no other host cannot ask it for anything.
func TestAssetsNameNoOtherHost(t *testing.T) {
	t.Parallel()
	address := regexp.MustCompile(`(?:https?:)?//[\w-]+\.[\w.-]+`)
	for name, asset := range assets {
		for _, found := range address.FindAllString(string(asset.Content), -1) {
			if !strings.HasSuffix(found, "//www.w3.org") { // names of XML
				t.Errorf("%s names %s", name, found)
			}
		}
	}
}
