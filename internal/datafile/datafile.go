// Package datafile keeps the files of the embedded engines: each is open once in
// a process, and what is no store's is left as it is.
package datafile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/migrate"
)

// Resolve is the absolute path of a file for a store, through all symbolic links.
// The file need not be there; its folder must.
func Resolve(path string) (absolute string, err error) {
	if absolute, err = filepath.Abs(path); err != nil {
		return "", err
	}
	if path == "" || path == ":memory:" || strings.Contains(absolute, "\x00") {
		return "", fmt.Errorf("%q does not name a file for a store", path)
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(absolute))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("the folder %s does not exist", filepath.Dir(absolute))
	}
	if err != nil {
		return "", err
	}
	absolute = filepath.Join(folder, filepath.Base(absolute))
	if file, err := filepath.EvalSymlinks(absolute); err == nil {
		absolute = file
	}
	return absolute, nil
}

// claims are the files that this process has open. The locks that engines take
// on files keep other processes out but not their own; and DuckDB's would be lost
// if the process opened the file a second time, for whatever purpose.
var claims = struct {
	sync.Mutex
	paths map[string]bool
}{paths: map[string]bool{}}

// Claim makes a path, as it is resolved, this caller's own until it calls
// release. The error wraps [behavior.ErrLocked] when it is another's.
func Claim(path string) (release func(), err error) {
	claims.Lock()
	defer claims.Unlock()
	if claims.paths[path] {
		return nil, fmt.Errorf("%s is %w: this one has it open already", path, behavior.ErrLocked)
	}
	claims.paths[path] = true
	return func() {
		claims.Lock()
		defer claims.Unlock()
		delete(claims.paths, path)
	}, nil
}

// Format is how an engine's files are known.
type Format struct {
	Engine string // its name
	Log    string // is added to the name of a file for that of its log
	Magic  string // is in every file
	At     int    // from this byte on
	Tables string // the query of how many tables have a name, which is its parameter, and how many there are
}

// Inspect refuses what the engine should not even touch, in better words than
// the engine's own. A file that is not there is none of it.
func (f Format) Inspect(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(path + f.Log); err == nil {
			return fmt.Errorf("%s is missing but its log %s is there: put the file back, or move the log away to begin anew", path, path+f.Log)
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", path)
	}
	head := make([]byte, f.At+len(f.Magic))
	switch n, err := io.ReadFull(file, head); {
	case n == 0 && errors.Is(err, io.EOF):
		return fmt.Errorf("%s is empty, not a %s database: remove it to begin anew", path, f.Engine)
	case err != nil || string(head[f.At:]) != f.Magic:
		return fmt.Errorf("%s is not a %s database", path, f.Engine)
	}
	return nil
}

// RefuseForeign refuses a database that has tables but not ours, untouched.
func (f Format) RefuseForeign(ctx context.Context, db *sql.DB) error {
	var ours, others int
	err := db.QueryRowContext(ctx, f.Tables, migrate.Table).Scan(&ours, &others)
	switch {
	case err != nil:
		return err
	case ours == 0 && others > 0:
		return fmt.Errorf("it is a %s database of something else: none of its tables is ours", f.Engine)
	}
	return nil
}
