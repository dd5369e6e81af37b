package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

const personColumns = "id, name, role, rights, active, created, last_sign_in, password"

// scan reads one row of personColumns.
func scan(row interface{ Scan(...any) error }) (p behavior.Person, hash string, err error) {
	var rights string
	var created int64
	var last sql.NullInt64
	if err := row.Scan(&p.ID, &p.Name, &p.Role, &rights, &p.Active, &created, &last, &hash); err != nil {
		return behavior.Person{}, "", translate(err)
	}
	p.Rights = behavior.ParseRights(rights)
	p.Created = time.UnixMicro(created).UTC()
	if last.Valid {
		p.LastSignIn = time.UnixMicro(last.Int64).UTC()
	}
	return p, hash, nil
}

// rowID is the row that an id of a person names. Every person has one id and
// no other: neither "01" nor "+1" is one.
func rowID(id string) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != id {
		return 0, behavior.ErrNotFound
	}
	return n, nil
}

// querier is what reads one row: a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// find returns the person with an id.
func find(ctx context.Context, q querier, id string) (behavior.Person, error) {
	n, err := rowID(id)
	if err != nil {
		return behavior.Person{}, fmt.Errorf("find person: %w", err)
	}
	p, _, err := scan(q.QueryRowContext(ctx, "SELECT "+personColumns+" FROM people WHERE id = ?", n))
	if err != nil {
		return behavior.Person{}, fmt.Errorf("find person: %w", err)
	}
	return p, nil
}

// People lists all persons by name.
func (s *Store) People(ctx context.Context) ([]behavior.Person, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT "+personColumns+" FROM people ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("list people: %w", translate(err))
	}
	defer rows.Close()
	var people []behavior.Person
	for rows.Next() {
		p, _, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list people: %w", err)
		}
		people = append(people, p)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list people: %w", translate(err))
	}
	return people, nil
}

// Person returns a person, active or not, or [behavior.ErrNotFound].
func (s *Store) Person(ctx context.Context, id string) (behavior.Person, error) {
	return find(ctx, s.db, id)
}

// PersonByName returns the person of that name, active or not, or
// [behavior.ErrNotFound].
func (s *Store) PersonByName(ctx context.Context, name string) (behavior.Person, error) {
	p, _, err := scan(s.db.QueryRowContext(ctx, "SELECT "+personColumns+" FROM people WHERE name = ?", name))
	if err != nil {
		return behavior.Person{}, fmt.Errorf("find person: %w", err)
	}
	return p, nil
}

// User returns the active user with that [behavior.User] ID, or
// [behavior.ErrNotFound].
func (s *Store) User(ctx context.Context, id string) (behavior.User, error) {
	p, err := find(ctx, s.db, id)
	switch {
	case err != nil:
		return behavior.User{}, err
	case !p.Active:
		return behavior.User{}, fmt.Errorf("find user: %w", behavior.ErrNotFound)
	}
	return p.User(), nil
}

// Authenticate returns the active user of that name and password. Everything
// else is [behavior.ErrCredentials] and takes as long: also where there is no
// such user, one hash is computed. A password that was found right by a hash of
// Django's, see [Store.Take], gets one of our own.
func (s *Store) Authenticate(ctx context.Context, name, password string) (behavior.User, error) {
	p, hash, err := scan(s.db.QueryRowContext(ctx, "SELECT "+personColumns+" FROM people WHERE name = ?", name))
	if err != nil && !errors.Is(err, behavior.ErrNotFound) {
		return behavior.User{}, fmt.Errorf("find user: %w", err)
	}
	if !p.Active || !verifiable(hash) { // nor is the zero Person
		hash = s.hashes.decoy
	}
	right, fresh, err := s.hashes.verify(ctx, p.ID, hash, password)
	if err == nil && !right {
		err = s.even(ctx, hash, password)
	}
	switch {
	case err != nil:
		return behavior.User{}, fmt.Errorf("verify password: %w", err)
	case !right || !p.Active:
		return behavior.User{}, behavior.ErrCredentials
	}
	if fresh && !strings.HasPrefix(hash, ours) {
		s.adopt(ctx, p.ID, hash, password)
	}
	if fresh {
		// Who has the right password gets in, also when this cannot be noted.
		_, _ = s.db.ExecContext(ctx, "UPDATE people SET last_sign_in = ? WHERE id = ?", s.now().UnixMicro(), p.ID)
	}
	return p.User(), nil
}

// AddPerson adds a person with a password; ID, Created and LastSignIn are not
// looked at. Rights are stored as they are, also none. What is wrong with the
// fields is [behavior.Invalid], by "name", "role" and "password"; a name that
// is taken is [behavior.ErrConflict]. An invitation ends with it.
func (s *Store) AddPerson(ctx context.Context, p behavior.Person, password string) (behavior.Person, error) {
	hash, err := s.admit(ctx, p, password)
	if err != nil {
		return behavior.Person{}, err
	}
	err = s.write(ctx, "add person", func(tx *sql.Tx) error {
		p, err = s.insert(ctx, tx, p, hash)
		return err
	})
	if err != nil {
		return behavior.Person{}, err
	}
	return p, nil
}

// admit checks a new person and makes the hash of the password.
func (s *Store) admit(ctx context.Context, p behavior.Person, password string) (hash string, err error) {
	problems := behavior.Invalid{}
	if message := checkName(p.Name); message != "" {
		problems["name"] = []string{message}
	}
	if message := checkRole(p.Role); message != "" {
		problems["role"] = []string{message}
	}
	if messages := s.CheckPassword(p.Name, password); len(messages) > 0 {
		problems["password"] = messages
	}
	if len(problems) > 0 {
		return "", problems
	}
	if hash, err = s.hashes.hash(ctx, password); err != nil {
		return "", fmt.Errorf("add person: %w", err)
	}
	return hash, nil
}

// insert stores a new person. From then on nobody can be the first.
func (s *Store) insert(ctx context.Context, tx *sql.Tx, p behavior.Person, hash string) (behavior.Person, error) {
	p.Rights &= behavior.AllRights
	p.Created, p.LastSignIn = s.now().UTC().Truncate(time.Microsecond), time.Time{}
	err := tx.QueryRowContext(ctx,
		"INSERT INTO people (name, role, rights, active, created, password) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
		p.Name, p.Role, p.Rights.String(), p.Active, p.Created.UnixMicro(), hash).Scan(&p.ID)
	if err != nil {
		return behavior.Person{}, translate(err)
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM invitations")
	return p, translate(err)
}

// ChangePerson lets change alter Role, Rights and Active of a person and
// stores that; what else it alters is not looked at. The sign-ins of a person
// who becomes inactive end. Nothing else is written meanwhile: change must not
// call the store.
//
// An error of change is returned as it is. [behavior.Invalid]: the role is
// none, or nobody would be left who is an active superuser.
// [behavior.ErrNotFound]: there is no such person.
func (s *Store) ChangePerson(ctx context.Context, id string, change func(*behavior.Person) error) (behavior.Person, error) {
	var p behavior.Person
	err := s.write(ctx, "change person", func(tx *sql.Tx) error {
		was, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		asked := was
		if err := change(&asked); err != nil {
			return ownError{err}
		}
		p = was
		p.Role, p.Rights, p.Active = asked.Role, asked.Rights&behavior.AllRights, asked.Active
		if message := checkRole(p.Role); message != "" {
			return behavior.Invalid{"role": {message}}
		}
		return s.update(ctx, tx, was, p)
	})
	if err != nil {
		return behavior.Person{}, err
	}
	return p, nil
}

// update stores what a person has become.
func (s *Store) update(ctx context.Context, tx *sql.Tx, was, p behavior.Person) error {
	_, err := tx.ExecContext(ctx, "UPDATE people SET role = ?, rights = ?, active = ? WHERE id = ?", p.Role, p.Rights.String(), p.Active, p.ID)
	if err != nil {
		return translate(err)
	}
	if owner(was) && !owner(p) {
		if err := checkOwners(ctx, tx); err != nil {
			return err
		}
	}
	if p.Active {
		return nil
	}
	return endAll(ctx, tx, p.ID, "")
}

// RemovePerson removes a person and ends the sign-ins. [behavior.Invalid]:
// nobody would be left who is an active superuser. [behavior.ErrNotFound]:
// there is no such person.
func (s *Store) RemovePerson(ctx context.Context, id string) error {
	return s.write(ctx, "remove person", func(tx *sql.Tx) error {
		was, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM people WHERE id = ?", was.ID); err != nil {
			return translate(err)
		}
		if owner(was) {
			if err := checkOwners(ctx, tx); err != nil {
				return err
			}
		}
		return endAll(ctx, tx, id, "")
	})
}

// SetPassword changes a password and ends the person's sign-ins, but for the
// one with the token keep: the token as the browser's cookie has it, which is
// what Token of the session manager returns, whether the manager hashes tokens
// for its store or not. Empty: all end. [behavior.Invalid]: the password will
// not do. [behavior.ErrNotFound]: there is no such person.
func (s *Store) SetPassword(ctx context.Context, id, password, keep string) error {
	p, err := s.Person(ctx, id)
	if err != nil {
		return err
	}
	if problems := s.CheckPassword(p.Name, password); len(problems) > 0 {
		return behavior.Invalid{"password": problems}
	}
	hash, err := s.hashes.hash(ctx, password)
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return s.write(ctx, "set password", func(tx *sql.Tx) error {
		var there int64 // removed meanwhile: not found
		if err := tx.QueryRowContext(ctx, "UPDATE people SET password = ? WHERE id = ? RETURNING id", hash, id).Scan(&there); err != nil {
			return translate(err)
		}
		return endAll(ctx, tx, id, keep)
	})
}

// owner reports whether a person can do everything, now.
func owner(p behavior.Person) bool { return p.Active && p.Role == behavior.RoleSuperuser }

// checkOwners refuses a change that leaves nobody who can do everything.
func checkOwners(ctx context.Context, tx *sql.Tx) error {
	var left bool
	err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM people WHERE role = ? AND active)", behavior.RoleSuperuser).Scan(&left)
	switch {
	case err != nil:
		return translate(err)
	case !left:
		return behavior.Invalid{"non_field_errors": {"At least one active superuser must be left."}}
	}
	return nil
}

// write runs f in a transaction that nothing else is written during. What f
// returns is wrapped with the attempt; [behavior.Invalid] and the caller's own
// errors come back as they are.
func (s *Store) write(ctx context.Context, what string, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", what, translate(err))
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err = f(tx); err == nil {
		err = translate(tx.Commit())
	}
	var own ownError
	var invalid behavior.Invalid
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own.error
	case errors.As(err, &invalid):
		return invalid
	}
	return fmt.Errorf("%s: %w", what, err)
}

// ownError is an error of the caller's own function.
type ownError struct{ error }

func checkRole(role behavior.Role) string {
	if slices.Contains(behavior.Roles(), role) {
		return ""
	}
	return "A role is superuser, staff, viewer or user."
}
