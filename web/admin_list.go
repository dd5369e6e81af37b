package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// listPage is what the page "admin_list" shows: finished words.
type listPage struct {
	Model string // its path, by which a browser remembers what is open
	Title string

	Singular, Noun string // "User Session", "User Sessions"
	SearchIn       string // where a search looks, in words
	Popup          bool
	Whole          string // address of the list without any filter

	Add     string    // address; empty if one may not add
	Exports []ui.Link // the whole of what is shown, as a file

	Query        string // that was searched for
	SearchHidden []listParam
	Results      string // "50 results"; empty when nothing is left out
	AllRecords   string // "400 total"

	Chips   []listChip
	Filters []listFilter

	Headers []listHeader
	Rows    []listRow
	Amount  string // "158 User Sessions"
	Actions []listParam
	Across  string // "Select all 400 User Sessions"; empty when all are on the page
	Taken   string // "All 400 selected"

	Pages   []listLink
	ShowAll string // address; empty if there is no need, or too many
	Sizes   []listLink
	Bounded bool // only the first maxCounted records are on pages

	Empty   bool   // there are no records at all
	Snippet string // the script tag that brings records
}

// adminList shows the records of a model, or does with some of them what its
// form asks for.
func (h *handler) adminList(w http.ResponseWriter, r *http.Request, user behavior.User, m adminModel) error {
	if !h.may(user, m, behavior.CanView) {
		return errNoRight()
	}
	s, err := h.readList(r.Context(), m, r.URL.RawQuery)
	if err != nil {
		return h.wrongList(w, r, s, err)
	}
	if r.Method == http.MethodPost {
		return h.adminAct(w, r, user, s)
	}
	found, err := h.findList(r, s)
	if err != nil {
		return h.wrongList(w, r, s, err)
	}
	page, err := h.newListPage(r, user, s, found)
	if err != nil {
		return err
	}
	if s.flagged {
		s.problems = append(s.problems, ui.Message{Level: "warning", Before: "The list was asked for something that it does not have: a filter, a value or a page. It is shown without it."})
	}
	return h.adminPageTelling(w, r, "admin_list", page, s.problems, ui.Link{Text: m.plural})
}

// adminPageTelling is [handler.adminPage] with messages of this very request.
func (h *handler) adminPageTelling(w http.ResponseWriter, r *http.Request, name string, data any, messages []ui.Message, crumbs ...ui.Link) error {
	start := ui.Link{Text: h.settings.Admin.Site.IndexTitle, URL: h.adminPath()}
	return h.render(w, r, http.StatusOK, ui.Page{
		Name: name, Data: data, Crumbs: append([]ui.Link{start}, crumbs...), WithToken: true, Messages: messages,
	})
}

// wrongList leads from a bad query string to the list as a whole. That this
// page is bad as well would be our fault; it must not lead to itself.
func (h *handler) wrongList(w http.ResponseWriter, r *http.Request, s listState, err error) error {
	if !errors.Is(err, errLookup) {
		return err
	}
	if s.flagged {
		return detail(http.StatusBadRequest, "The list does not have what its address asks for.")
	}
	target := h.adminPath(s.model.path, "/?e=1")
	if s.popup {
		target += "&_popup=1"
	}
	http.Redirect(w, r, target, http.StatusFound)
	return nil
}

// foundList is what the store has for a page of a list.
type foundList struct {
	records []record
	total   int // that match; maxCounted + 1 for more than can be told
	all     int // records without any filter
	onePage bool
	pages   int
}

// findList asks the store for the page. [errLookup]: it is past the end.
func (h *handler) findList(r *http.Request, s listState) (f foundList, err error) {
	q := behavior.Query{Filters: s.conditions(), Order: s.order(), CountLimit: maxCounted}
	if s.all {
		q.Limit = maxShowAll
		f.records, f.total, err = h.records(r.Context(), s.model, q)
		f.onePage = f.total <= maxShowAll
	}
	if err == nil && !f.onePage {
		q.Limit, q.Offset = s.size, (s.page-1)*s.size
		f.records, f.total, err = h.records(r.Context(), s.model, q)
	}
	if err != nil {
		return f, fmt.Errorf("list %s: %w", s.model.plural, err)
	}
	f.pages = max(1, (min(f.total, maxCounted)+s.size-1)/s.size)
	if !f.onePage && s.page > f.pages {
		return f, errLookup
	}
	f.all = f.total
	if s.filtered() {
		_, f.all, err = h.records(r.Context(), s.model, behavior.Query{Limit: 1, CountLimit: maxCounted})
	}
	return f, err
}

// newListPage puts a list into words.
func (h *handler) newListPage(r *http.Request, user behavior.User, s listState, f foundList) (listPage, error) {
	m := s.model
	p := listPage{
		Model: m.path, Title: h.listTitle(user, s), Singular: m.singular, Noun: m.plural, SearchIn: m.searchIn(), Popup: s.popup, Whole: s.unfiltered(),
		Query: s.params["q"], SearchHidden: s.hidden(named("q")),
		Headers: s.headers(), Rows: h.listRows(user, s, f.records), Amount: amount(f.total, m.singular, m.plural),
		Bounded: f.total > maxCounted, Empty: f.all == 0,
	}
	if s.filtered() {
		p.Results, p.AllRecords = amount(f.total, "result", "results"), countedUp(f.all)+" total"
	}
	if h.may(user, m, behavior.CanAdd) {
		p.Add = h.adminPath(m.path, "/add/", s.formQuery())
	}
	if !s.popup {
		h.offerActions(&p, user, s, f)
	}
	if !f.onePage {
		p.Pages, p.Sizes = s.pageLinks(f), s.sizeLinks()
		if f.total > s.size && f.total <= maxShowAll {
			p.ShowAll = s.with(params{"all": ""})
		}
	}
	if p.Empty {
		p.Snippet = fmt.Sprintf(`<script defer src="%s%s"></script>`, h.origin(r)+h.settings.Prefix, cmp.Or(h.settings.Collect.ScriptName, scriptNames[0]))
		return p, nil
	}
	var err error
	p.Filters, err = h.listFilters(r.Context(), s, f.all)
	p.Chips = s.chips(p.Filters)
	return p, err
}

// offerActions adds what can be done with many records at once.
func (h *handler) offerActions(p *listPage, user behavior.User, s listState, f foundList) {
	p.Actions = append(p.Actions, listParam{"", "---------"})
	if h.may(user, s.model, behavior.CanDelete) {
		p.Actions = append(p.Actions, listParam{actionDelete, "Delete selected " + s.model.plural})
	}
	for _, format := range exportFormats {
		p.Actions = append(p.Actions, listParam{actionExport + format.name, "Export selected as " + format.label})
		p.Exports = append(p.Exports, ui.Link{Text: format.label, URL: h.adminPath(s.model.path, "/export/", s.with(params{"format": format.name}))})
	}
	if f.total > len(f.records) {
		p.Across = "Select all " + amount(f.total, s.model.singular, s.model.plural)
		p.Taken = "All " + countedUp(f.total) + " selected"
	}
}

// searchIn names the columns that a search looks into.
func (m adminModel) searchIn() string {
	var names []string
	for _, field := range m.search {
		name := "session"
		for _, column := range m.columns {
			if column.field == field {
				name = column.label
			}
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// listTitle says what one can do with a record of the list.
func (h *handler) listTitle(user behavior.User, s listState) string {
	switch title := "Select " + s.model.singular; {
	case s.popup:
		return title
	case h.may(user, s.model, behavior.CanChange):
		return title + " to change"
	default:
		return title + " to view"
	}
}

// formQuery is the query string of a form that is opened from the list: it
// leads back to the list as it is.
func (s listState) formQuery() string {
	if s.popup {
		return "?_popup=1"
	}
	if query := s.query(); query != "" {
		return "?" + keptFilters(query)
	}
	return ""
}

// countedUp writes how many there are, as far as they were counted.
func countedUp(n int) string {
	if n > maxCounted {
		return "more than " + grouped(maxCounted)
	}
	return grouped(n)
}

// amount is a count and what was counted.
func amount(n int, singular, plural string) string {
	if n == 1 {
		return "1 " + singular
	}
	return countedUp(n) + " " + plural
}

// listLink is a link of a row of links: a page's number, for example.
type listLink struct {
	Text    string
	URL     string
	Current bool
	Gap     bool // nothing but "…"
}

// sizeLinks offers the lengths of a page.
func (s listState) sizeLinks() []listLink {
	var links []listLink
	for _, size := range pageSizes {
		text := strconv.Itoa(size)
		links = append(links, listLink{Text: text, URL: s.with(params{"size": text}, named("all")), Current: size == s.size})
	}
	return links
}

// pageLinks are the numbers of the pages, none when there is one only.
func (s listState) pageLinks(f foundList) []listLink {
	if f.pages == 1 {
		return nil
	}
	var links []listLink
	for _, n := range elided(s.page, f.pages) {
		switch n {
		case 0:
			links = append(links, listLink{Text: "…", Gap: true})
		case 1:
			links = append(links, listLink{Text: "1", URL: s.with(nil), Current: s.page == 1})
		default:
			text := strconv.Itoa(n)
			links = append(links, listLink{Text: grouped(n), URL: s.with(params{"p": text}), Current: n == s.page})
		}
	}
	return links
}

// elided lists numbers of pages: three on either side of the current one, two
// at each end, zero for what is left out between them.
func elided(page, pages int) []int {
	const side, ends = 3, 2
	var list []int
	add := func(from, to int) {
		for n := from; n <= to; n++ {
			list = append(list, n)
		}
	}
	switch {
	case pages <= 2*(side+ends):
		add(1, pages)
		return list
	case page > side+ends+2:
		add(1, ends)
		list = append(list, 0)
		add(page-side, page)
	default:
		add(1, page)
	}
	if page < pages-side-ends-1 {
		add(page+1, page+side)
		list = append(list, 0)
		add(pages-ends+1, pages)
	} else {
		add(page+1, pages)
	}
	return list
}
