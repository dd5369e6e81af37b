package account

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"github.com/userbehavior/behavior"
)

// A file as the first migration made it, with people and a sign-in.
func TestAFileOfTheFirstSchemaIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "people.sqlite")
	old := openOld(t, path)
	h := newHasher()
	defer h.close()
	hash, err := h.hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`INSERT INTO users (name, role, active, password, created, last_sign_in) VALUES
			('ann', 'superuser', 1, $1, 1000000, 2000000), ('bob', 'staff', 0, $1, 1000001, NULL), ('carl', 'user', 1, $1, 1000002, NULL),
			('gone', 'user', 1, $1, 1, NULL), ('also gone', 'user', 1, $1, 1, NULL)`,
		"DELETE FROM users WHERE name LIKE '%gone' AND $1 > ''",
	} {
		if _, err := old.ExecContext(t.Context(), statement, hash); err != nil {
			t.Fatal(err)
		}
	}
	data := encode(t, map[string]any{behavior.SessionUser: "1"})
	if _, err := old.ExecContext(t.Context(), "INSERT INTO sessions (token, user_id, data, expiry) VALUES (?, '1', ?, ?)",
		digest("token"), data, time.Now().Add(time.Hour).UnixMicro()); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}

	s := openAt(t, path)
	got, err := s.People(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := func(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
	want := []behavior.Person{
		{ID: "1", Name: "ann", Role: behavior.RoleSuperuser, Active: true, Created: at(1000000), LastSignIn: at(2000000)},
		{ID: "2", Name: "bob", Role: behavior.RoleStaff, Rights: behavior.AllRights, Created: at(1000001)},
		{ID: "3", Name: "carl", Role: behavior.RoleUser, Active: true, Created: at(1000002)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Authenticate(t.Context(), "carl", password); err != nil {
		t.Errorf("the password of before: %v", err)
	}
	if len(signIns(t, s, "1")) != 1 || !found(t, s, "token") {
		t.Error("the sign-in of before is lost")
	}
	if p := addAll(t, s, behavior.Person{Name: "dora", Role: behavior.RoleViewer})[0]; p.ID != "6" {
		t.Errorf("dora has the id %s, which somebody else had", p.ID)
	}
}

// Also in a file from which everybody was removed no id is given again.
func TestAnEmptyFileOfTheFirstSchemaRemembersItsIDs(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "people.sqlite")
	old := openOld(t, path)
	for _, statement := range []string{"INSERT INTO users (name, role, active, password, created) VALUES ('ann', 'user', 1, '', 1)", "DELETE FROM users"} {
		if _, err := old.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if p := add(t, openAt(t, path), "bob"); p.ID != "2" {
		t.Errorf("bob has the id %s", p.ID)
	}
}

// openOld makes a file with the first migration alone.
func openOld(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	return db
}
