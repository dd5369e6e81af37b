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
	Site      string // ends the page's title
	Header    string // stands at the top
	Theme     string // "auto", "dark" or "light"
	NextTheme string // that a button leads to
	User      string // name of the user who is signed in; empty for nobody
	SignIn    bool   // there is a sign-in page
	SignOut   bool   // the user came by the sign-in page and can leave again
	WithToken bool   // the page has forms that need a Token
	Token     string // for hidden inputs named csrfmiddlewaretoken; may be empty
	Nav       []Link // in the bar at the top
	Live      string // address of what happens at the moment; empty for who may not see it
	UserMenu  []Link // behind the user's name, besides signing out
	Popup     bool   // the page stands in a small window, without the bar
	Crumbs    []Link // from the start of the admin to this page; the last is the page itself. None: no crumbs
	Messages  []Message
	RequestID string
	Charts    bool               // the page has charts, see Chart
	Controls  bool               // the page has the bar of controls.html
	Template  *template.Template // in place of the page's own, see Replace; nil: its own
	Data      any                // the page's own
}

// Link is a text that leads somewhere; nowhere when URL is empty.
type Link struct {
	Text    string
	URL     string
	Current bool // it leads to where one is
}

// Message tells the outcome of what somebody did. Its sentence is Before, the
// link and After, joined as they are.
type Message struct {
	Level  string // "success", "warning" or "error"
	Before string
	Link   Link
	After  string
}

// Asset returns the address of a file in dist. It changes with the content.
func (p Page) Asset(name string) string {
	return p.Prefix + "static/" + name + "?v=" + assets[name].Version
}

// Scripted reports whether the page has a script of its own.
func (p Page) Scripted() bool {
	_, ok := assets[p.Name+".js"]
	return ok
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
	switch {
	case p.Template != nil:
		t = p.Template
	case !ok:
		return fmt.Errorf("no page %q", p.Name)
	}
	if err := t.ExecuteTemplate(w, "layout", p); err != nil {
		return fmt.Errorf("render page %s: %w", p.Name, err)
	}
	return nil
}

// Replace returns a page's template with those of an application in place of
// its own: what with defines counts, the rest is the page's. It fails when there
// is no such page, and when with has been executed.
func Replace(page string, with *template.Template) (*template.Template, error) {
	if _, ok := pages[page]; !ok {
		return nil, fmt.Errorf("no page %q", page)
	}
	all, err := with.Clone()
	if err != nil {
		return nil, err
	}
	for _, own := range parsePages()[page].Templates() {
		if t := all.Lookup(own.Name()); own.Tree == nil || t != nil && t.Tree != nil {
			continue
		}
		if _, err := all.AddParseTree(own.Name(), own.Tree); err != nil {
			return nil, fmt.Errorf("template %q: %w", own.Name(), err)
		}
	}
	return all, nil
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

// RenderPart writes one template of a page's folder, without the layout.
func RenderPart(w io.Writer, page, name string, data any) error {
	t, ok := pages[page]
	if !ok {
		return fmt.Errorf("no page %q", page)
	}
	if err := t.ExecuteTemplate(w, name, data); err != nil {
		return fmt.Errorf("render %s of page %s: %w", name, page, err)
	}
	return nil
}
