package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// formPage is what the page "admin_form" shows.
type formPage struct {
	Title  string // "Change User Session"
	Text   string // the record; empty while it is added
	Action string
	Sets   []formSet

	Banner string      // over the faults; empty for none
	Faults []formFault // all of them

	Buttons   []formButton // none: nothing can be changed
	DeleteURL string
	CloseURL  string
	Links     []formLink // to other pages of the record

	Zone   string // the time zone of moments
	Offset int    // its distance from UTC now, in minutes

	Pick *formPick // what a small window has saved; nil while it asks
}

type formSet struct {
	Title  string
	Closed bool // folded away at first
	Fields []inputField
}

// inputField is a field of a form, to be typed in or only to be read.
type inputField struct {
	ID, Name, Label, Help string
	Form                  string // "text", "long", "url", "moment", "session", "choice" or "json"
	Required, ReadOnly    bool
	Value                 string
	Errors                []string
	Choices               []formChoice

	Text    string    // what is read, for ReadOnly and beside a session
	URL     string    // where the text leads
	Machine string    // the text, for the attribute datetime
	Search  string    // address of the autocompletion
	Related []related // small windows of a session
}

type formChoice struct {
	Value, Label string
	Chosen       bool
}

// formFault is a line of the summary of what is wrong.
type formFault struct{ ID, Label, Message string }

type formButton struct {
	Name, Label string
	Primary     bool
}

// formLink is a link with an icon.
type formLink struct{ Icon, Text, URL string }

// related is a link to a small window. An address for which an id is needed is
// Pattern with the id in place of __id__; URL is empty without one.
type related struct{ Icon, Text, URL, Pattern string }

// formPick is a record that the window that opened this one is to choose.
type formPick struct{ ID, Text, Field, Done string }

// Described names what explains an input, for the attribute aria-describedby:
// its faults and its help.
func (f inputField) Described() string {
	var ids []string
	if len(f.Errors) > 0 {
		ids = append(ids, f.ID+"_error")
	}
	if f.Help != "" {
		ids = append(ids, f.ID+"_help")
	}
	return strings.Join(ids, " ")
}

// showForm answers with a form.
func (h *handler) showForm(w http.ResponseWriter, r *http.Request, user behavior.User, f *adminForm) error {
	m, kept := f.model, kept(r)
	editable := f.old == nil || h.may(user, m, behavior.CanChange)
	p := formPage{Action: h.formAction(r), Banner: banner(len(f.wrong)), Zone: h.settings.TimeZone.String()}
	_, seconds := h.settings.Now().In(h.settings.TimeZone).Zone()
	p.Offset = seconds / 60
	p.Title = map[bool]string{true: "Change ", false: "View "}[editable] + m.singular
	crumbs := []ui.Link{{Text: m.plural, URL: h.listAddress(user, m, kept)}}
	if f.old == nil {
		p.Title = "Add " + m.singular
		crumbs = append(crumbs, ui.Link{Text: p.Title})
	} else {
		p.Text = shorten(f.old.text(), maxNamed)
		crumbs = append(crumbs, ui.Link{Text: shorten(p.Text, maxCrumb)})
		h.formLinks(&p, r, user, f)
	}
	for _, set := range m.fieldsets {
		p.Sets = append(p.Sets, h.formSet(&p, user, f, set, editable))
	}
	if editable {
		p.Buttons = h.formButtons(r, user, f)
	}
	if !isPopup(r) {
		p.CloseURL = crumbs[0].URL
	}
	return h.adminPage(w, r, http.StatusOK, "admin_form", p, crumbs...)
}

// banner heads the faults of a form.
func banner(faults int) string {
	switch faults {
	case 0:
		return ""
	case 1:
		return "Please correct the error below."
	}
	return "Please correct the errors below."
}

// formAction is the address that a form is sent to: its own, with what has to
// be kept.
func (h *handler) formAction(r *http.Request) string {
	if isPopup(r) {
		return r.URL.EscapedPath() + "?_popup=1"
	}
	return r.URL.EscapedPath() + kept(r)
}

// formLinks are where one can go from a record: only where one may.
func (h *handler) formLinks(p *formPage, r *http.Request, user behavior.User, f *adminForm) {
	if isPopup(r) {
		return
	}
	here := h.adminPath(f.model.path, "/", strconv.FormatInt(f.old.id(), 10))
	if h.may(user, modelOf(behavior.KindSession), behavior.CanView) {
		owner := strconv.FormatInt(f.old.owner().ID, 10)
		p.Links = append(p.Links, formLink{"clock", "Timeline", h.adminPath("sessions/", owner, "/timeline/")})
	}
	p.Links = append(p.Links, formLink{"history", "History", here + "/history/" + kept(r)})
	if h.may(user, f.model, behavior.CanDelete) {
		p.DeleteURL = here + "/delete/" + kept(r)
	}
}

// formButtons are the buttons that a form has for somebody.
func (h *handler) formButtons(r *http.Request, user behavior.User, f *adminForm) []formButton {
	buttons := []formButton{{Name: "_save", Label: "Save", Primary: true}}
	if isPopup(r) {
		return buttons
	}
	if h.may(user, f.model, behavior.CanAdd) {
		buttons = append(buttons, formButton{Name: "_addanother", Label: "Save and add another"})
	}
	switch {
	case h.may(user, f.model, behavior.CanChange):
		buttons = append(buttons, formButton{Name: "_continue", Label: "Save and continue editing"})
	case h.may(user, f.model, behavior.CanView):
		buttons = append(buttons, formButton{Name: "_continue", Label: "Save and view"})
	}
	return buttons
}

// formSet puts a part of a form into words, and its faults onto the page.
func (h *handler) formSet(p *formPage, user behavior.User, f *adminForm, set adminFieldset, editable bool) formSet {
	out := formSet{Title: set.title, Closed: set.collapsed}
	for _, field := range set.fields {
		shown := h.formField(user, f, field, editable)
		out.Closed = out.Closed && len(shown.Errors) == 0
		for _, message := range shown.Errors {
			p.Faults = append(p.Faults, formFault{ID: shown.ID, Label: field.label, Message: message})
		}
		out.Fields = append(out.Fields, shown)
	}
	return out
}

// formNames are how the template calls the forms of inputs.
var formNames = map[adminInput]string{
	textInput: "text", longInput: "long", addressInput: "text", urlInput: "url",
	momentInput: "moment", sessionInput: "session", choiceInput: "choice", jsonInput: "json",
}

func (h *handler) formField(user behavior.User, f *adminForm, field adminField, editable bool) inputField {
	out := inputField{
		ID: "id_" + field.name, Name: field.name, Label: field.label, Help: field.help, Form: formNames[field.input],
		Required: field.required, ReadOnly: field.readOnly || !editable, Value: f.texts[field.name], Errors: f.wrong[field.name],
	}
	switch {
	case out.ReadOnly:
		h.readOnly(&out, user, f, field)
	case field.input == sessionInput:
		h.offerSessions(&out, user, f)
	case field.input == choiceInput:
		out.Choices = h.choices(out.Value)
	case field.input == momentInput:
		out.Help += " Time zone: " + h.settings.TimeZone.String() + "."
	}
	return out
}

// readOnly puts what a record has in a field into words: "-" for nothing.
func (h *handler) readOnly(out *inputField, user behavior.User, f *adminForm, field adminField) {
	if f.old == nil {
		out.Text = "-"
		return
	}
	switch out.Text = f.shown[field.name]; field.input {
	case sessionInput:
		h.nameOwner(out, user, f)
	case choiceInput:
		out.Text = behavior.EventType(out.Text).Label()
	}
	if at, ok := f.old.field(field.name).(time.Time); ok {
		out.Text, out.Machine = adminMoment(at, h.settings.TimeZone), momentText(at)
	}
	if out.Text == "" {
		out.Text = "-"
	}
}

// nameOwner writes the session of a record, for those who may see it and for
// those who see that record.
func (h *handler) nameOwner(out *inputField, user behavior.User, f *adminForm) {
	mayView := h.may(user, modelOf(behavior.KindSession), behavior.CanView)
	if f.owner == nil || !mayView && (f.old == nil || f.old.owner().ID != f.owner.ID) {
		return
	}
	out.Text = showTurns(sessionName(f.owner))
	if mayView {
		out.URL = h.adminPath("sessions/", strconv.FormatInt(f.owner.ID, 10), "/change/")
	}
}

// offerSessions gives a field what helps to choose a session.
func (h *handler) offerSessions(out *inputField, user behavior.User, f *adminForm) {
	h.nameOwner(out, user, f)
	m := modelOf(behavior.KindSession)
	if h.may(user, m, behavior.CanView) {
		out.Search = h.adminPath("autocomplete/?", url.Values{
			"app_label": {appLabel}, "model_name": {f.model.names()[0]}, "field_name": {"session"},
		}.Encode())
		out.Related = append(out.Related, related{Icon: "search", Text: "Find a session in the list", URL: h.adminPath("sessions/?_popup=1")})
	}
	one := func(right behavior.Right, icon, text, page string) {
		if !h.may(user, m, right) {
			return
		}
		link := related{Icon: icon, Text: text, Pattern: h.adminPath("sessions/__id__/", page, "/?_popup=1")}
		if f.owner != nil {
			link.URL = strings.Replace(link.Pattern, "__id__", strconv.FormatInt(f.owner.ID, 10), 1)
		}
		out.Related = append(out.Related, link)
	}
	one(behavior.CanChange, "change", "Change the chosen session", "change")
	if h.may(user, m, behavior.CanAdd) {
		out.Related = append(out.Related, related{Icon: "add", Text: "Add another session", URL: h.adminPath("sessions/add/?_popup=1")})
	}
	one(behavior.CanView, "view", "View the chosen session", "timeline")
}

// choices are the event types, and the chosen one also where it is none.
func (h *handler) choices(chosen string) []formChoice {
	list := []formChoice{{Label: "---------"}}
	known := chosen == ""
	for _, event := range h.eventTypes() {
		known = known || string(event) == chosen
		list = append(list, formChoice{Value: string(event), Label: event.Label(), Chosen: string(event) == chosen})
	}
	if !known {
		list = slices.Insert(list, 1, formChoice{Value: chosen, Label: shorten(chosen, maxNamed) + " (not in the list)", Chosen: true})
	}
	return list
}

// showPick answers in a small window: the window that opened it chooses what
// has been saved.
func (h *handler) showPick(w http.ResponseWriter, r *http.Request, user behavior.User, f *adminForm, saved record, noted bool) error {
	id := strconv.FormatInt(saved.id(), 10)
	verb := "changed"
	if f.old == nil {
		verb = "added"
	}
	p := formPage{Title: f.model.singular + " " + verb, Pick: &formPick{
		ID: id, Text: shorten(saved.text(), maxNamed), Field: "session",
		Done: fmt.Sprintf("The %s was %s. Its id is %s.", f.model.singular, verb, id),
	}}
	if !noted {
		p.Banner = messageUnnoted
	}
	if h.may(user, f.model, behavior.CanView) {
		p.Action = h.adminPath(f.model.path, "/", id, "/change/?_popup=1")
	}
	return h.adminPage(w, r, http.StatusOK, "admin_form", p)
}
