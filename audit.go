package behavior

import (
	"context"
	"time"
)

// Deed is what somebody did, as the audit trail names it.
type Deed string

// The deeds. The first three are done to records and to persons.
const (
	DeedAdd          Deed = "add"
	DeedChange       Deed = "change"
	DeedDelete       Deed = "delete"
	DeedSignIn       Deed = "sign_in"
	DeedSignInFailed Deed = "sign_in_failed"
	DeedSignOut      Deed = "sign_out"
	DeedPassword     Deed = "password"     // of oneself or of another person
	DeedEndSignIns   Deed = "end_sign_ins" // of oneself or of another person
	DeedSettings     Deed = "settings"     // the server has started with other settings
	DeedExport       Deed = "export"       // a list has been exported
)

// Deeds lists all deeds.
func Deeds() []Deed {
	return []Deed{
		DeedAdd, DeedChange, DeedDelete, DeedSignIn, DeedSignInFailed, DeedSignOut, DeedPassword, DeedEndSignIns, DeedSettings, DeedExport,
	}
}

// KindPerson is the kind of a person in the audit trail, next to the kinds of
// record.
const KindPerson Kind = "person"

// AuditEntry is one deed of one person.
type AuditEntry struct {
	ID   int64 // given by the trail, rising
	Time time.Time

	UserID string // who did it; empty for nobody who is signed in
	User   string // the name at that time; what was typed, for DeedSignInFailed
	Addr   string // where from; empty when not known, or for a command

	Deed     Deed
	Kind     Kind   // of the object; empty for none
	ObjectID string // the object's id in decimal digits; empty for none
	Object   string // the object as text, as it was then

	Changes []FieldChange // for DeedChange; for DeedAdd and DeedDelete what the object had
	Note    string        // a sentence more; empty for none
}

// FieldChange is what happened to one field of an object.
type FieldChange struct {
	Field  string `json:"field"`  // its wire name
	Before string `json:"before"` // "" for none
	After  string `json:"after"`
}

// AuditQuery asks for entries of the audit trail. The zero AuditQuery asks for
// all, the newest first.
type AuditQuery struct {
	UserID   string // who did it; empty: anybody
	Deed     Deed   // empty: any
	Kind     Kind   // of the object; empty: any
	ObjectID string // empty: any
	Search   string // within the names of user and object, ASCII case ignored; empty: any

	From, To    time.Time // From is in, To is out; zero: no bound
	OldestFirst bool
	Limit       int // zero: no limit
	Offset      int
}

// Audit keeps who did what. Entries are only ever added. Package account
// provides one.
type Audit interface {
	// Note adds entries, all or none, and gives them ids. They are on disk
	// when it returns. Text that is longer than 1,000 characters is cut.
	Note(ctx context.Context, entries ...AuditEntry) error

	// Entries returns the entries that q asks for and how many match it
	// without Limit and Offset.
	Entries(ctx context.Context, q AuditQuery) ([]AuditEntry, int, error)
}
