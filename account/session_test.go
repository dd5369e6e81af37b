package account

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/userbehavior/behavior"
)

// encode makes a session's data as the session manager does.
func encode(t *testing.T, values map[string]any) []byte {
	t.Helper()
	data, err := scs.GobCodec{}.Encode(time.Now(), values)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// found reports whether a session is there.
func found(t *testing.T, s *Store, token string) bool {
	t.Helper()
	_, found, err := s.Find(token)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestASessionLivesUntilItEndsOrExpires(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
		s.now = func() time.Time { return now }
		first, second := encode(t, map[string]any{"n": 1}), encode(t, map[string]any{"n": 2})
		if found(t, s, "token") {
			t.Error("found before it began")
		}
		for _, data := range [][]byte{first, second} {
			if err := s.Commit("token", data, now.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			if got, ok, err := s.Find("token"); err != nil || !ok || !bytes.Equal(got, data) {
				t.Errorf("Find = %q, %v, %v", got, ok, err)
			}
		}
		if found(t, s, "TOKEN") || found(t, s, "") {
			t.Error("found by another token")
		}
		if now = now.Add(time.Hour); found(t, s, "token") {
			t.Error("found after its expiry")
		}
	})
}

func TestAnEndedSessionDoesNotComeBack(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		data, expiry := encode(t, nil), time.Now().Add(time.Hour)
		if err := s.Commit("token", data, expiry); err != nil {
			t.Fatal(err)
		}
		if err := s.Delete("token"); err != nil {
			t.Fatal(err)
		}
		if found(t, s, "token") {
			t.Error("found after it ended")
		}
		// A request that was under way when the session ended commits last.
		if err := s.Commit("token", data, expiry); err != nil {
			t.Fatal(err)
		}
		if found(t, s, "token") {
			t.Error("found again")
		}
		if err := s.Delete("unknown"); err != nil {
			t.Errorf("Delete of an unknown token: %v", err)
		}
	})
}

func TestExpiredSessionsAreRemoved(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		now := time.Now()
		for token, expiry := range map[string]time.Time{"old": now.Add(-time.Second), "new": now.Add(time.Hour)} {
			if err := s.Commit(token, encode(t, nil), expiry); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.clean(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, s, "sessions"); n != 1 || !found(t, s, "new") {
			t.Errorf("%d sessions left", n)
		}
	})
}

func TestNoTokenIsInTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "people.sqlite")
	s := openAt(t, path)
	token := strings.Repeat("secret", 8)
	if err := s.Commit(token, encode(t, nil), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte("secret")) {
			t.Errorf("%s holds the token", filepath.Base(name))
		}
	}
}

func TestDataThatIsNoSessionIsRefused(t *testing.T) {
	t.Parallel()
	if err := open(t).Commit("token", []byte("garbage"), time.Now().Add(time.Hour)); err == nil {
		t.Error("stored")
	}
}

// The store under the session manager that asks for it.
func TestTheSessionManagerKeepsItsSessionsHere(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		manager := scs.New()
		manager.Store = s
		mux := http.NewServeMux()
		mux.HandleFunc("POST /in", func(_ http.ResponseWriter, r *http.Request) { manager.Put(r.Context(), behavior.SessionUser, "1") })
		mux.HandleFunc("POST /out", func(_ http.ResponseWriter, r *http.Request) { _ = manager.Destroy(r.Context()) })
		mux.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(manager.GetString(r.Context(), behavior.SessionUser)))
		})
		server := manager.LoadAndSave(mux)
		var cookies []*http.Cookie
		ask := func(method, path string) string {
			r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
			for _, c := range cookies {
				r.AddCookie(c)
			}
			w := httptest.NewRecorder()
			server.ServeHTTP(w, r)
			if set := w.Result().Cookies(); len(set) > 0 && method == http.MethodPost && path == "/in" {
				cookies = set
			}
			return w.Body.String()
		}
		ask("POST", "/in")
		if who := ask("GET", "/who"); who != "1" {
			t.Errorf("signed in: %q", who)
		}
		ask("POST", "/out")
		if who := ask("GET", "/who"); who != "" {
			t.Errorf("signed out: %q", who)
		}
	})
}
