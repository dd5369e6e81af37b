package account

import (
	"context"
	"errors"
	"time"

	"github.com/userbehavior/behavior"
)

// Taken is a person who comes from a Django site.
type Taken struct {
	// Person: the Created and LastSignIn are kept, and the ID where it is free
	// and was never anybody's. Empty: a new one is given.
	Person behavior.Person

	// Hash is the password's as Django writes it: PBKDF2 or argon2id. With any
	// other the person is taken all the same, but no password fits until one
	// is set: NoPassword is then true.
	Hash       string
	NoPassword bool

	// Err is why the person was not taken: [behavior.Invalid]: what is wrong
	// with name or role; [behavior.ErrConflict]: somebody else has the name;
	// [behavior.ErrDuplicate]: the same person is there already, and stays as
	// is.
	Err error
}

// Take adds people in one transaction. Each is added or not by itself, see
// [Taken]; an error of Take itself means that none was. The passwords are not
// checked against the rules for new ones, and get hashes of our own when they
// are first found right. An invitation ends with it.
func (s *Store) Take(ctx context.Context, taken []Taken) error {
	return s.write(ctx, "take people", func(q queries) error {
		added := false
		for i := range taken {
			t := &taken[i]
			if t.NoPassword = !verifiable(t.Hash); t.NoPassword {
				t.Hash = unusable
			}
			var err error
			t.Person, err = s.takeOne(ctx, q, t.Person, t.Hash)
			var invalid behavior.Invalid
			switch {
			case err == nil:
				added = true
			case errors.As(err, &invalid), errors.Is(err, behavior.ErrConflict), errors.Is(err, behavior.ErrDuplicate):
				t.Err = err
			default:
				return err
			}
		}
		if !added {
			return nil
		}
		_, err := q.exec(ctx, "DELETE FROM @invitations")
		return err
	})
}

// takeOne adds one person, and returns the person as stored.
func (s *Store) takeOne(ctx context.Context, q queries, p behavior.Person, hash string) (behavior.Person, error) {
	problems := behavior.Invalid{}
	if message := checkName(p.Name); message != "" {
		problems["name"] = []string{message}
	}
	if message := checkRole(p.Role); message != "" {
		problems["role"] = []string{message}
	}
	if len(problems) > 0 {
		return p, problems
	}
	if p.Created.IsZero() {
		p.Created = s.now()
	}
	p.Created, p.Rights = p.Created.UTC().Truncate(time.Microsecond), p.Rights&behavior.AllRights
	var created int64
	switch err := q.row(ctx, "SELECT created FROM @people WHERE name = $1", values{p.Name}, &created); {
	case err == nil && created/1000 == p.Created.UnixMilli(): // a dump has no more of it
		return p, behavior.ErrDuplicate
	case err == nil:
		return p, behavior.ErrConflict
	case !errors.Is(err, behavior.ErrNotFound):
		return p, err
	}
	if err := keepID(ctx, q, &p); err != nil {
		return p, err
	}
	var last any
	if !p.LastSignIn.IsZero() {
		last = p.LastSignIn.UnixMicro()
	}
	columns := "name, role, rights, active, created, last_sign_in, password"
	row := values{p.Name, string(p.Role), p.Rights.String(), p.Active, p.Created.UnixMicro(), last, hash}
	if p.ID == "" {
		statement, args := insertRows("people", columns, []values{row})
		return p, q.row(ctx, statement+" RETURNING id", args, &p.ID)
	}
	id, _ := rowID(p.ID) // keepID has looked at it
	statement, args := insertRows("people", columns+", id", []values{append(row, id)})
	if _, err := q.exec(ctx, statement, args...); err != nil {
		return p, err
	}
	_, err := q.exec(ctx, q.database.setLastID, id)
	return p, err
}

// maxTakenID leaves as many ids above it as below: others are counted on from
// the highest.
const maxTakenID = 1 << 52

// keepID empties the id of a person who cannot have it: because it is none, or
// somebody else's now or once. The audit trail remembers whose it was.
func keepID(ctx context.Context, q queries, p *behavior.Person) error {
	id, err := rowID(p.ID)
	if err != nil || id < 1 || id > maxTakenID {
		p.ID = ""
		return nil //nolint:nilerr // such an id is not kept
	}
	var used bool
	err = q.row(ctx, `SELECT EXISTS (SELECT 1 FROM @people WHERE id = $1)
		OR EXISTS (SELECT 1 FROM @audit WHERE user_id = $2) OR EXISTS (SELECT 1 FROM @audit WHERE kind = $3 AND object_id = $2)`,
		values{id, p.ID, string(behavior.KindPerson)}, &used)
	if used {
		p.ID = ""
	}
	return err
}
