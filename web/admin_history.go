package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// Bounds of the history of one object.
const (
	historyPage  = 100 // entries
	historyUsers = 500 // entries that are looked through for who made them
)

// historyData is what the page "admin_history" shows.
type historyData struct {
	Title   string
	Text    string // the object, as it is or last was
	URL     string // of the object; empty when it is deleted
	Kept    bool   // there is an audit trail
	Total   string // "1 entry"
	Users   []listLink
	Entries []historyEntry
	Pages   shortPager
}

type historyEntry struct {
	Icon    string
	Time    adminTime
	User    string
	Addr    string
	Action  string // "Changed User ID."
	Note    string
	Changes []historyChange
}

// historyChange is what happened to one field, by its label.
type historyChange struct{ Label, Before, After string }

// adminHistory shows who did what to a record, also when that is deleted.
func (h *handler) adminHistory(w http.ResponseWriter, r *http.Request, user behavior.User, m adminModel) error {
	if !h.may(user, m, behavior.CanView) {
		return errNoRight()
	}
	found, err := h.recordOfPath(r, m)
	if err != nil && !errors.Is(err, behavior.ErrNotFound) {
		return err
	}
	exists := err == nil
	p := historyData{Kept: h.settings.Audit != nil}
	if exists {
		p.Text, p.URL = shorten(found.text(), maxNamed), h.adminPath(m.path, "/", strconv.FormatInt(found.id(), 10), "/change/", kept(r))
	}
	if p.Kept {
		if err := h.readHistory(r, &p, m); err != nil {
			return err
		}
	}
	if p.Text == "" {
		return h.tellUnknown(w, r, m)
	}
	p.Title = "Change history: " + p.Text
	return h.adminPage(w, r, http.StatusOK, "admin_history", p, ui.Link{Text: m.plural, URL: h.listAddress(user, m, kept(r))},
		ui.Link{Text: shorten(p.Text, maxCrumb), URL: p.URL}, ui.Link{Text: "History"})
}

// readHistory reads a page of the history of the record that the path names.
func (h *handler) readHistory(r *http.Request, p *historyData, m adminModel) error {
	id, _ := behavior.ParseInteger(r.PathValue("id"))
	q := behavior.AuditQuery{Kind: m.kind, ObjectID: strconv.FormatInt(id, 10), Limit: historyUsers}
	latest, all, err := h.settings.Audit.Entries(r.Context(), q)
	if err != nil {
		return fmt.Errorf("read history: %w", err)
	}
	if p.Text == "" && len(latest) > 0 {
		p.Text = shorten(latest[0].Object, maxNamed)
	}
	q.UserID, q.OldestFirst, q.Limit = r.URL.Query().Get("user"), true, historyPage
	p.Users = historyUserLinks(r, latest, q.UserID)
	_, total, err := h.settings.Audit.Entries(r.Context(), behavior.AuditQuery{Kind: q.Kind, ObjectID: q.ObjectID, UserID: q.UserID, Limit: 1})
	if err != nil {
		return fmt.Errorf("count history: %w", err)
	}
	p.Pages = newShortPager(r, total, historyPage)
	q.Offset = p.Pages.offset
	entries, _, err := h.settings.Audit.Entries(r.Context(), q)
	if err != nil {
		return fmt.Errorf("read history: %w", err)
	}
	if p.Total = grouped(total) + " entries"; total == 1 {
		p.Total = "1 entry"
	}
	if q.UserID != "" {
		p.Total += " of " + grouped(all)
	}
	for _, e := range entries {
		p.Entries = append(p.Entries, h.historyEntry(m, e))
	}
	return nil
}

// historyUserLinks lead to what one of those did who did anything to the
// object. Without a second one there is nothing to choose.
func historyUserLinks(r *http.Request, entries []behavior.AuditEntry, chosen string) []listLink {
	names := map[string]string{}
	for _, e := range slices.Backward(entries) {
		names[e.UserID] = e.User // the latest name
	}
	delete(names, "")
	if len(names) < 2 && chosen == "" {
		return nil
	}
	links := []listLink{{Text: "Everyone", URL: withParameter(r, "user", ""), Current: chosen == ""}}
	for id, name := range names {
		links = append(links, listLink{Text: name, URL: withParameter(r, "user", id), Current: id == chosen})
	}
	slices.SortFunc(links[1:], func(a, b listLink) int { return strings.Compare(a.Text, b.Text) })
	return links
}

func (h *handler) historyEntry(m adminModel, e behavior.AuditEntry) historyEntry {
	out := historyEntry{
		Icon: string(e.Deed), User: e.User, Addr: e.Addr, Note: e.Note, Action: deedSentence(m, e),
		Time: newAdminTime(e.Time, h.settings.Now(), h.settings.TimeZone),
	}
	for _, c := range e.Changes {
		out.Changes = append(out.Changes, historyChange{Label: m.label(c.Field), Before: c.Before, After: c.After})
	}
	return out
}

// deedSentence is a deed in the words of the reference.
func deedSentence(m adminModel, e behavior.AuditEntry) string {
	switch e.Deed {
	case behavior.DeedAdd:
		return "Added."
	case behavior.DeedDelete:
		return "Deleted."
	case behavior.DeedChange:
	default:
		return string(e.Deed)
	}
	var labels []string
	for _, c := range e.Changes {
		labels = append(labels, m.label(c.Field))
	}
	switch n := len(labels); n {
	case 0:
		return "No fields changed."
	case 1:
		return "Changed " + labels[0] + "."
	default:
		return "Changed " + strings.Join(labels[:n-1], ", ") + " and " + labels[n-1] + "."
	}
}

// withParameter is the address of the same page with another parameter, from
// its first page on. An empty value takes the parameter away.
func withParameter(r *http.Request, name, value string) string {
	query := r.URL.Query()
	query.Del("p")
	if query.Set(name, value); value == "" {
		query.Del(name)
	}
	return "?" + query.Encode()
}
