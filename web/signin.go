package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/userbehavior/behavior"
)

// How long a sign-in lasts. One that is not to be kept ends with the browser,
// a day after it began at the latest, and when nobody uses it for half a day.
const (
	signInTime = 14 * 24 * time.Hour
	briefTime  = 24 * time.Hour
	idleTime   = 12 * time.Hour

	// seenEvery is how often the use of a brief sign-in is noted.
	seenEvery = 10 * time.Minute
)

// sessionSeen is the key of a sign-in's data that tells when it was used last,
// in microseconds since 1970. Only brief sign-ins have it.
const sessionSeen = "seen"

// maxAgentText is how much of a user agent is kept with a sign-in, in bytes.
const maxAgentText = 500

// newSignIns returns the keeper of sign-ins, nil where nobody can sign in.
// Tokens are stored as hashes, so that whoever reads the table cannot use them.
func newSignIns(s behavior.Settings) *scs.SessionManager {
	if s.People == nil || s.Identify != nil {
		return nil
	}
	// Not by scs.New: that starts a goroutine that nothing can stop, for a store
	// in memory that we do not use.
	return &scs.SessionManager{
		Store: s.People, Codec: scs.GobCodec{}, Lifetime: signInTime, HashTokenInStore: true, Cookie: scs.SessionCookie{Name: "sessionid"},
	}
}

// apart is a context that hides what session managers of the application have
// put into it. Ours has no key of its own to tell its sign-ins from theirs.
type apart struct{ context.Context }

// Value hides what belongs to the package of session managers.
func (c apart) Value(key any) any {
	if t := reflect.TypeOf(key); t != nil && t.PkgPath() == reflect.TypeFor[scs.SessionManager]().PkgPath() {
		return nil
	}
	return c.Context.Value(key)
}

// startSignIn gives the client a new sign-in, whatever it had before: one that
// is kept, or a brief one.
func (h *handler) startSignIn(w http.ResponseWriter, r *http.Request, user behavior.User, keep bool) error {
	ctx, err := h.signInOrNew(r)
	if err != nil {
		return err
	}
	if err := h.signIns.Clear(ctx); err != nil {
		return err
	}
	now := h.settings.Now()
	// The data of a sign-in is told by [behavior.People]; when it ends, by the
	// clock of the machine, as the session manager reads it.
	h.signIns.Put(ctx, behavior.SessionUser, user.ID)
	h.signIns.Put(ctx, behavior.SessionAgent, cutText(r.UserAgent(), maxAgentText))
	h.signIns.Put(ctx, behavior.SessionStart, now.UnixMicro())
	if addr := h.clientAddr(r); addr.IsValid() {
		h.signIns.Put(ctx, behavior.SessionAddr, addr.String())
	}
	lasts := signInTime
	if !keep {
		h.signIns.Put(ctx, sessionSeen, now.UnixMicro())
		lasts = idleTime
	}
	if err := h.rotate(ctx, w, r, time.Now().Add(lasts)); err != nil {
		return err
	}
	h.newToken(w, r)
	return nil
}

// rotate gives a sign-in another token, and stores it until it ends.
func (h *handler) rotate(ctx context.Context, w http.ResponseWriter, r *http.Request, ends time.Time) error {
	if err := h.signIns.RenewToken(ctx); err != nil {
		return err
	}
	h.signIns.SetDeadline(ctx, ends)
	token, expiry, err := h.signIns.Commit(ctx)
	if err != nil {
		return err
	}
	if h.signIns.Exists(ctx, sessionSeen) {
		expiry = time.Time{} // the cookie ends with the browser
	}
	h.setSignInCookie(w, r, token, expiry)
	return nil
}

// left is how long a brief sign-in lasts if nobody uses it again; brief is
// false for one that is kept.
func (h *handler) left(ctx context.Context) (left time.Duration, brief bool) {
	seen := h.signIns.GetInt64(ctx, sessionSeen)
	if seen == 0 {
		return 0, false
	}
	now := h.settings.Now()
	start := h.signIns.GetInt64(ctx, behavior.SessionStart)
	return min(idleTime-now.Sub(time.UnixMicro(seen)), briefTime-now.Sub(time.UnixMicro(start))), true
}

// use notes now and then that a brief sign-in is used, and reports whether the
// sign-in still lasts. What cannot be noted does no harm: the sign-in only ends
// earlier.
func (h *handler) use(ctx context.Context, r *http.Request) bool {
	left, brief := h.left(ctx)
	now := h.settings.Now()
	switch {
	case !brief:
		return true
	case left <= 0:
		return false
	case now.Sub(time.UnixMicro(h.signIns.GetInt64(ctx, sessionSeen))) < seenEvery:
		return true
	}
	h.signIns.Put(ctx, sessionSeen, now.UnixMicro())
	left, _ = h.left(ctx)
	h.signIns.SetDeadline(ctx, time.Now().Add(left))
	if _, _, err := h.signIns.Commit(ctx); err != nil {
		h.log(r, slog.LevelWarn, fmt.Errorf("note the use of a sign-in: %w", err))
	}
	return true
}

// signIn loads the sign-in that the request's cookie names; a nil context
// means that there is no cookie.
func (h *handler) signIn(r *http.Request) (context.Context, error) {
	v := visitOf(r)
	cookie, err := r.Cookie(h.signIns.Cookie.Name)
	if err != nil || v.signIn != nil {
		return v.signIn, nil //nolint:nilerr // no cookie is no error
	}
	if v.signIn, err = h.signIns.Load(apart{r.Context()}, cookie.Value); err != nil {
		return nil, fmt.Errorf("load sign-in: %w", err)
	}
	return v.signIn, nil
}

// signInOrNew loads the client's sign-in, or an empty one.
func (h *handler) signInOrNew(r *http.Request) (context.Context, error) {
	ctx, err := h.signIn(r)
	if err != nil || ctx != nil {
		return ctx, err
	}
	return h.signIns.Load(apart{r.Context()}, "")
}

// signedInUser is the user of the sign-in that the request's cookie names, the
// zero User for none. A sign-in of a user who is no longer there counts for
// nothing.
func (h *handler) signedInUser(r *http.Request) (behavior.User, error) {
	ctx, err := h.signIn(r)
	if err != nil || ctx == nil {
		return behavior.User{}, err
	}
	id := h.signIns.GetString(ctx, behavior.SessionUser)
	if id == "" || !h.use(ctx, r) {
		return behavior.User{}, nil
	}
	user, err := h.settings.People.User(ctx, id)
	switch {
	case errors.Is(err, behavior.ErrNotFound):
		return behavior.User{}, nil
	case err != nil:
		return behavior.User{}, fmt.Errorf("find user: %w", err)
	}
	return user, nil
}

// signedIn reports whether the caller came by a sign-in that can be ended.
func (h *handler) signedIn(r *http.Request) bool {
	_, _ = h.caller(r) // finds out
	return visitOf(r).signedIn
}

// setSignInCookie names a sign-in to the client. A time that is past takes the
// cookie away; with the zero time it ends with the browser.
func (h *handler) setSignInCookie(w http.ResponseWriter, r *http.Request, token string, expiry time.Time) {
	http.SetCookie(w, &http.Cookie{
		Name: h.signIns.Cookie.Name, Value: token, Path: "/", Expires: expiry,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: h.secure(r),
	})
}

// cutText is the beginning of a text, in UTF-8: so many bytes at most.
func cutText(text string, limit int) string {
	return strings.ToValidUTF8(text[:min(len(text), limit)], "")
}
