package web

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// table lists every address that there is.
func (h *handler) table() []route {
	read := []string{http.MethodGet, http.MethodHead}
	form := []string{http.MethodGet, http.MethodHead, http.MethodPost}
	routes := []route{
		{path: "healthz", methods: read, serve: h.health},
		{path: "readyz", methods: read, serve: h.ready},
		{path: "static/{name}", methods: read, serve: h.static},
		{path: "report/", serve: h.report},
		{path: "query/", serve: h.query},
		{path: "query/funnel/", serve: h.funnel},
		{path: "collect/", serve: h.collect},
		{path: "theme/", methods: []string{http.MethodPost}, serve: h.setTheme},
	}
	routes = append(routes, h.dashboardRoutes()...)
	routes = append(routes, h.scriptRoutes()...)
	if h.metrics != nil {
		routes = append(routes, route{path: "metrics", methods: read, serve: h.metricsPage})
	}
	if h.signIns != nil {
		routes = append(routes,
			route{path: "login/", methods: form, serve: h.login},
			route{path: "logout/", methods: []string{http.MethodPost}, serve: h.logout},
			route{path: "welcome/{token}/", methods: form, serve: h.welcome},
			route{path: "account/", methods: form, serve: h.account},
		)
	}
	routes = append(routes, h.adminRoutes()...)
	for _, e := range append([]endpoint{h.root()}, h.resources...) {
		routes = append(routes, route{path: e.path, formats: true, serve: h.api(e)})
	}
	for i := range routes {
		routes[i].segments = strings.Split(routes[i].path, "/")
	}
	return routes
}

// route is an address below the prefix and what serves it.
type route struct {
	path    string   // "sessions/{id}/"; a name in braces matches one segment
	methods []string // what may be done, besides OPTIONS; nil: serve judges
	formats bool     // a suffix may name the format: "sessions.json"
	serve   func(w http.ResponseWriter, r *http.Request) error

	segments []string // of path
}

// route finds the route of a request and serves it. A missing slash at the end
// is answered with a redirect, whatever the method.
func (h *handler) route(w http.ResponseWriter, r *http.Request) error {
	if found, ok := h.find(r, r.URL.Path); ok {
		visitOf(r).route = found.path
		return found.answer(w, r)
	}
	if _, ok := h.find(r, r.URL.Path+"/"); ok && !strings.HasSuffix(r.URL.Path, "/") {
		redirectToSlash(w, r)
		return nil
	}
	return httpError{status: http.StatusNotFound}
}

// redirectToSlash redirects to the same address with a slash behind the path.
// [http.ServeMux] does that by 307, the clients of the reference know 301.
func redirectToSlash(w http.ResponseWriter, r *http.Request) {
	target := r.URL.EscapedPath() + "/"
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusMovedPermanently)
}

// find returns the route of a path, and notes in the request the values of its
// names and the format of its suffix.
func (h *handler) find(r *http.Request, path string) (route, bool) {
	rest, ok := strings.CutPrefix(path, h.settings.Prefix)
	if !ok {
		return route{}, false
	}
	base, format := cutFormat(rest)
	plain, suffixed := strings.Split(rest, "/"), strings.Split(base, "/")
	for _, candidate := range h.routes {
		if candidate.match(r, plain) {
			return candidate, true
		}
		if format != "" && candidate.formats && candidate.match(r, suffixed) {
			visitOf(r).format = format
			return candidate, true
		}
	}
	return route{}, false
}

var formatSuffix = regexp.MustCompile(`(?s)^(.*)\.([a-z0-9]+)/?$`)

// cutFormat cuts ".json" or ".json/" off a path: "sessions.json" is "sessions/"
// and "json".
func cutFormat(rest string) (base, format string) {
	parts := formatSuffix.FindStringSubmatch(rest)
	if parts == nil {
		return rest, ""
	}
	if base = parts[1]; base != "" {
		base += "/"
	}
	return base, parts[2]
}

// match reports whether these are the segments of the route's path. Where a
// suffix may follow, the value of a name has no dots.
func (t route) match(r *http.Request, got []string) bool {
	if len(t.segments) != len(got) {
		return false
	}
	for i, segment := range t.segments {
		name, isName := strings.CutPrefix(segment, "{")
		switch {
		case !isName && segment != got[i],
			isName && got[i] == "",
			isName && t.formats && strings.Contains(got[i], "."):
			return false
		case isName:
			r.SetPathValue(strings.TrimSuffix(name, "}"), got[i])
		}
	}
	return true
}

// answer serves a request, if its method is one of the route's.
func (t route) answer(w http.ResponseWriter, r *http.Request) error {
	if t.methods == nil || slices.Contains(t.methods, r.Method) {
		return t.serve(w, r)
	}
	w.Header().Set("Allow", strings.Join(t.methods, ", ")+", "+http.MethodOptions)
	if r.Method != http.MethodOptions {
		return httpError{status: http.StatusMethodNotAllowed}
	}
	w.WriteHeader(http.StatusOK)
	return nil
}
