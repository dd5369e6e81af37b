package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// Snippet is the script tag for a page that is served through [Track]; it is
// empty for any other request. The script sends what the visitor does on the
// page; the page view itself is that of Track. Nothing is kept on the device:
// both know the visitor by address and browser.
//
// The tag is for this page view alone. A page that has it is marked as private
// unless the application says otherwise; where shared caches may keep a page,
// the script counts it, and Track does not.
func Snippet(r *http.Request) template.HTML {
	v, ok := r.Context().Value(pageVisitKey{}).(*pageVisit)
	if !ok {
		return ""
	}
	s := v.owner.settings
	name := scriptNames[0]
	if s.Collect.ScriptName != "" {
		name = s.Collect.ScriptName
	}
	return renderSnippet(v.snippet(snippet{Source: s.Prefix + name}))
}

// InlineScript is Snippet with the script itself in the page instead of its
// address. Place it at the end of the body. source is what the page's
// Content-Security-Policy must list in script-src: "'sha256-...'"; it stays the
// same from page to page.
func InlineScript(r *http.Request) (tag template.HTML, source string) {
	script := inlineTracker()
	v, ok := r.Context().Value(pageVisitKey{}).(*pageVisit)
	if !ok {
		return "", script.source
	}
	return renderSnippet(v.snippet(snippet{Endpoint: v.owner.settings.Prefix + "collect/", Code: script.code})), script.source
}

// inline is a script that stands in a page.
type inline struct {
	code   template.JS
	source string // for a Content-Security-Policy
}

// inlineTracker is the tracker's script. What would end the element that it
// stands in does not occur in it.
var inlineTracker = sync.OnceValue(func() inline {
	asset, _ := ui.Find(scriptNames[0])
	code := strings.TrimSpace(string(asset.Content))
	sum := sha256.Sum256([]byte(code))
	return inline{template.JS(code), "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"} //nolint:gosec // our own file
})

// pageKeyMark stands in front of a page's key, behind the site's token if there
// is one: the script sends both along with whatever it sends.
const pageKeyMark = "~"

// snippet is the attributes of a script tag. What is empty is left out.
type snippet struct {
	Source, Endpoint, User, Token string
	Consent                       bool // is still to be given
	Code                          template.JS
}

// snippet fills in what is known of the visit.
func (v *pageVisit) snippet(s snippet) snippet {
	if v.key != "" && !v.told {
		v.shared = sharedCaches(v.answer)
		v.told = !v.shared
	}
	if key := v.owner.settings.Collect.TokenKey; key != "" {
		s.Token = behavior.SiteToken(key, v.start)
	}
	if v.told {
		s.Token += pageKeyMark + v.key
	}
	s.User, s.Consent = v.user, !v.agreed
	return s
}

// sharedCaches reports whether an answer says that caches may keep it for
// other visitors.
func sharedCaches(h http.Header) bool {
	for directive := range strings.SplitSeq(strings.ToLower(strings.Join(h.Values("Cache-Control"), ",")), ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(directive), "=")
		if name == "public" || name == "s-maxage" {
			return true
		}
	}
	return false
}

var snippetTemplate = template.Must(template.New("snippet").Parse(
	`<script{{if .Source}} defer src="{{.Source}}"{{end}} data-storage="none"` +
		`{{with .Endpoint}} data-endpoint="{{.}}"{{end}}{{with .User}} data-user="{{.}}"{{end}}` +
		`{{with .Token}} data-token="{{.}}"{{end}}{{if .Consent}} data-consent="required"{{end}}>{{.Code}}</script>`))

// renderSnippet writes the tag.
func renderSnippet(s snippet) template.HTML {
	var out bytes.Buffer
	if err := snippetTemplate.Execute(&out, s); err != nil {
		panic(err) // every value is text
	}
	return template.HTML(out.String()) //nolint:gosec // the template has escaped it
}
