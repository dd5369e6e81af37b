package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// adminServe serves one page of the admin to somebody who may enter it.
type adminServe func(w http.ResponseWriter, r *http.Request, user behavior.User) error

// adminRoutes lists the addresses of the admin. "{model}" is the path of one
// of [adminModels]; an address that is served by name comes before it.
func (h *handler) adminRoutes() []route {
	if h.settings.Admin.Enabled != behavior.On {
		return nil
	}
	read := []string{http.MethodGet, http.MethodHead}
	form := []string{http.MethodGet, http.MethodHead, http.MethodPost}
	routes := []route{
		{path: "admin/", methods: read, serve: h.admin(h.adminIndex)},
		{path: "admin/autocomplete/", methods: read, serve: h.admin(h.adminAutocomplete)},
		{path: "admin/log/", methods: read, serve: h.admin(h.adminLog)},
	}
	if h.signIns != nil {
		routes = append(routes,
			route{path: "admin/people/", methods: read, serve: h.admin(h.owners(h.adminPeople))},
			route{path: "admin/people/add/", methods: form, serve: h.admin(h.owners(h.adminPersonAdd))},
			route{path: "admin/people/{id}/", methods: form, serve: h.admin(h.owners(h.adminPerson))},
		)
	}
	if h.settings.Given != nil {
		routes = append(routes, route{path: "admin/settings/", methods: read, serve: h.admin(h.owners(h.adminSettings))})
	}
	for _, m := range adminModels {
		routes = append(routes,
			route{path: "admin/" + m.path + "/", methods: form, serve: h.adminOf(m, h.adminList)},
			route{path: "admin/" + m.path + "/export/", methods: read, serve: h.adminOf(m, h.adminExport)},
			route{path: "admin/" + m.path + "/delete/", methods: []string{http.MethodPost}, serve: h.adminOf(m, h.adminDeleteSelected)},
			route{path: "admin/" + m.path + "/add/", methods: form, serve: h.adminOf(m, h.adminAdd)},
			route{path: "admin/" + m.path + "/{id}/", methods: read, serve: h.adminOf(m, h.adminOld)},
			route{path: "admin/" + m.path + "/{id}/change/", methods: form, serve: h.adminOf(m, h.adminChange)},
			route{path: "admin/" + m.path + "/{id}/delete/", methods: form, serve: h.adminOf(m, h.adminDelete)},
			route{path: "admin/" + m.path + "/{id}/history/", methods: read, serve: h.adminOf(m, h.adminHistory)},
		)
	}
	return append(routes, route{path: "admin/sessions/{id}/timeline/", methods: read, serve: h.admin(h.adminTimeline)})
}

// admin lets staff in, and nobody else: others are led to the sign-in page,
// where there is one. A POST must come from a page of ours.
func (h *handler) admin(serve adminServe) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		caller, err := h.caller(r)
		switch {
		case errors.Is(err, behavior.ErrCredentials):
		case err != nil:
			return err
		case h.mayEnter(caller.User):
			if err := h.checkToken(r); err != nil {
				return err
			}
			return serve(w, r, caller.User)
		}
		switch {
		case caller.User.Staff:
			return h.errNoAdmin()
		case h.signIns == nil:
			return forbidden(caller.User)
		}
		http.Redirect(w, r, h.settings.Prefix+"login/?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusFound)
		return nil
	}
}

// mayEnter reports whether somebody may enter the admin: staff who may see
// anything in it.
func (h *handler) mayEnter(user behavior.User) bool {
	if h.settings.Admin.Enabled != behavior.On || !user.Staff && !user.Superuser {
		return false
	}
	for _, m := range adminModels {
		if h.may(user, m, behavior.CanView) || h.may(user, m, behavior.CanAdd) || h.may(user, m, behavior.CanDelete) {
			return true
		}
	}
	return user.Superuser
}

// may reports whether a user has a right on the records of a model.
func (h *handler) may(user behavior.User, m adminModel, right behavior.Right) bool {
	return h.settings.Admin.May(user, m.kind, right)
}

// adminServeOf serves a page that is the same for each model.
type adminServeOf func(w http.ResponseWriter, r *http.Request, user behavior.User, m adminModel) error

// adminOf serves a page of one model.
func (h *handler) adminOf(m adminModel, serve adminServeOf) func(http.ResponseWriter, *http.Request) error {
	return h.admin(func(w http.ResponseWriter, r *http.Request, user behavior.User) error {
		return serve(w, r, user, m)
	})
}

// errNoRight is the answer to somebody who lacks a right.
func errNoRight() error {
	return detail(http.StatusForbidden, "You do not have the right to do this. An owner can give it to you.")
}

// errNoAdmin is the answer to staff who may see nothing in the admin.
func (h *handler) errNoAdmin() error {
	if h.settings.Admin.HasModule != behavior.On {
		return detail(http.StatusForbidden, "This server shows its records to nobody. Whoever runs it can change that in its settings.")
	}
	return errNoRight()
}

// adminPath is the address of something in the admin: "sessions/", "5/", ...
// are joined as they are.
func (h *handler) adminPath(parts ...string) string {
	path := h.settings.Prefix + "admin/"
	for _, part := range parts {
		path += part
	}
	return path
}

// adminPage answers with a page of the admin. Crumbs lead from its start to
// the page, whose title is the last of them.
func (h *handler) adminPage(w http.ResponseWriter, r *http.Request, status int, name string, data any, crumbs ...ui.Link) error {
	if len(crumbs) > 0 {
		crumbs = append([]ui.Link{{Text: h.settings.Admin.Site.IndexTitle, URL: h.adminPath()}}, crumbs...)
	}
	return h.render(w, r, status, ui.Page{Name: name, Data: data, Crumbs: crumbs, WithToken: true})
}

// isAdmin reports whether a route is one of the admin.
func isAdmin(path string) bool { return strings.HasPrefix(path, "admin/") }
