package web

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// contentPolicy lets a page load its own scripts, style sheets and images, and
// nothing else.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// page answers with the page of that name from package ui.
func (h *handler) page(w http.ResponseWriter, r *http.Request, status int, name string, data any) error {
	return h.render(w, r, status, ui.Page{Name: name, Data: data})
}

// render answers with a page, of which it fills in what every page has. The
// page is rendered as a whole first: an error leaves the answer untouched, but
// for cookies.
func (h *handler) render(w http.ResponseWriter, r *http.Request, status int, p ui.Page) error {
	site := h.settings.Admin.Site
	p.Prefix, p.Path, p.RequestID = h.settings.Prefix, r.URL.RequestURI(), visitOf(r).id
	p.Site, p.Header, p.Theme = site.Title, site.Header, theme(r)
	p.NextTheme = themes[(slices.Index(themes, p.Theme)+1)%len(themes)]
	p.SignIn = h.signIns != nil
	caller, err := h.caller(r)
	if err == nil {
		p.User = caller.User.Name
	} else {
		caller.User = behavior.User{}
	}
	p.Nav = h.nav(r, p.Name, caller.User)
	if h.maySeeReport(r, caller.User) {
		p.Live = h.settings.Prefix + "dashboard/?date_range=realtime"
	}
	p.UserMenu = h.userMenu(r, caller.User)
	if p.Popup = isAdmin(visitOf(r).route) && isPopup(r); p.Popup {
		p.Crumbs = nil
	}
	p.SignOut = h.signedIn(r)
	if p.SignOut || p.WithToken || p.Name == "login" {
		p.Token = h.formToken(w, r)
	}
	p.Messages = append(h.told(w, r), p.Messages...)
	var body bytes.Buffer
	if err := ui.Render(&body, p); err != nil {
		return err
	}
	writePage(w, status, body.Bytes())
	return nil
}

// nav is where the bar at the top of a page leads somebody.
func (h *handler) nav(r *http.Request, page string, user behavior.User) []ui.Link {
	var links []ui.Link
	if h.maySeeReport(r, user) {
		links = append(links, ui.Link{Text: "Dashboard", URL: h.settings.Prefix + "dashboard/", Current: strings.HasPrefix(page, "dashboard")})
	}
	links = append(links, ui.Link{Text: "Report", URL: h.settings.Prefix + "report/", Current: page == "report"})
	if h.mayEnter(user) {
		links = append(links, ui.Link{Text: "Data", URL: h.adminPath(), Current: isAdmin(visitOf(r).route)})
	}
	links = append(links, ui.Link{Text: "API", URL: h.settings.Prefix, Current: page == "api"})
	if h.mayEnter(user) {
		for _, entry := range h.settings.Admin.Site.Menu {
			links = append(links, ui.Link{Text: entry.Title, URL: entry.URL})
		}
	}
	return links
}

// maySeeReport asks the application whether somebody may see the report. It is
// asked for error pages too: one that panics says no.
func (h *handler) maySeeReport(r *http.Request, user behavior.User) (may bool) {
	_ = rescue(func() error {
		may = h.settings.ReportPermission(r, user)
		return nil
	})
	return may
}

// userMenu is where somebody's name leads.
func (h *handler) userMenu(r *http.Request, user behavior.User) []ui.Link {
	var links []ui.Link
	if h.signedIn(r) {
		links = append(links, ui.Link{Text: "Account", URL: h.settings.Prefix + "account/"})
	}
	return append(links, h.adminMenu(user)...)
}

// isPopup reports whether a page is asked for by another page of the admin, in
// a small window.
func isPopup(r *http.Request) bool {
	return r.URL.Query().Get("_popup") == "1" || r.PostForm.Get("_popup") == "1"
}

// writePage answers with a rendered page.
func writePage(w http.ResponseWriter, status int, body []byte) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("Content-Security-Policy", contentPolicy)
	header.Set("X-Frame-Options", "DENY")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cache-Control", "no-cache, no-store, must-revalidate, private")
	if header.Get("Vary") == "" {
		header.Set("Vary", "Cookie")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever asked has gone, if this fails
}
