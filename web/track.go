package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// Track records the pages that an application serves: a page view for each GET
// of a browser that is answered with HTML. It needs no script, so visitors who
// block scripts count as well; where [Snippet] puts the script into the page,
// the browser's own page view is the same one, and nothing counts twice.
//
//	http.ListenAndServe(":8000", web.Track(tracker, mux))
//
// What is recorded and of whom, [behavior.TrackSettings] say; docs/visitors.md
// has the whole of it. The answer is not touched, nor held up: the page view is
// stored in the background once the answer is written. Close of the tracker
// waits for it.
func Track(t *behavior.Tracker, next http.Handler) http.Handler {
	s := t.Settings()
	return &pageTracker{handler: &handler{tracker: t, settings: s}, next: next}
}

// pageTracker is the handler of Track.
type pageTracker struct {
	*handler // never serves; it knows where requests come from
	next     http.Handler
}

// pageVisit is what is known of a request for a page while it is served.
type pageVisit struct {
	owner  *pageTracker
	key    string // of its page view; empty: it is not recorded
	start  time.Time
	user   string
	agreed bool // to be recorded

	answer http.Header // as far as it is written
	shared bool        // the answer may be kept for other visitors
	told   bool        // the key is in the page
}

type pageVisitKey struct{}

// ServeHTTP lets the application answer, and records a page view afterwards. A
// panic of the application goes its way.
func (k *pageTracker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !k.mayBePage(r) {
		k.next.ServeHTTP(w, r)
		return
	}
	v := k.visit(r)
	out := &pageResponse{ResponseWriter: w, visit: v}
	v.answer = w.Header()
	k.next.ServeHTTP(out, r.WithContext(context.WithValue(r.Context(), pageVisitKey{}, v)))
	if v.key != "" && !v.shared && out.isPage() {
		k.tracker.CollectLater(k.batch(r, v))
	}
}

// mayBePage reports whether a request is a browser's for a page to be shown
// now: no asset, no data, and nothing that is fetched for later.
func (k *pageTracker) mayBePage(r *http.Request) bool {
	h := r.Header
	if r.Method != http.MethodGet || strings.HasPrefix(r.URL.Path, k.settings.Prefix) {
		return false
	}
	for _, name := range [...]string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if purpose := strings.ToLower(h.Get(name)); strings.Contains(purpose, "prefetch") || strings.Contains(purpose, "preview") {
			return false
		}
	}
	// Browsers say what they want it for, on secure connections.
	if dest := h.Get("Sec-Fetch-Dest"); dest != "" {
		return dest == "document"
	}
	return strings.Contains(h.Get("Accept"), "text/html") && h.Get("X-Requested-With") == ""
}

// visit finds out before the page is served who wants it, and whether that is
// to be recorded.
func (k *pageTracker) visit(r *http.Request) *pageVisit {
	track := k.settings.Track
	v := &pageVisit{owner: k, start: k.settings.Now(), agreed: track.Consent == nil || track.Consent(r)}
	switch {
	case !v.agreed, r.Header.Get("DNT") == "1", r.Header.Get("Sec-GPC") == "1":
		return v
	case track.Bots != behavior.On && behavior.BotReason(r.UserAgent()) != "":
		return v
	}
	if track.User != nil {
		v.user = track.User(r)
	}
	v.key = newPageKey()
	return v
}

// newPageKey makes a key for a page view.
func newPageKey() string {
	var key [8]byte
	_, _ = rand.Read(key[:]) // never fails
	return hex.EncodeToString(key[:])
}

// batch is the page view as the script would send it, as the first event of a
// page load that the key names.
func (k *pageTracker) batch(r *http.Request, v *pageVisit) behavior.CollectInput {
	now, addr := k.settings.Now(), k.clientAddr(r)
	in := behavior.CollectInput{
		Page: v.key, Sent: milliseconds(now), UserID: v.user,
		Language: firstLanguage(r.Header.Get("Accept-Language")),
		Events: []behavior.CollectEvent{{
			N: 1, At: milliseconds(v.start), Kind: "view", View: 1,
			URL:      k.origin(r) + r.URL.EscapedPath() + keptQuery(r.URL.RawQuery),
			Referrer: cleanReferrer(r.Referer()),
		}},
		UserAgent: r.UserAgent(), Address: addr, Country: k.tracker.Country(r, peerAddr(r), addr),
	}
	if key := k.settings.Collect.TokenKey; key != "" {
		in.Token = behavior.SiteToken(key, now)
	}
	return in
}

func milliseconds(at time.Time) float64 { return float64(at.UnixMicro()) / 1000 }

// firstLanguage is the language that a browser prefers.
func firstLanguage(header string) string {
	first, _, _ := strings.Cut(header, ",")
	first, _, _ = strings.Cut(first, ";")
	return strings.TrimSpace(first)
}

// clickIDs are marks of a click: that they are there is recorded, and not
// their value, which names who has clicked.
var clickIDs = behavior.ClickIDs()

// keptQuery is a query reduced to what tells where a visitor comes from, as
// the script reduces it; empty, or with a question mark in front.
func keptQuery(query string) string {
	var kept []string
	for parameter := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(parameter, "=")
		switch {
		case value == "":
		case strings.HasPrefix(name, "utm_"), name == "ref", name == "source":
			kept = append(kept, parameter)
		case slices.Contains(clickIDs, name):
			kept = append(kept, name+"=1")
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return "?" + strings.Join(kept, "&")
}

// cleanReferrer is a referrer without what concerns nobody but its own site.
func cleanReferrer(referrer string) string {
	u, err := url.Parse(referrer)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath() + keptQuery(u.RawQuery)
}
