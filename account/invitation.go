package account

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/userbehavior/behavior"
)

// tokenSize is how many random bytes an invitation's token has.
const tokenSize = 24

// invitationGood holds for the invitation with a digest, as long as it has not
// expired and nobody is there yet.
const invitationGood = "token = ? AND expiry > ? AND NOT EXISTS (SELECT 1 FROM people)"

// Invite returns a new token by which the first person can be added until
// expires, and ends the one before. Only a hash of it is kept.
// [behavior.ErrConflict]: there is somebody already.
func (s *Store) Invite(ctx context.Context, expires time.Time) (token string, err error) {
	token = base64.RawURLEncoding.EncodeToString(random(tokenSize))
	err = s.write(ctx, "invite", func(tx *sql.Tx) error {
		var somebody bool
		if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM people)").Scan(&somebody); err != nil {
			return translate(err)
		}
		if somebody {
			return behavior.ErrConflict
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM invitations"); err != nil {
			return translate(err)
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO invitations (token, expiry) VALUES (?, ?)", digest(token), expires.UnixMicro())
		return translate(err)
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// Invited reports whether a token is good, now: it is the last one of Invite,
// has not expired, and nobody has been added since. It is looked up by its
// hash, so that the time that this takes tells nothing of other tokens.
func (s *Store) Invited(ctx context.Context, token string) (good bool, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM invitations WHERE "+invitationGood+")",
		digest(token), s.now().UnixMicro()).Scan(&good)
	if err != nil {
		return false, fmt.Errorf("find invitation: %w", translate(err))
	}
	return good, nil
}

// AcceptInvitation adds the first person, an active superuser, and uses the
// token up. [behavior.ErrCredentials]: the token is not good.
// [behavior.Invalid]: the name or the password will not do; the token stays.
func (s *Store) AcceptInvitation(ctx context.Context, token, name, password string) (behavior.Person, error) {
	good, err := s.Invited(ctx, token)
	switch {
	case err != nil:
		return behavior.Person{}, err
	case !good: // before a stranger costs a hash
		return behavior.Person{}, behavior.ErrCredentials
	}
	p := behavior.Person{Name: name, Role: behavior.RoleSuperuser, Active: true}
	hash, err := s.admit(ctx, p, password)
	if err != nil {
		return behavior.Person{}, err
	}
	err = s.write(ctx, "accept invitation", func(tx *sql.Tx) error {
		var used []byte // by another request meanwhile: no row
		err := tx.QueryRowContext(ctx, "DELETE FROM invitations WHERE "+invitationGood+" RETURNING token",
			digest(token), s.now().UnixMicro()).Scan(&used)
		if errors.Is(err, sql.ErrNoRows) {
			return ownError{behavior.ErrCredentials}
		}
		if err != nil {
			return translate(err)
		}
		p, err = s.insert(ctx, tx, p, hash)
		return err
	})
	if err != nil {
		return behavior.Person{}, err
	}
	return p, nil
}
