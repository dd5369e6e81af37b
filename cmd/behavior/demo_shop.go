package main

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"slices"
)

// shopRoot is where the demo's shop is.
const shopRoot = "/shop/"

//go:embed shop
var shopFiles embed.FS

var shopPages = template.Must(template.ParseFS(shopFiles, "shop/*.html"))

// shopCSP allows a page nothing but its own host.
const shopCSP = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// product is something that the shop shows.
type product struct {
	Name, Category, Title, Text, Art string
	Price                            int // euro
}

var products = []product{
	{"oak-chair", "chairs", "Oak chair", "Four legs, a straight back and no secrets. Made of oak from where it stood.", "chair", 149},
	{"low-stool", "chairs", "Low stool", "For shoes, for guests, for the plant that wants more light.", "stool", 59},
	{"reading-lamp", "lamps", "Reading lamp", "Warm light where the book is, and shade where the eyes are.", "lamp", 89},
	{"garden-lantern", "lamps", "Garden lantern", "Keeps a candle alive in any wind that still lets you sit outside.", "lantern", 39},
	{"long-table", "tables", "Long table", "Seats eight, or two who do not agree.", "table", 690},
	{"desk", "tables", "Desk with a drawer", "One drawer, so that you find it again.", "desk", 420},
}

// category is a tab of the shop; the one without a name has everything.
type category struct{ Name, Title string }

var categories = []category{{"", "Everything"}, {"chairs", "Chairs"}, {"lamps", "Lamps"}, {"tables", "Tables"}}

// shopPage is what a page of the shop shows.
type shopPage struct {
	Root, Prefix string
	Title        string
	Category     string
	Categories   []category
	Products     []product
	Product      product
}

// Shows reports whether a product is one of the page's category.
func (p shopPage) Shows(what product) bool { return p.Category == "" || p.Category == what.Category }

// shop serves the demo's shop: a list with tabs, pages of products and a form.
// It keeps nothing and reads no request but for its path.
type shop struct{ prefix string }

func newShop(prefix string) http.Handler {
	s, mux := shop{prefix}, http.NewServeMux()
	mux.HandleFunc("GET /shop/{$}", s.list)
	mux.HandleFunc("GET /shop/{category}/{$}", s.list)
	mux.HandleFunc("GET /shop/product/{name}/{$}", s.product)
	mux.HandleFunc("GET /shop/checkout/{$}", s.named("checkout", "Checkout"))
	mux.HandleFunc("GET /shop/thanks/{$}", s.named("thanks", "Thank you"))
	for _, name := range []string{"shop.css", "shop.js", "icon.svg"} {
		mux.HandleFunc("GET /shop/"+name, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, shopFiles, "shop/"+name) })
	}
	mux.HandleFunc("/shop/", func(w http.ResponseWriter, _ *http.Request) { s.missing(w) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", shopCSP)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "same-origin")
		mux.ServeHTTP(w, r)
	})
}

func (s shop) list(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("category")
	i := slices.IndexFunc(categories, func(c category) bool { return c.Name == name })
	if i < 0 {
		s.missing(w)
		return
	}
	s.render(w, http.StatusOK, "list", shopPage{Title: categories[i].Title, Category: name, Categories: categories, Products: products})
}

func (s shop) product(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(products, func(p product) bool { return p.Name == r.PathValue("name") })
	if i < 0 {
		s.missing(w)
		return
	}
	s.render(w, http.StatusOK, "product", shopPage{Title: products[i].Title, Product: products[i]})
}

// named serves a page that is always the same.
func (s shop) named(name, title string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { s.render(w, http.StatusOK, name, shopPage{Title: title}) }
}

func (s shop) missing(w http.ResponseWriter) {
	s.render(w, http.StatusNotFound, "missing", shopPage{Title: "Not found"})
}

// render writes a page once all of it is there.
func (s shop) render(w http.ResponseWriter, status int, name string, p shopPage) {
	p.Root, p.Prefix = shopRoot, s.prefix
	var page bytes.Buffer
	if err := shopPages.ExecuteTemplate(&page, name, p); err != nil {
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w)
}
