package sqlite

import (
	"context"
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/storetest"
)

// file is the engine for the suite of stores in files.
var file = storetest.File{
	Open:    func(ctx context.Context, path string) (behavior.Store, error) { return Open(ctx, path) },
	Driver:  "sqlite",
	Log:     "-wal",
	Refused: map[string]string{"a\x00b": "does not name a file"},
	Taken:   []string{"100%.sqlite", "100%41", "a?mode=memory"},
	Broken: map[string]string{
		"Dear diary, today nothing happened.":         "is not a SQLite database",
		"12345678DUCK" + strings.Repeat("\x00", 5000): "is not a SQLite database",
		"SQLite": "is not a SQLite database",
		"":       "is empty",
		"SQLite format 3\x00" + strings.Repeat("damage", 3000): "is damaged or cut short",
		"SQLite format 3\x00": "is damaged or cut short",
	},
	Foreign: map[string][]string{
		"a table of ours": {"CREATE TABLE sessions (id BIGINT)", "INSERT INTO sessions VALUES (1)"},
	},
	Newer: "INSERT INTO behavior_schema VALUES (9999, CURRENT_TIMESTAMP)",
	Helpers: map[string]func(ctx context.Context, path string) error{
		"crash": crashAfterAppend, "crash under way": crashAfterProgress,
	},
}

func TestFile(t *testing.T) { file.Run(t) }
