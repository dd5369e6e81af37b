// Package ui holds all that a browser gets: the templates of the pages, their
// style sheets and images, embedded into the program.
//
// A page is a folder: NAME/NAME.html defines "title" and "content", which
// shared/layout.html stands around, and NAME/NAME.css is its style sheet, built
// into dist by esbuild.
package ui

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
)

//go:embed */*.html
var sources embed.FS

// Page is what the layout and every page's template know.
type Page struct {
	Name      string // of the page: the folder of its template
	Prefix    string // under which everything is served, "/user_behavior/"
	Path      string // of this request, with its query
	User      string // name of the user who is signed in; empty for nobody
	SignIn    bool   // there is a sign-in page
	SignOut   bool   // the user came by the sign-in page and can leave again
	Token     string // for hidden inputs named csrfmiddlewaretoken; may be empty
	RequestID string
	Data      any // the page's own
}

// Asset returns the address of a file in dist. It changes with the content.
func (p Page) Asset(name string) string {
	return p.Prefix + "static/" + name + "?v=" + assets[name].Version
}

// Styled reports whether the page has a style sheet of its own.
func (p Page) Styled() bool {
	_, ok := assets[p.Name+".css"]
	return ok
}

var pages = parsePages()

// Render writes a page. It fails when there is no such page or the data does
// not suit its template; something may have been written then.
func Render(w io.Writer, p Page) error {
	t, ok := pages[p.Name]
	if !ok {
		return fmt.Errorf("no page %q", p.Name)
	}
	if err := t.ExecuteTemplate(w, "layout", p); err != nil {
		return fmt.Errorf("render page %s: %w", p.Name, err)
	}
	return nil
}

// parsePages parses the template of every folder together with the shared ones.
func parsePages() map[string]*template.Template {
	shared := template.Must(template.New("").ParseFS(sources, "shared/*.html"))
	files, err := fs.Glob(sources, "*/*.html")
	if err != nil {
		panic(err) // the pattern is wrong
	}
	all := make(map[string]*template.Template)
	for _, file := range files {
		name := path.Dir(file)
		if name == "shared" || path.Base(file) != name+".html" {
			continue
		}
		all[name] = template.Must(template.Must(shared.Clone()).ParseFS(sources, name+"/*.html"))
	}
	return all
}
