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
func scan(row func(dest ...any) error) (p behavior.Person, hash string, err error) {
	var rights string
	var created int64
	var last sql.NullInt64
	if err := row(&p.ID, &p.Name, &p.Role, &rights, &p.Active, &created, &last, &hash); err != nil {
		return behavior.Person{}, "", err
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

// one returns the person that a condition with one value finds, and the hash of
// the password.
func (q queries) one(ctx context.Context, condition string, value any) (behavior.Person, string, error) {
	return scan(func(dest ...any) error {
		return q.row(ctx, "SELECT "+personColumns+" FROM @people WHERE "+condition, values{value}, dest...)
	})
}

// find returns the person with an id.
func find(ctx context.Context, q queries, id string) (behavior.Person, error) {
	n, err := rowID(id)
	if err != nil {
		return behavior.Person{}, fmt.Errorf("find person: %w", err)
	}
	p, _, err := q.one(ctx, "id = $1", n)
	if err != nil {
		return behavior.Person{}, fmt.Errorf("find person: %w", err)
	}
	return p, nil
}

// People lists all persons by name.
func (s *Store) People(ctx context.Context) ([]behavior.Person, error) {
	var people []behavior.Person
	err := s.db.all(ctx, "SELECT "+personColumns+" FROM @people ORDER BY name", nil, func(rows *sql.Rows) error {
		p, _, err := scan(rows.Scan)
		people = append(people, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list people: %w", err)
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
	p, _, err := s.db.one(ctx, "name = $1", s.text(name))
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
	p, hash, err := s.db.one(ctx, "name = $1", s.text(name))
	if err != nil && !errors.Is(err, behavior.ErrNotFound) {
		return behavior.User{}, fmt.Errorf("find user: %w", err)
	}
	if !p.Active || !verifiable(hash) { // nor is the zero Person
		hash = s.hashes.decoy
	}
	right, fresh, err := s.hashes.verify(ctx, p.ID, hash, password)
	if err == nil && !right {
		// A guess was wrong also when nobody waits for the answer any more: it
		// must be counted.
		err = s.even(context.WithoutCancel(ctx), hash, password)
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
		_ = s.noteSignIn(ctx, s.db, p.ID, s.now())
	}
	return p.User(), nil
}

// noteSignIn notes when somebody has signed in.
func (s *Store) noteSignIn(ctx context.Context, q queries, id string, at time.Time) error {
	n, err := rowID(id)
	if err != nil {
		return err
	}
	_, err = q.exec(ctx, "UPDATE @people SET last_sign_in = $1 WHERE id = $2", at.UnixMicro(), n)
	return err
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
	err = s.write(ctx, "add person", func(q queries) error {
		p, err = s.insert(ctx, q, p, hash)
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
func (s *Store) insert(ctx context.Context, q queries, p behavior.Person, hash string) (behavior.Person, error) {
	p.Rights &= behavior.AllRights
	p.Created, p.LastSignIn = s.now().UTC().Truncate(time.Microsecond), time.Time{}
	err := q.row(ctx, "INSERT INTO @people (name, role, rights, active, created, password) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
		values{p.Name, string(p.Role), p.Rights.String(), p.Active, p.Created.UnixMicro(), hash}, &p.ID)
	if err != nil {
		return behavior.Person{}, err
	}
	_, err = q.exec(ctx, "DELETE FROM @invitations")
	return p, err
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
	err := s.write(ctx, "change person", func(q queries) error {
		was, err := find(ctx, q, id)
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
		return update(ctx, q, was, p)
	})
	if err != nil {
		return behavior.Person{}, err
	}
	return p, nil
}

// update stores what a person has become.
func update(ctx context.Context, q queries, was, p behavior.Person) error {
	n, err := rowID(p.ID)
	if err != nil {
		return err
	}
	if _, err := q.exec(ctx, "UPDATE @people SET role = $1, rights = $2, active = $3 WHERE id = $4", string(p.Role), p.Rights.String(), p.Active, n); err != nil {
		return err
	}
	if owner(was) && !owner(p) {
		if err := checkOwners(ctx, q); err != nil {
			return err
		}
	}
	if p.Active {
		return nil
	}
	return endAll(ctx, q, p.ID, "")
}

// RemovePerson removes a person and ends the sign-ins. [behavior.Invalid]:
// nobody would be left who is an active superuser. [behavior.ErrNotFound]:
// there is no such person.
func (s *Store) RemovePerson(ctx context.Context, id string) error {
	return s.write(ctx, "remove person", func(q queries) error {
		was, err := find(ctx, q, id)
		if err != nil {
			return err
		}
		n, err := rowID(was.ID)
		if err != nil {
			return err
		}
		if _, err := q.exec(ctx, "DELETE FROM @people WHERE id = $1", n); err != nil {
			return err
		}
		if owner(was) {
			if err := checkOwners(ctx, q); err != nil {
				return err
			}
		}
		return endAll(ctx, q, id, "")
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
	return s.write(ctx, "set password", func(q queries) error {
		n, err := rowID(p.ID)
		if err != nil {
			return err
		}
		switch changed, err := q.exec(ctx, "UPDATE @people SET password = $1 WHERE id = $2", hash, n); {
		case err != nil:
			return err
		case changed == 0: // removed meanwhile
			return behavior.ErrNotFound
		}
		return endAll(ctx, q, id, keep)
	})
}

// owner reports whether a person can do everything, now.
func owner(p behavior.Person) bool { return p.Active && p.Role == behavior.RoleSuperuser }

// checkOwners refuses a change that leaves nobody who can do everything.
func checkOwners(ctx context.Context, q queries) error {
	var left bool
	err := q.row(ctx, "SELECT EXISTS (SELECT 1 FROM @people WHERE role = $1 AND active)", values{string(behavior.RoleSuperuser)}, &left)
	switch {
	case err != nil:
		return err
	case !left:
		return behavior.Invalid{"non_field_errors": {"At least one active superuser must be left."}}
	}
	return nil
}

// text is a text as it can be stored, and looked for.
func (s *Store) text(text string) string { return s.db.database.textOf(text) }

func checkRole(role behavior.Role) string {
	if slices.Contains(behavior.Roles(), role) {
		return ""
	}
	return "A role is superuser, staff, viewer or user."
}
