package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/django"
	"github.com/userbehavior/behavior/internal/testserver"
)

// djangoFixture is a file of the site that package django has for its tests.
func djangoFixture(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../internal/django/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// djangoFile makes a SQLite file of statements.
func djangoFile(t *testing.T, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db.sqlite3")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		_, fault := db.ExecContext(t.Context(), statement)
		err = errors.Join(err, fault)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func djangoServer(t *testing.T) (dsn string) {
	t.Helper()
	dsn = testserver.SharedPostgres(t).Database(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.PgConn().Exec(t.Context(), djangoFixture(t, "site.postgres.sql")).ReadAll(); err != nil {
		t.Fatal(err)
	}
	return dsn
}

// moved is what a store holds after a take-over.
type moved struct {
	Sessions     []behavior.Session
	PageViews    []behavior.PageView
	Interactions []behavior.Interaction
}

// takeOver takes over a source into a store of its own.
func takeOver(t *testing.T, source string) (all moved, tally *djangoTally) {
	t.Helper()
	tracker := trackerIn(t, t.TempDir())
	s, err := django.Open(t.Context(), source, nil, django.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := &takeover{source: s, zone: time.UTC, users: "none", tally: newDjangoTally(io.Discard), tracker: tracker}
	if err := c.all(t.Context()); err != nil {
		t.Fatal(err)
	}
	var faults [3]error
	all.Sessions, _, faults[0] = tracker.Sessions(t.Context(), behavior.Query{})
	all.PageViews, _, faults[1] = tracker.PageViews(t.Context(), behavior.Query{})
	all.Interactions, _, faults[2] = tracker.Interactions(t.Context(), behavior.Query{})
	if err := errors.Join(faults[:]...); err != nil {
		t.Fatal(err)
	}
	return all, c.tally
}

func TestASiteIsTheSameFromEverySource(t *testing.T) {
	t.Parallel()
	want, _ := takeOver(t, djangoFile(t, djangoFixture(t, "site.sqlite.sql")))

	// What is derived is what a client's own records would have.
	first, seen, done := want.Sessions[0], want.PageViews[1], want.Interactions[0]
	if first.Visitor != "2" || first.Browser != "Firefox" || first.OS != "Linux" || first.Device != "desktop" ||
		first.EntryPath != "/" || first.ExitPath != "/products" {
		t.Errorf("session: %+v", first)
	}
	if seen.Host != "shop.example.com" || seen.Path != "/products" || seen.ID != 2 || seen.Session.ID != 1 {
		t.Errorf("page view: %+v", seen)
	}
	if string(done.Metadata) != `{"x":10,"y":20.5,"tags":["a",{"\u00e9":null}]}` || !done.Timestamp.Equal(time.Date(2025, 3, 1, 12, 0, 30, 250e6, time.UTC)) {
		t.Errorf("interaction: %+v", done)
	}
	if mobile := want.Sessions[1]; mobile.Device != "mobile" || mobile.StartTime.Nanosecond() != 123456000 {
		t.Errorf("session: %+v", mobile)
	}

	// A dump has no microseconds, and every source its own spelling of JSON.
	sameJSON := cmp.Transformer("JSON", func(raw []byte) string {
		return strings.NewReplacer(`\u00e9`, "é", `"ok":true,"big":12345678901234567890`, `"big":12345678901234567890,"ok":true`,
			`"x":10,"y":20.5,"tags":["a",{"\u00e9":null}]`, `"x":10,"y":20.5,"tags":["a",{"é":null}]`).Replace(string(raw))
	})
	got, _ := takeOver(t, "../../internal/django/testdata/site.json")
	milliseconds := cmp.Comparer(func(a, b time.Time) bool { return a.Truncate(time.Millisecond).Equal(b.Truncate(time.Millisecond)) })
	if diff := cmp.Diff(want, got, sameJSON, milliseconds); diff != "" {
		t.Errorf("a dump: %s", diff)
	}
	got, _ = takeOver(t, djangoServer(t))
	if diff := cmp.Diff(want, got, sameJSON); diff != "" {
		t.Errorf("PostgreSQL: %s", diff)
	}
}

// longSite is a site with many records, in batches that do not come out even.
func longSite(t *testing.T, records int) string {
	t.Helper()
	return djangoFile(t, djangoFixture(t, "site.sqlite.sql"), fmt.Sprintf(`
		DELETE FROM user_behavior_pageview; DELETE FROM user_behavior_userinteraction; DELETE FROM user_behavior_usersession;
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < %d)
		INSERT INTO user_behavior_usersession SELECT i, 's'||i, 'agent', '192.0.2.1', '2025-03-01 12:00:00', NULL, NULL FROM n;
		INSERT INTO user_behavior_pageview SELECT id, id, 'https://example.com/'||id, start_time FROM user_behavior_usersession;
		INSERT INTO user_behavior_userinteraction SELECT id, id, 'click', '#a', '{}', start_time FROM user_behavior_usersession`, records))
}

func TestAnInterruptedTakeOverGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("behavior")
	if err != nil {
		t.Fatal(err)
	}
	const records = 3*maxBatchLines + 7
	source, dir := longSite(t, records), t.TempDir()
	run := func(after time.Duration) string {
		var stdout, stderr bytes.Buffer
		c := exec.CommandContext(t.Context(), program, "import", "django", source, "--data", dir, "--users", "none")
		c.Dir, c.Env, c.Stdout, c.Stderr = dir, cleanEnv(), &stdout, &stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if after > 0 {
			kill := time.AfterFunc(after, func() { _ = c.Process.Kill() })
			defer kill.Stop()
		}
		_ = c.Wait()
		return stdout.String() + stderr.String()
	}
	for range 3 {
		run(time.Duration(200+rand.IntN(1500)) * time.Millisecond) // at any moment
	}
	if told := run(0); strings.Contains(told, "Refused") {
		t.Error(told)
	}
	tracker := trackerIn(t, dir)
	for name, list := range map[string]func(context.Context, behavior.Query) (int, error){
		"sessions": func(ctx context.Context, q behavior.Query) (int, error) {
			_, n, err := tracker.Sessions(ctx, q)
			return n, err
		},
		"page views": func(ctx context.Context, q behavior.Query) (int, error) {
			_, n, err := tracker.PageViews(ctx, q)
			return n, err
		},
		"interactions": func(ctx context.Context, q behavior.Query) (int, error) {
			_, n, err := tracker.Interactions(ctx, q)
			return n, err
		},
	} {
		if n, err := list(t.Context(), behavior.Query{Limit: 1}); n != records || err != nil {
			t.Errorf("%d %s of %d, %v", n, name, records, err)
		}
	}
}

// Many reasons, which may hold strangers' texts, must not fill the memory.
func TestATakeOverTellsAFewReasonsApart(t *testing.T) {
	t.Parallel()
	tally := newDjangoTally(io.Discard)
	for n := range 3 * maxReasons {
		tally.refuse(django.Sessions, strings.Repeat("9", 1000), fmt.Sprintf("%d %s", n, strings.Repeat("é", 1000)))
	}
	other := tally.refused[djangoFault{django.Sessions, "other reasons"}]
	if len(tally.refused) != maxReasons+1 || other == nil || other.count != 2*maxReasons || len(other.some) != maxExamples {
		t.Errorf("%d reasons, %+v", len(tally.refused), other)
	}
	var out strings.Builder
	tally.print(&out, false)
	if n := out.Len(); n > (maxReasons+1)*(maxReason+maxExamples*(maxReason+10)+100) {
		t.Errorf("%d bytes are told", n)
	}
}
