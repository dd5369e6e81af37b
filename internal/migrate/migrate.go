// Package migrate brings the schema of an engine up to date with goose.
//
// Goose knows the dialects of most servers; for those of files there are [DuckDB] and [SQLite].
package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"github.com/userbehavior/behavior"
)

// Up applies the migrations of files that db has not seen yet; store says how
// versions are kept there. A schema newer than files is left as it is and
// refused with [behavior.ErrSchema].
func Up(ctx context.Context, db *sql.DB, store database.Store, files fs.FS) error {
	provider, err := goose.NewProvider(goose.DialectCustom, db, files,
		goose.WithStore(store), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	sources := provider.ListSources()
	known := sources[len(sources)-1].Version
	switch found, err := store.GetLatestVersion(ctx, db); {
	case errors.Is(err, database.ErrVersionNotFound):
	case err != nil:
		return fmt.Errorf("read schema version: %w", err)
	case found > known:
		return newer(found, known)
	case found == known:
		return nil
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// RefuseNewer refuses with [behavior.ErrSchema] a schema that is newer than
// files, as [Up] does, and changes nothing.
func RefuseNewer(ctx context.Context, db *sql.DB, store database.Store, files fs.FS) error {
	known, err := latest(files)
	if err != nil {
		return err
	}
	switch found, err := store.GetLatestVersion(ctx, db); {
	case errors.Is(err, database.ErrVersionNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("read schema version: %w", err)
	case found > known:
		return newer(found, known)
	}
	return nil
}

// newer is the refusal of a schema that a later version of the program has made.
func newer(found, known int64) error {
	return fmt.Errorf("%w: it has schema %d, this program knows up to %d; use the newer program that wrote it",
		behavior.ErrSchema, found, known)
}
