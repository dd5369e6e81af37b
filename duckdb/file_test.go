package duckdb

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/storetest"
)

// file is the engine for the suite of stores in files.
var file = storetest.File{
	Open:   func(ctx context.Context, path string) (behavior.Store, error) { return Open(ctx, path) },
	Driver: "duckdb",
	Log:    ".wal",
	Refused: map[string]string{
		"a?access_mode=READ_WRITE": "question mark",
		"100%.duckdb":              "percent sign",
	},
	Broken: map[string]string{
		"Dear diary, today nothing happened.":                "is not a DuckDB database",
		"SQLite format 3\x00" + strings.Repeat("\x00", 5000): "is not a DuckDB database",
		"DUCK": "is not a DuckDB database",
		"":     "is empty",
		"12345678DUCK" + strings.Repeat("damage", 3000): "is not a DuckDB database, or is damaged",
		"12345678DUCK": "is damaged or cut short",
	},
	Foreign: map[string][]string{
		"a table of ours": {"CREATE TABLE sessions (id BIGINT)", "INSERT INTO sessions VALUES (1)"},
	},
	Newer: "INSERT INTO behavior_schema VALUES (9999, now()::TIMESTAMP)",
	// The file itself may be what is full: then the log cannot be moved there.
	Full: func(ctx context.Context, store behavior.Store) {
		s, ok := store.(*Store)
		if !ok {
			panic("another store")
		}
		s.lock <- struct{}{}
		s.maxLog = 0
		s.tend(ctx)
		<-s.lock
	},
	Helpers: map[string]func(ctx context.Context, path string) error{
		"crash": crashAfterAppend, "crash under way": crashAfterProgress,
	},
}

func TestFile(t *testing.T) { file.Run(t) }

// TestForeignDatabaseWithLog refuses what would change by being closed again.
func TestForeignDatabaseWithLog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.duckdb")
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"CREATE TABLE notes (id BIGINT)", "CHECKPOINT", "PRAGMA disable_checkpoint_on_shutdown", "INSERT INTO notes VALUES (1)"} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + ".wal"); err != nil {
		t.Fatalf("the log is gone: %v", err)
	}
	file.Refuses(t, path, nil, "of something else")
}
