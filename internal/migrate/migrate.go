// Package migrate brings the schema of an engine up to date with goose.
//
// Each engine has its table of versions: what goose has of its own differs in what
// it takes for granted.
package migrate

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

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

// Check refuses with [behavior.ErrSchema] a schema that is not of the version
// that files lead to; where says in words where it is. One that is older, or
// not there at all, may be migrated.
func Check(ctx context.Context, db *sql.DB, store database.Store, where string, files fs.FS) error {
	known, err := latest(files)
	if err != nil {
		return err
	}
	found, err := store.GetLatestVersion(ctx, db)
	switch {
	case errors.Is(err, database.ErrVersionNotFound):
		return fmt.Errorf("%w: the database has no tables of ours in %s; run `behavior migrate` to make them", behavior.ErrSchema, where)
	case err != nil:
		return fmt.Errorf("read schema version: %w", err)
	case found > known:
		return newer(found, known)
	case found < known:
		return fmt.Errorf("%w: it has schema %d, this program needs %d; run `behavior migrate`", behavior.ErrSchema, found, known)
	}
	return nil
}

// latest is the highest version among files.
func latest(files fs.FS) (version int64, err error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		var n int64
		if _, err := fmt.Sscanf(name, "%d_", &n); err != nil {
			return 0, fmt.Errorf("migration %s has no number: %w", name, err)
		}
		version = max(version, n)
	}
	return version, nil
}

// Filled are migrations in which something is filled in.
type Filled struct {
	fs.FS
	Fill func(migration []byte) ([]byte, error)
}

// Open opens a file; folders are left as they are.
func (f Filled) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return file, err
	}
	raw, err := io.ReadAll(file)
	if err == nil {
		raw, err = f.Fill(raw)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &filled{file, bytes.NewReader(raw)}, nil
}

// filled is a file with another content.
type filled struct {
	fs.File
	content io.Reader
}

func (f *filled) Read(p []byte) (int, error) { return f.content.Read(p) }
