package behavior

import (
	"context"
	"time"
)

// Role is what a person is on a server that has people of its own.
type Role string

// The roles.
const (
	RoleSuperuser Role = "superuser" // the owner: everything, people and settings included
	RoleStaff     Role = "staff"     // the editor: the admin as far as the person's rights go, and the report
	RoleViewer    Role = "viewer"    // sees the admin and the report, changes nothing
	RoleUser      Role = "user"      // the API, as its settings allow
)

// Roles lists the roles, the most powerful first.
func Roles() []Role { return []Role{RoleSuperuser, RoleStaff, RoleViewer, RoleUser} }

// Person is somebody who can sign in.
type Person struct {
	ID      string // given by the store; see [User.ID]
	Name    string // unique; upper and lower case differ
	Role    Role
	Rights  Rights // looked at for RoleStaff; the other roles imply theirs
	Active  bool   // an inactive person cannot sign in
	Created time.Time

	// LastSignIn is when the password was last found right, to within five
	// minutes; zero: never.
	LastSignIn time.Time
}

// User is the person as requests know it.
func (p Person) User() User {
	u := User{ID: p.ID, Name: p.Name, Superuser: p.Role == RoleSuperuser, Staff: p.Role != RoleUser}
	switch p.Role {
	case RoleSuperuser:
		u.Rights = AllRights
	case RoleStaff:
		u.Rights = p.Rights
	case RoleViewer:
		u.Rights = ViewRights
	}
	return u
}

// The keys of a sign-in's data. People look there for whom a sign-in belongs
// to, and for what they tell of it.
const (
	SessionUser  = "user"  // string: the [User.ID]
	SessionAddr  = "addr"  // string: the address that signed in
	SessionAgent = "agent" // string: its user agent
	SessionStart = "start" // int64: when, in microseconds since 1970
)

// SignIn is one browser in which a person is signed in.
type SignIn struct {
	ID      string // names it in [People.EndSignIn]; not its token, and of no use as one
	Addr    string
	Agent   string
	Start   time.Time
	Expires time.Time
}

// People keeps the persons of a server that has no host application around it,
// and their sign-ins. Package account provides one.
//
// Methods that name a person who does not exist return [ErrNotFound].
type People interface {
	// Authenticate returns the active user of that name and password.
	// Everything else is [ErrCredentials], and takes as long.
	Authenticate(ctx context.Context, name, password string) (User, error)

	// User returns the active user with that [User.ID].
	User(ctx context.Context, id string) (User, error)

	// People lists all persons by name.
	People(ctx context.Context) ([]Person, error)

	// Person returns a person, active or not.
	Person(ctx context.Context, id string) (Person, error)

	// AddPerson adds a person; ID, Created and LastSignIn are not looked at.
	// What is wrong with the fields is [Invalid]; a name that is taken is
	// [ErrConflict].
	AddPerson(ctx context.Context, p Person, password string) (Person, error)

	// ChangePerson lets change alter Role, Rights and Active of a person and
	// stores that; the sign-ins of a person who becomes inactive end. An error
	// of change is returned as it is. [Invalid]: what is wrong with it, also
	// that nobody would be left who is an active superuser.
	ChangePerson(ctx context.Context, id string, change func(*Person) error) (Person, error)

	// SetPassword changes a password and ends the person's sign-ins, but for
	// the one with the token keep. [Invalid]: the password will not do.
	SetPassword(ctx context.Context, id, password, keep string) error

	// RemovePerson removes a person and ends the sign-ins. [Invalid]: nobody
	// would be left who is an active superuser.
	RemovePerson(ctx context.Context, id string) error

	// CheckPassword returns what is wrong with a password, in sentences; nil
	// when it will do.
	CheckPassword(name, password string) []string

	// SignIns lists a person's sign-ins that have neither ended nor expired,
	// the newest first.
	SignIns(ctx context.Context, userID string) ([]SignIn, error)

	// EndSignIn ends one of a person's sign-ins, EndSignIns all of them.
	EndSignIn(ctx context.Context, userID, id string) error
	EndSignIns(ctx context.Context, userID string) error

	// Invite returns a new token by which the first person can be added, and
	// ends the one before. [ErrConflict]: there is somebody already.
	Invite(ctx context.Context, expires time.Time) (token string, err error)

	// Invited reports whether a token is good, now.
	Invited(ctx context.Context, token string) (bool, error)

	// AcceptInvitation adds the first person, a superuser, and uses the token
	// up. [ErrCredentials]: the token is not good.
	AcceptInvitation(ctx context.Context, token, name, password string) (Person, error)

	// These keep sign-ins. They are those that the session manager scs asks
	// for, with and without a context; data is what its GobCodec makes.
	FindCtx(ctx context.Context, token string) (data []byte, found bool, err error)
	CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error
	DeleteCtx(ctx context.Context, token string) error
	Find(token string) (data []byte, found bool, err error)
	Commit(token string, data []byte, expiry time.Time) error
	Delete(token string) error
}
