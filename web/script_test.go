package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

func TestScriptsAreServed(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{Collect: behavior.CollectSettings{ScriptName: "app.js"}})
	asset, ok := ui.Find("tracker.js")
	if !ok {
		t.Fatal("tracker.js is not built")
	}
	for _, path := range []string{"/user_behavior/tracker.js", "/user_behavior/app.js"} {
		res := ask(t, h, "GET", path, "")
		header := res.header
		if res.status != 200 || !bytes.Equal(res.body, asset.Content) || header.Get("Cache-Control") != "public, max-age=86400" ||
			header.Get("Content-Type") != "text/javascript; charset=utf-8" || header.Get("Vary") != "Accept-Encoding" || header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %d, %d bytes, %v", path, res.status, len(res.body), header)
		}
		if again := ask(t, h, "GET", path, "", "If-None-Match: "+header.Get("ETag")); again.status != http.StatusNotModified || len(again.body) != 0 {
			t.Errorf("%s: asked again: %d, %d bytes", path, again.status, len(again.body))
		}
		zipped := ask(t, h, "GET", path, "", "Accept-Encoding: br, gzip;q=0.8")
		if tag := zipped.header.Get("ETag"); zipped.header.Get("Content-Encoding") != "gzip" || tag == header.Get("ETag") || tag == "" {
			t.Errorf("%s: compressed: %v", path, zipped.header)
		}
		r, err := gzip.NewReader(bytes.NewReader(zipped.body))
		if err != nil {
			t.Fatal(err)
		}
		if content, err := io.ReadAll(r); err != nil || !bytes.Equal(content, asset.Content) {
			t.Errorf("%s: what was compressed is another script, %v", path, err)
		}
	}
	for accepted, want := range map[string]string{
		"gzip": "gzip", "GZIP;q=1": "gzip", "*": "gzip", "deflate, gzip": "gzip",
		"": "", "identity": "", "gzip;q=0": "", "gzip; q=0.000": "", "gzip;q=x": "", "br": "", "xgzip": "",
	} {
		if got := ask(t, h, "GET", "/user_behavior/tracker.js", "", "Accept-Encoding: "+accepted).header.Get("Content-Encoding"); got != want {
			t.Errorf("accepting %q: %q", accepted, got)
		}
	}
	for _, name := range []string{"tracker-vitals.js", "tracker-errors.js"} {
		if res := ask(t, h, "GET", "/user_behavior/"+name, ""); res.status != 200 || len(res.body) == 0 {
			t.Errorf("%s: %d", name, res.status)
		}
	}
	if status := ask(t, handler(t, behavior.Settings{}), "GET", "/user_behavior/app.js", "").status; status != http.StatusNotFound {
		t.Errorf("another name without the setting: %d", status)
	}
}
