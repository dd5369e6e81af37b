package account

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

func TestEveryConnectionIsDurableAndChecksItsKeys(t *testing.T) {
	t.Parallel()
	s := open(t)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000",
	} {
		var got string
		if err := s.db.database.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("PRAGMA %s = %s, want %s", pragma, got, want)
		}
	}
}

func TestTheFileIsForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "people.sqlite")
	add(t, openAt(t, path), "ann")
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", filepath.Base(name), mode)
		}
	}
}

func TestOpenTakesAnyPath(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "50% of ?mode=ro&people #1.sqlite")
	add(t, openAt(t, path), "ann")
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Errorf("the file: %v, %v", info, err)
	}
	people, err := openAt(t, path).People(t.Context())
	if err != nil || len(people) != 1 {
		t.Errorf("people = %v, %v", people, err)
	}
}

func TestManyOpenAnEmptyFileAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "people.sqlite")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s, err := Open(t.Context(), path)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		setUp func(t *testing.T, path string)
		is    error
		says  string
	}{
		{"a newer schema", newerSchema, behavior.ErrSchema, "the file has schema 9999, this program knows"},
		{"a file of something else", func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, behavior.ErrUnavailable, "not a SQLite database"},
		{"a folder", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, nil, "is a directory"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "people.sqlite")
			c.setUp(t, path)
			_, err := Open(t.Context(), path)
			if err == nil {
				t.Fatal("opened")
			}
			if c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error = %v", err)
			}
		})
	}
}

// TestOpenLeavesAForeignFileAlone opens the databases of others, among them our
// own one of records.
func TestOpenLeavesAForeignFileAlone(t *testing.T) {
	t.Parallel()
	for name, tables := range map[string]string{
		"of something else":      "CREATE TABLE auth_user (id INTEGER); INSERT INTO auth_user VALUES (1)",
		"of records":             "CREATE TABLE behavior_schema (version BIGINT); CREATE TABLE sessions (id INTEGER)",
		"with people of its own": "CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "other.sqlite")
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.ExecContext(t.Context(), tables); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "a database of something else") {
				t.Errorf("error = %v", err)
			}
			after, err := os.ReadFile(path)
			files, _ := filepath.Glob(path + "*")
			if err != nil || !bytes.Equal(before, after) || len(files) != 1 {
				t.Errorf("the file was changed, error %v; there are %q", err, files)
			}
		})
	}
}

func newerSchema(t *testing.T, path string) {
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.database.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAClosedStoreIsUnavailable(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		for range 2 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		calls := map[string]func() error{
			"People":       func() error { _, err := s.People(t.Context()); return err },
			"Person":       func() error { _, err := s.Person(t.Context(), "1"); return err },
			"User":         func() error { _, err := s.User(t.Context(), "1"); return err },
			"Authenticate": func() error { _, err := s.Authenticate(t.Context(), "ann", "x"); return err },
			"AddPerson": func() error {
				_, err := s.AddPerson(t.Context(), behavior.Person{Name: "ann", Role: behavior.RoleUser}, password)
				return err
			},
			"ChangePerson": func() error {
				_, err := s.ChangePerson(t.Context(), "1", func(*behavior.Person) error { return nil })
				return err
			},
			"SetPassword":  func() error { return s.SetPassword(t.Context(), "1", password, "") },
			"RemovePerson": func() error { return s.RemovePerson(t.Context(), "1") },
			"SignIns":      func() error { _, err := s.SignIns(t.Context(), "1"); return err },
			"EndSignIn":    func() error { return s.EndSignIn(t.Context(), "1", "00") },
			"EndSignIns":   func() error { return s.EndSignIns(t.Context(), "1") },
			"Invite":       func() error { _, err := s.Invite(t.Context(), time.Now()); return err },
			"Invited":      func() error { _, err := s.Invited(t.Context(), "x"); return err },
			"Accept":       func() error { _, err := s.AcceptInvitation(t.Context(), "x", "ann", password); return err },
			"Note":         func() error { return s.Note(t.Context(), behavior.AuditEntry{}) },
			"Entries":      func() error { _, _, err := s.Entries(t.Context(), behavior.AuditQuery{}); return err },
			"LastSettings": func() error { _, err := s.LastSettings(t.Context()); return err },
			"KeepSettings": func() error { return s.KeepSettings(t.Context(), nil) },
			"Find":         func() error { _, _, err := s.Find("x"); return err },
			"Commit":       func() error { return s.Commit("x", encode(t, nil), time.Now()) },
			"Delete":       func() error { return s.Delete("x") },
		}
		for name, call := range calls {
			if err := call(); !errors.Is(err, behavior.ErrUnavailable) {
				t.Errorf("%s = %v", name, err)
			}
		}
	})
}

func TestACancelledQuestionSaysSo(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Authenticate(ctx, "ann", "x"); !errors.Is(err, context.Canceled) {
			t.Errorf("Authenticate = %v", err)
		}
	})
}

func TestTwoProcessesWriteAtOnce(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		stores := h.twice(t)
		one, other := stores[0], stores[1]
		ann := add(t, one, "ann")
		var all sync.WaitGroup
		for _, s := range []*Store{one, other} {
			all.Go(func() {
				for range 50 {
					_, err := s.ChangePerson(t.Context(), ann.ID, func(p *behavior.Person) error { p.Active = !p.Active; return nil })
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if p, err := one.Person(t.Context(), ann.ID); err != nil || !p.Active {
			t.Errorf("a change was lost: %+v, %v", p, err)
		}
	})
}

// count returns how many rows a table has.
func count(t *testing.T, s *Store, table string) (n int) {
	t.Helper()
	if err := s.db.row(t.Context(), "SELECT count(*) FROM @"+table, nil, &n); err != nil {
		t.Fatal(err)
	}
	return n
}
