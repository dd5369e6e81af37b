package account

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/userbehavior/behavior"
)

// endAll ends a person's sign-ins, but for that with the token keep. An ended
// sign-in stays as an empty row until it expires: a request that is under way
// with it would otherwise bring it back to life when it commits.
func endAll(ctx context.Context, q queries, userID, keep string) error {
	asGiven, hashed := keptDigests(keep)
	_, err := q.exec(ctx, "UPDATE @sessions SET data = NULL WHERE user_id = $1 AND token NOT IN ($2, $3)", userID, asGiven, hashed)
	return err
}

// keptDigests are the two forms in which the token of a cookie may be stored:
// that of a session manager that hands tokens over as they are, and that of one
// with HashTokenInStore, which hands over a hash of its own making.
func keptDigests(token string) (asGiven, hashed []byte) {
	if token == "" {
		return []byte{}, []byte{} // no token has an empty digest
	}
	sum := sha256.Sum256([]byte(token))
	return digest(token), digest(base64.RawURLEncoding.EncodeToString(sum[:]))
}

// SignIns lists a person's sign-ins that have neither ended nor expired, the
// newest first. [behavior.ErrNotFound]: there is no such person.
func (s *Store) SignIns(ctx context.Context, userID string) ([]behavior.SignIn, error) {
	if _, err := s.Person(ctx, userID); err != nil {
		return nil, err
	}
	var list []behavior.SignIn
	err := s.db.all(ctx, "SELECT token, data, expiry FROM @sessions WHERE user_id = $1 AND data IS NOT NULL AND expiry > $2",
		values{userID, s.now().UnixMicro()}, func(rows *sql.Rows) error {
			one, err := scanSignIn(rows)
			list = append(list, one)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list sign-ins: %w", err)
	}
	slices.SortStableFunc(list, func(a, b behavior.SignIn) int { return b.Start.Compare(a.Start) })
	return list, nil
}

// scanSignIn reads a row of token, data and expiry. A sign-in that tells
// nothing of itself has an empty address and agent, and the zero Start.
func scanSignIn(rows *sql.Rows) (one behavior.SignIn, err error) {
	var token, data []byte
	var expiry int64
	if err := rows.Scan(&token, &data, &expiry); err != nil {
		return behavior.SignIn{}, err
	}
	_, values, err := scs.GobCodec{}.Decode(data)
	if err != nil {
		return behavior.SignIn{}, err
	}
	one = behavior.SignIn{ID: hex.EncodeToString(token), Expires: time.UnixMicro(expiry).UTC()}
	one.Addr, _ = values[behavior.SessionAddr].(string)
	one.Agent, _ = values[behavior.SessionAgent].(string)
	if start, ok := values[behavior.SessionStart].(int64); ok {
		one.Start = time.UnixMicro(start).UTC()
	}
	return one, nil
}

// EndSignIn ends one of a person's sign-ins. [behavior.ErrNotFound]: the
// person has no such sign-in, or no longer.
func (s *Store) EndSignIn(ctx context.Context, userID, id string) error {
	token, err := hex.DecodeString(id)
	if err != nil {
		return fmt.Errorf("end sign-in: %w", behavior.ErrNotFound)
	}
	n, err := s.db.exec(ctx, "UPDATE @sessions SET data = NULL WHERE token = $1 AND user_id = $2 AND data IS NOT NULL AND expiry > $3",
		token, s.text(userID), s.now().UnixMicro())
	switch {
	case err != nil:
		return fmt.Errorf("end sign-in: %w", err)
	case n == 0:
		return fmt.Errorf("end sign-in: %w", behavior.ErrNotFound)
	}
	return nil
}

// EndSignIns ends all of a person's sign-ins. [behavior.ErrNotFound]: there is
// no such person.
func (s *Store) EndSignIns(ctx context.Context, userID string) error {
	return s.write(ctx, "end sign-ins", func(q queries) error {
		if _, err := find(ctx, q, userID); err != nil {
			return err
		}
		return endAll(ctx, q, userID, "")
	})
}
