package web

import (
	"bytes"
	"net/http"
	"time"

	"github.com/userbehavior/behavior/ui"
)

// static serves the built files of package ui. An address with the file's
// version may be kept for good.
func (h *handler) static(w http.ResponseWriter, r *http.Request) error {
	asset, ok := ui.Find(r.PathValue("name"))
	if !ok {
		return httpError{status: http.StatusNotFound}
	}
	header := w.Header()
	header.Set("Content-Type", asset.Type)
	header.Set("ETag", `"`+asset.Version+`"`)
	header.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == asset.Version {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, asset.Name, time.Time{}, bytes.NewReader(asset.Content))
	return nil
}
