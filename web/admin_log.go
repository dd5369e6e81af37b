package web

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// logPerPage is how many entries one page of the log has, and logBatch how many
// an export reads at once.
const (
	logPerPage = 50
	logBatch   = 1000
)

// deedWords are the deeds as people read them, and their icons.
var deedWords = map[behavior.Deed]struct{ Text, Icon string }{
	behavior.DeedAdd:          {"Added", "add"},
	behavior.DeedChange:       {"Changed", "change"},
	behavior.DeedDelete:       {"Deleted", "delete"},
	behavior.DeedSignIn:       {"Signed in", "sign_in"},
	behavior.DeedSignInFailed: {"Failed to sign in", "warning"},
	behavior.DeedSignOut:      {"Signed out", "sign_out"},
	behavior.DeedPassword:     {"Changed a password", "key"},
	behavior.DeedEndSignIns:   {"Ended sign-ins", "sign_out"},
	behavior.DeedSettings:     {"Changed settings", "settings"},
	behavior.DeedExport:       {"Exported", "export"},
}

// logPage is what the page "admin_log" shows.
type logPage struct {
	Title    string
	Kept     bool // there is a log at all
	Everyone bool // of everybody, not only of who looks at it

	Query    url.Values // the filters as they are typed
	Who      []logChoice
	Deeds    []logChoice
	Kinds    []logChoice
	Filtered bool
	Problem  string // with the filters; empty for none
	Export   string // address

	Total   string
	Entries []logEntry
	Pages   shortPager
}

// logChoice is one choice of a filter.
type logChoice struct {
	Value, Text string
	Chosen      bool
}

// logEntry is one entry as the pages show it.
type logEntry struct {
	Time    adminTime
	User    string
	Addr    string
	Deed    string
	Icon    string
	Kind    string
	Object  ui.Link
	Changes []behavior.FieldChange
	Note    string
}

// adminLog shows who did what: to an owner of everybody, to others of
// themselves.
func (h *handler) adminLog(w http.ResponseWriter, r *http.Request, user behavior.User) error {
	p := logPage{Title: "My actions", Kept: h.settings.Audit != nil, Everyone: user.Superuser, Query: r.URL.Query()}
	if p.Everyone {
		p.Title = "Log"
	}
	if !p.Kept {
		return h.logPage(w, r, p)
	}
	q, problem := h.logQuery(p.Query)
	if !p.Everyone {
		q.UserID = user.ID
	}
	if p.Query.Get("format") == "csv" && problem == "" {
		return h.exportLog(w, r, q)
	}
	_, total, err := h.settings.Audit.Entries(r.Context(), limited(q, 1, 0))
	if err != nil {
		return err
	}
	p.Pages = newShortPager(r, total, logPerPage)
	entries, _, err := h.settings.Audit.Entries(r.Context(), limited(q, logPerPage, p.Pages.offset))
	if err != nil {
		return err
	}
	p.Problem, p.Total, p.Entries = problem, amount(total, "entry", "entries"), h.logEntries(entries, user)
	if err := h.fillFilters(r, &p); err != nil {
		return err
	}
	return h.logPage(w, r, p)
}

func (h *handler) logPage(w http.ResponseWriter, r *http.Request, p logPage) error {
	return h.adminPage(w, r, http.StatusOK, "admin_log", p, ui.Link{Text: p.Title})
}

func limited(q behavior.AuditQuery, limit, offset int) behavior.AuditQuery {
	q.Limit, q.Offset = limit, offset
	return q
}

// logQuery reads the filters of an address. What is wrong with them comes back
// as a sentence; the others count.
func (h *handler) logQuery(in url.Values) (q behavior.AuditQuery, problem string) {
	text := func(name string) string { return strings.ReplaceAll(strings.TrimSpace(in.Get(name)), "\x00", "") }
	q = behavior.AuditQuery{
		UserID: text("user"), Deed: behavior.Deed(text("deed")), Kind: behavior.Kind(text("kind")),
		ObjectID: text("object"), Search: text("q"),
	}
	day := func(name string, after int) time.Time {
		value := text(name)
		if value == "" {
			return time.Time{}
		}
		d, err := time.Parse(time.DateOnly, value)
		if err != nil {
			problem = "Enter a valid date."
			return time.Time{}
		}
		return time.Date(d.Year(), d.Month(), d.Day()+after, 0, 0, 0, 0, h.settings.TimeZone)
	}
	q.From, q.To = day("from", 0), day("to", 1)
	return q, problem
}

// fillFilters fills in what the filters offer.
func (h *handler) fillFilters(r *http.Request, p *logPage) error {
	choice := func(name, value, text string) logChoice {
		return logChoice{Value: value, Text: text, Chosen: p.Query.Get(name) == value}
	}
	for _, deed := range behavior.Deeds() {
		p.Deeds = append(p.Deeds, choice("deed", string(deed), deedWords[deed].Text))
	}
	for _, m := range adminModels {
		p.Kinds = append(p.Kinds, choice("kind", string(m.kind), m.singular))
	}
	p.Kinds = append(p.Kinds, choice("kind", string(behavior.KindPerson), "Person"))
	for _, name := range []string{"user", "deed", "kind", "object", "q", "from", "to"} {
		p.Filtered = p.Filtered || p.Query.Get(name) != ""
	}
	export := url.Values{}
	for name, values := range p.Query {
		if name != "p" {
			export[name] = values
		}
	}
	export.Set("format", "csv")
	p.Export = "?" + export.Encode()
	if !p.Everyone || h.signIns == nil {
		return nil
	}
	people, err := h.settings.People.People(r.Context())
	if err != nil {
		return err
	}
	for _, person := range people {
		p.Who = append(p.Who, choice("user", person.ID, person.Name))
	}
	if id := p.Query.Get("user"); id != "" && !slices.ContainsFunc(p.Who, func(c logChoice) bool { return c.Chosen }) {
		p.Who = append(p.Who, choice("user", id, "Somebody who was removed"))
	}
	return nil
}

// logEntries writes entries for a page that a user sees.
func (h *handler) logEntries(entries []behavior.AuditEntry, user behavior.User) []logEntry {
	list := make([]logEntry, 0, len(entries))
	now, zone := h.settings.Now(), h.settings.TimeZone
	for _, e := range entries {
		word := deedWords[e.Deed]
		list = append(list, logEntry{
			Time: newAdminTime(e.Time, now, zone), User: e.User, Addr: e.Addr, Deed: word.Text, Icon: word.Icon,
			Kind: kindWord(e.Kind), Object: h.logObject(e, user), Changes: e.Changes, Note: e.Note,
		})
	}
	return list
}

// kindWord is the kind of an object as people read it; empty for none.
func kindWord(kind behavior.Kind) string {
	if kind == behavior.KindPerson {
		return "Person"
	}
	for _, m := range adminModels {
		if m.kind == kind {
			return m.singular
		}
	}
	return string(kind)
}

// logObject is the object of an entry, with the address where a user can still
// see it: not after it was deleted.
func (h *handler) logObject(e behavior.AuditEntry, user behavior.User) ui.Link {
	link := ui.Link{Text: e.Object}
	if e.Deed == behavior.DeedDelete || e.ObjectID == "" {
		return link
	}
	if e.Kind == behavior.KindPerson && user.Superuser && h.signIns != nil {
		link.URL = h.adminPath("people/", url.PathEscape(e.ObjectID), "/")
	}
	for _, m := range adminModels {
		if m.kind == e.Kind && h.may(user, m, behavior.CanView) {
			link.URL = h.adminPath(m.path, "/", url.PathEscape(e.ObjectID), "/change/")
		}
	}
	return link
}

// logColumns are the columns of an exported log.
var logColumns = []string{"time", "user_id", "user", "address", "deed", "kind", "object_id", "object", "changes", "note"}

// exportLog answers with all entries that q asks for, as CSV. What is added
// meanwhile is left out.
func (h *handler) exportLog(w http.ResponseWriter, r *http.Request, q behavior.AuditQuery) error {
	now := h.settings.Now()
	if q.To.IsZero() || q.To.After(now) {
		q.To = now
	}
	entries, total, err := h.settings.Audit.Entries(r.Context(), limited(q, logBatch, 0))
	if err != nil {
		return err
	}
	h.audit(r, behavior.AuditEntry{Deed: behavior.DeedExport, Object: "Log", Note: "As CSV: " + amount(total, "entry", "entries") + "."})
	header := w.Header()
	header.Set("Content-Type", "text/csv; charset=utf-8")
	header.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="log-%s.csv"`, now.In(h.settings.TimeZone).Format(time.DateOnly)))
	header.Set("Cache-Control", "no-store")
	out := csv.NewWriter(w)
	if err := out.Write(logColumns); err != nil {
		return err
	}
	for offset := 0; len(entries) > 0; {
		for _, e := range entries {
			if err := out.Write(logCells(e)); err != nil {
				return err
			}
		}
		if offset += len(entries); offset >= total {
			break
		}
		if entries, _, err = h.settings.Audit.Entries(r.Context(), limited(q, logBatch, offset)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// logCells is an entry as a row of a table, which programs do not take for
// formulas.
func logCells(e behavior.AuditEntry) []string {
	var changes []string
	for _, c := range e.Changes {
		changes = append(changes, fmt.Sprintf("%s: %q -> %q", c.Field, c.Before, c.After))
	}
	cells := []string{
		e.Time.UTC().Format(time.RFC3339Nano), e.UserID, e.User, e.Addr, string(e.Deed), string(e.Kind), e.ObjectID, e.Object,
		strings.Join(changes, "; "), e.Note,
	}
	for i, cell := range cells {
		cells[i] = csvCell(cell)
	}
	return cells
}
