package account

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/userbehavior/behavior"
)

// FindCtx returns the data of a session; found is false when there is none,
// or it has ended or expired.
func (s *Store) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	err = s.db.row(ctx, "SELECT data FROM @sessions WHERE token = $1 AND expiry > $2 AND data IS NOT NULL",
		values{digest(token), s.now().UnixMicro()}, &data)
	switch {
	case errors.Is(err, behavior.ErrNotFound):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	return data, true, nil
}

// CommitCtx stores a session's data until expiry, in place of what it had. A
// session that has ended stays ended.
func (s *Store) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	_, values, err := scs.GobCodec{}.Decode(data)
	if err != nil {
		return fmt.Errorf("store session: %w", err)
	}
	user, _ := values[behavior.SessionUser].(string)
	_, err = s.db.exec(ctx, `INSERT INTO @sessions (token, user_id, data, expiry) VALUES ($1, $2, $3, $4)
		ON CONFLICT (token) DO UPDATE SET user_id = excluded.user_id, data = excluded.data, expiry = excluded.expiry
		WHERE sessions.data IS NOT NULL`, digest(token), s.text(user), data, expiry.UnixMicro())
	if err != nil {
		return fmt.Errorf("store session: %w", err)
	}
	return nil
}

// DeleteCtx ends a session. One that does not exist is no error.
func (s *Store) DeleteCtx(ctx context.Context, token string) error {
	if _, err := s.db.exec(ctx, "UPDATE @sessions SET data = NULL WHERE token = $1", digest(token)); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// Find is FindCtx without a context.
func (s *Store) Find(token string) (data []byte, found bool, err error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s *Store) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s *Store) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// clean removes the sessions and invitations that have expired.
func (s *Store) clean(ctx context.Context) error {
	for _, table := range []string{"sessions", "invitations"} {
		if _, err := s.db.exec(ctx, "DELETE FROM @"+table+" WHERE expiry <= $1", s.now().UnixMicro()); err != nil {
			return fmt.Errorf("remove expired %s: %w", table, err)
		}
	}
	return nil
}

// digest is the form in which a token is kept. Tokens are random, so that a
// plain hash is enough.
func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
