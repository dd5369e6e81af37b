package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/userbehavior/behavior"
)

// Role is what a user may do.
type Role string

// The roles. A superuser is staff as well.
const (
	Superuser Role = "superuser" // everything
	Staff     Role = "staff"     // the admin and the report
	Plain     Role = "user"      // the API, as its settings allow
)

// User is one person who can sign in.
type User struct {
	ID      int64
	Name    string // unique; upper and lower case differ
	Role    Role
	Active  bool // an inactive user cannot sign in
	Created time.Time

	// LastSignIn is when the password was last found right, to within
	// [TrustFor]; zero: never.
	LastSignIn time.Time
}

// person is the user as requests know it.
func (u User) person() behavior.User {
	return behavior.User{
		ID: strconv.FormatInt(u.ID, 10), Name: u.Name,
		Staff: u.Role == Staff || u.Role == Superuser, Superuser: u.Role == Superuser,
	}
}

const userColumns = "id, name, role, active, created, last_sign_in, password"

// scan reads one row of userColumns.
func scan(row interface{ Scan(...any) error }) (u User, hash string, err error) {
	var created int64
	var last sql.NullInt64
	if err := row.Scan(&u.ID, &u.Name, &u.Role, &u.Active, &created, &last, &hash); err != nil {
		return User{}, "", translate(err)
	}
	u.Created = time.UnixMicro(created).UTC()
	if last.Valid {
		u.LastSignIn = time.UnixMicro(last.Int64).UTC()
	}
	return u, hash, nil
}

// Users lists all users by name.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT "+userColumns+" FROM users ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("list users: %w", translate(err))
	}
	defer rows.Close()
	var users []User
	for rows.Next() {
		u, _, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list users: %w", err)
		}
		users = append(users, u)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list users: %w", translate(err))
	}
	return users, nil
}

// Add adds a user with a password; ID, Created and LastSignIn are not looked
// at. What is wrong with the fields is [behavior.Invalid]; a name that is
// taken is [behavior.ErrConflict].
func (s *Store) Add(ctx context.Context, u User, password string) (User, error) {
	if err := check(u, password); err != nil {
		return User{}, err
	}
	hash, err := s.hashes.hash(ctx, password)
	if err != nil {
		return User{}, fmt.Errorf("add user: %w", err)
	}
	u.Created, u.LastSignIn = s.now().UTC().Truncate(time.Microsecond), time.Time{}
	err = s.db.QueryRowContext(ctx,
		"INSERT INTO users (name, role, active, created, password) VALUES (?, ?, ?, ?, ?) RETURNING id",
		u.Name, u.Role, u.Active, u.Created.UnixMicro(), hash).Scan(&u.ID)
	if err != nil {
		return User{}, fmt.Errorf("add user: %w", translate(err))
	}
	return u, nil
}

// SetPassword changes a user's password and ends the user's sessions.
// [behavior.ErrNotFound]: there is no such user.
func (s *Store) SetPassword(ctx context.Context, name, password string) error {
	if problems := CheckPassword(name, password); len(problems) > 0 {
		return behavior.Invalid{"password": problems}
	}
	hash, err := s.hashes.hash(ctx, password)
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return s.change(ctx, "set password", "UPDATE users SET password = ? WHERE name = ? RETURNING id", hash, name)
}

// SetActive lets a user sign in, or no longer: then the user's sessions end.
// [behavior.ErrNotFound]: there is no such user.
func (s *Store) SetActive(ctx context.Context, name string, active bool) error {
	return s.change(ctx, "set active", "UPDATE users SET active = ? WHERE name = ? RETURNING id", active, name)
}

// Remove removes a user and ends the user's sessions.
// [behavior.ErrNotFound]: there is no such user.
func (s *Store) Remove(ctx context.Context, name string) error {
	return s.change(ctx, "remove user", "DELETE FROM users WHERE name = ? RETURNING id", name)
}

// change runs a statement on one user and ends that user's sessions, in one
// transaction.
func (s *Store) change(ctx context.Context, what, statement string, args ...any) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", what, translate(err))
	}
	defer tx.Rollback()
	var id int64
	if err := tx.QueryRowContext(ctx, statement, args...).Scan(&id); err != nil {
		return fmt.Errorf("%s: %w", what, translate(err))
	}
	if _, err := tx.ExecContext(ctx, endSessions, strconv.FormatInt(id, 10)); err != nil {
		return fmt.Errorf("%s: %w", what, translate(err))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", what, translate(err))
	}
	return nil
}

// Authenticate returns the active user of that name and password. Everything
// else is [behavior.ErrCredentials] and takes as long: also where there is no
// such user, one hash is computed.
func (s *Store) Authenticate(ctx context.Context, name, password string) (behavior.User, error) {
	u, hash, err := scan(s.db.QueryRowContext(ctx, "SELECT "+userColumns+" FROM users WHERE name = ?", name))
	if err != nil && !errors.Is(err, behavior.ErrNotFound) {
		return behavior.User{}, fmt.Errorf("find user: %w", err)
	}
	if !u.Active { // nor is the zero User
		hash = s.hashes.decoy
	}
	right, fresh, err := s.hashes.verify(ctx, u.ID, hash, password)
	switch {
	case err != nil:
		return behavior.User{}, fmt.Errorf("verify password: %w", err)
	case !right || !u.Active:
		return behavior.User{}, behavior.ErrCredentials
	}
	if fresh {
		// Who has the right password gets in, also when this cannot be noted.
		_, _ = s.db.ExecContext(ctx, "UPDATE users SET last_sign_in = ? WHERE id = ?", s.now().UnixMicro(), u.ID)
	}
	return u.person(), nil
}

// Person returns the active user with that [behavior.User] ID, or
// [behavior.ErrNotFound].
func (s *Store) Person(ctx context.Context, id string) (behavior.User, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return behavior.User{}, behavior.ErrNotFound
	}
	u, _, err := scan(s.db.QueryRowContext(ctx, "SELECT "+userColumns+" FROM users WHERE id = ? AND active", n))
	if err != nil {
		return behavior.User{}, fmt.Errorf("find user: %w", err)
	}
	return u.person(), nil
}

// check returns what is wrong with a new user, all of it.
func check(u User, password string) error {
	problems := behavior.Invalid{}
	if message := checkName(u.Name); message != "" {
		problems["name"] = []string{message}
	}
	if u.Role != Superuser && u.Role != Staff && u.Role != Plain {
		problems["role"] = []string{"A role is superuser, staff or user."}
	}
	if messages := CheckPassword(u.Name, password); len(messages) > 0 {
		problems["password"] = messages
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// checkName holds names to what the reference takes. A colon, which would end
// the name in HTTP Basic, and control characters are not among it.
func checkName(name string) string {
	switch {
	case name == "":
		return "A name is needed."
	case utf8.RuneCountInString(name) > 150:
		return "A name has at most 150 characters."
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_' && r != '@' && r != '.' && r != '+' && r != '-' {
			return "A name has only letters, digits and @ . + - _."
		}
	}
	return ""
}
