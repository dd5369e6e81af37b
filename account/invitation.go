package account

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/userbehavior/behavior"
)

// tokenSize is how many random bytes an invitation's token has.
const tokenSize = 24

// invitationGood holds for the invitation with a digest, as long as it has not
// expired and nobody is there yet.
const invitationGood = "token = $1 AND expiry > $2 AND NOT EXISTS (SELECT 1 FROM @people)"

// Invite returns a new token by which the first person can be added until
// expires, and ends the one before. Only a hash of it is kept.
// [behavior.ErrConflict]: there is somebody already.
func (s *Store) Invite(ctx context.Context, expires time.Time) (token string, err error) {
	token = base64.RawURLEncoding.EncodeToString(random(tokenSize))
	err = s.write(ctx, "invite", func(q queries) error {
		var somebody bool
		if err := q.row(ctx, "SELECT EXISTS (SELECT 1 FROM @people)", nil, &somebody); err != nil {
			return err
		}
		if somebody {
			return behavior.ErrConflict
		}
		if _, err := q.exec(ctx, "DELETE FROM @invitations"); err != nil {
			return err
		}
		_, err := q.exec(ctx, "INSERT INTO @invitations (token, expiry) VALUES ($1, $2)", digest(token), expires.UnixMicro())
		return err
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
	err = s.db.row(ctx, "SELECT EXISTS (SELECT 1 FROM @invitations WHERE "+invitationGood+")", values{digest(token), s.now().UnixMicro()}, &good)
	if err != nil {
		return false, fmt.Errorf("find invitation: %w", err)
	}
	return good, nil
}

// AcceptInvitation adds the first person, an active superuser who has signed in
// with it, and uses the token up. [behavior.ErrCredentials]: the token is not good.
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
	err = s.write(ctx, "accept invitation", func(q queries) error {
		used, err := q.exec(ctx, "DELETE FROM @invitations WHERE "+invitationGood, digest(token), s.now().UnixMicro())
		switch {
		case err != nil:
			return err
		case used == 0: // another request was faster
			return ownError{behavior.ErrCredentials}
		}
		if p, err = s.insert(ctx, q, p, hash); err != nil {
			return err
		}
		p.LastSignIn = p.Created // who has just typed the password is in
		return s.noteSignIn(ctx, q, p.ID, p.LastSignIn)
	})
	if err != nil {
		return behavior.Person{}, err
	}
	return p, nil
}
