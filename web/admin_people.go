package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// peoplePerPage is how many persons one page of the list has.
const peoplePerPage = 50

// roleWords are the roles as people read them.
var roleWords = map[behavior.Role]roleWord{
	behavior.RoleSuperuser: {"Owner", "Sees and changes everything, people and settings included."},
	behavior.RoleStaff:     {"Editor", "Enters the admin, as far as the rights below go, and sees the report."},
	behavior.RoleViewer:    {"Viewer", "Sees the admin and the report, and changes nothing."},
	behavior.RoleUser:      {"User", "Uses the API, as its settings allow, and cannot enter the admin."},
}

type roleWord struct{ Name, Text string }

// peoplePage is what the page "admin_people" shows.
type peoplePage struct {
	Total string
	Add   string // its address
	Rows  []personRow
	Pages shortPager
}

// personRow is one person in the list.
type personRow struct {
	Name, URL string
	Role      string
	Rights    string // in short
	Active    bool
	LastSeen  *adminTime // nil: never
	SignIns   int
	Self      bool
}

// owners serves a page to those who may do everything, and to nobody else.
func (h *handler) owners(serve adminServe) adminServe {
	return func(w http.ResponseWriter, r *http.Request, user behavior.User) error {
		if !user.Superuser {
			return errNoRight()
		}
		return serve(w, r, user)
	}
}

// adminPeople lists the people who can sign in.
func (h *handler) adminPeople(w http.ResponseWriter, r *http.Request, user behavior.User) error {
	people, err := h.settings.People.People(r.Context())
	if err != nil {
		return err
	}
	pages := newShortPager(r, len(people), peoplePerPage)
	p := peoplePage{Total: amount(len(people), "person", "people"), Add: h.adminPath("people/add/"), Pages: pages}
	for _, person := range people[pages.offset:min(len(people), pages.offset+peoplePerPage)] {
		signIns, err := h.settings.People.SignIns(r.Context(), person.ID)
		if err != nil {
			return err
		}
		row := personRow{
			Name: person.Name, URL: h.adminPath("people/", person.ID, "/"), Role: roleWords[person.Role].Name,
			Rights: rightsInShort(person), Active: person.Active, SignIns: len(signIns), Self: person.ID == user.ID,
		}
		if !person.LastSignIn.IsZero() {
			seen := newAdminTime(person.LastSignIn, h.settings.Now(), h.settings.TimeZone)
			row.LastSeen = &seen
		}
		p.Rows = append(p.Rows, row)
	}
	return h.adminPage(w, r, http.StatusOK, "admin_people", p, ui.Link{Text: "People"})
}

// rightsInShort says what a person may do with records.
func rightsInShort(p behavior.Person) string {
	rights := p.User().Rights
	switch rights {
	case behavior.AllRights:
		return "All"
	case behavior.ViewRights:
		return "View all"
	case 0:
		return "None"
	}
	var parts []string
	for _, m := range adminModels {
		var words []string
		for _, right := range rightColumns {
			if rights.Has(m.kind, right) {
				words = append(words, string(right))
			}
		}
		if len(words) > 0 {
			parts = append(parts, m.plural+": "+strings.Join(words, ", "))
		}
	}
	return strings.Join(parts, " · ")
}

// rightColumns are the rights in the order of the pages.
var rightColumns = []behavior.Right{behavior.CanView, behavior.CanAdd, behavior.CanChange, behavior.CanDelete}

// personDeed is a deed that was done to a person, with what the person has: as
// it is after an addition, and as it was before a removal.
func personDeed(deed behavior.Deed, p behavior.Person) behavior.AuditEntry {
	e := behavior.AuditEntry{Deed: deed, Kind: behavior.KindPerson, ObjectID: p.ID, Object: p.Name}
	switch deed {
	case behavior.DeedAdd:
		e.Changes = personChanges(nil, personFields(p))
	case behavior.DeedDelete:
		e.Changes = personChanges(personFields(p), nil)
	}
	return e
}

// personFields are the fields of a person that the audit trail tells of.
func personFields(p behavior.Person) []behavior.FieldChange {
	active := "no"
	if p.Active {
		active = "yes"
	}
	return []behavior.FieldChange{
		{Field: "username", After: p.Name}, {Field: "role", After: string(p.Role)},
		{Field: "rights", After: p.Rights.String()}, {Field: "active", After: active},
	}
}

// personChanges are the fields in which a person differs. Nil fields are those
// of nobody.
func personChanges(before, after []behavior.FieldChange) []behavior.FieldChange {
	var changes []behavior.FieldChange
	for i, field := range slices.Concat(before, after)[:max(len(before), len(after))] {
		change := behavior.FieldChange{Field: field.Field}
		if before != nil {
			change.Before = before[i].After
		}
		if after != nil {
			change.After = after[i].After
		}
		if change.Before != change.After {
			changes = append(changes, change)
		}
	}
	return changes
}
