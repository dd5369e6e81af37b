package ui

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
)

// unwanted is what the content policy forbids, and what would load something
// from elsewhere.
var unwanted = regexp.MustCompile(`<script[^>]*>[^<]|<style|\sstyle=|\son[a-z]+=|(?:src|href|action)="(?:https?:)?//`)

func TestTemplatesAreCleanUnderThePolicy(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(sources, "*/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal("no templates", err)
	}
	for _, file := range files {
		text, err := sources.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := unwanted.Find(text); found != nil {
			t.Errorf("%s: %s", file, found)
		}
	}
}

func TestStyleSheetsLoadNothing(t *testing.T) {
	t.Parallel()
	for name, asset := range assets {
		if path.Ext(name) == ".css" && regexp.MustCompile(`url\(|@import`).Match(asset.Content) {
			t.Errorf("%s loads something", name)
		}
	}
}

func TestAssetsHaveTheirTypeAndVersion(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"theme.css", "api.css", "icon.svg"} {
		a, ok := Find(name)
		if !ok || a.Type == "" || len(a.Version) != 12 || len(a.Content) == 0 {
			t.Errorf("%s: %v %q %q, %d bytes", name, ok, a.Type, a.Version, len(a.Content))
		}
		address := Page{Prefix: "/p/"}.Asset(name)
		if want := "/p/static/" + name + "?v=" + a.Version; address != want {
			t.Errorf("%s: %s, not %s", name, address, want)
		}
	}
	if _, ok := Find("../ui.go"); ok {
		t.Error("a file outside dist is served")
	}
}

func TestRenderRefusesAnUnknownPage(t *testing.T) {
	t.Parallel()
	if err := Render(new(strings.Builder), Page{Name: "nothing"}); err == nil {
		t.Error("no error")
	}
}
