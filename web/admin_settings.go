package web

import (
	"net/http"
	"slices"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// settingsPage is what the page "admin_settings" shows.
type settingsPage struct {
	Given  []behavior.GivenSetting
	Others []string // names of those that were not given
}

// adminSettings shows what the server was started with.
func (h *handler) adminSettings(w http.ResponseWriter, r *http.Request, _ behavior.User) error {
	p := settingsPage{Given: h.settings.Given}
	for _, name := range behavior.SettingNames() {
		if !slices.ContainsFunc(p.Given, func(g behavior.GivenSetting) bool { return g.Name == name }) {
			p.Others = append(p.Others, name)
		}
	}
	return h.adminPage(w, r, http.StatusOK, "admin_settings", p, ui.Link{Text: "Settings"})
}
