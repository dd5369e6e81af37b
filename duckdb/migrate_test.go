package duckdb

import (
	"database/sql"
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/migrate"
)

// fileOfVersion makes a file with the schema of the first migrations and a
// session in it.
func fileOfVersion(t *testing.T, version int) string {
	t.Helper()
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	first := fstest.MapFS{}
	for _, name := range names[:version] {
		raw, err := fs.ReadFile(migrations, name)
		if err != nil {
			t.Fatal(err)
		}
		first[filepath.Base(name)] = &fstest.MapFile{Data: raw}
	}
	path := filepath.Join(t.TempDir(), "old.duckdb")
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := migrate.Up(t.Context(), db, migrate.DuckDB(), first); err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), `INSERT INTO sessions BY NAME SELECT 1 AS id, 'old' AS session_id, 'Googlebot/2.1' AS user_agent,
		'192.0.2.1' AS ip_address, TIMESTAMP '2025-03-01' AS start_time, 'v' AS visitor, 'Googlebot' AS browser, '2.1' AS browser_version,
		'Unknown' AS browser_family, '' AS os, 'bot' AS device, true AS bot, '' AS country, '' AS language, '' AS screen, '' AS referrer,
		'' AS source, '' AS channel, '' AS utm_source, '' AS utm_medium, '' AS utm_campaign, '' AS utm_term, '' AS utm_content,
		'' AS entry_path, '' AS exit_path`)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFilesOfBeforeAreBroughtUpToDate(t *testing.T) {
	t.Parallel()
	for version := 1; version <= 2; version++ {
		store, err := Open(t.Context(), fileOfVersion(t, version))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		rows := []behavior.Row{
			{Session: &behavior.Session{SessionID: "old", StartTime: time.Unix(0, 0)}},
			{Session: &behavior.Session{SessionID: "new", StartTime: time.Unix(0, 0), Bot: true, BotReason: "seo"}},
		}
		if err := store.Append(t.Context(), rows); err != nil || !errors.Is(rows[0].Err, behavior.ErrConflict) || rows[1].Err != nil {
			t.Fatalf("append: %v, %v, %v", err, rows[0].Err, rows[1].Err)
		}
		found, _, err := store.Sessions(t.Context(), behavior.Query{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range found {
			got = append(got, s.SessionID+" "+s.Browser+" "+s.BotReason)
		}
		if diff := cmp.Diff([]string{"old Googlebot ", "new  seo"}, got); diff != "" {
			t.Errorf("from version %d: %s", version, diff)
		}
	}
}
