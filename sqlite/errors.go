package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/record"
)

// translate puts an error into the domain's. The driver's errors stay inside:
// their text remains, their types do not. What was attempted is the file's path
// when it is opened, and stands in a text once.
func (s *Store) translate(what string, err error) error {
	var own record.Foreign
	code, failed := codeOf(err)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own.Err
	case !failed && what == s.path && strings.Contains(err.Error(), s.path):
		return err
	case !failed:
		return fmt.Errorf("%s: %w", what, err)
	case code == lib.SQLITE_INTERRUPT:
		return context.Canceled
	}
	if sentence, ok := unusable[code]; ok {
		sentence = strings.ReplaceAll(sentence, "FILE", s.path) + oneLine(err)
		if what == s.path && strings.Contains(sentence, s.path) {
			return fmt.Errorf("%w: %s", behavior.ErrUnavailable, sentence)
		}
		return fmt.Errorf("%s: %w: %s", what, behavior.ErrUnavailable, sentence)
	}
	return fmt.Errorf("%s: %s", what, oneLine(err))
}

// unusable are SQLite's errors that say nothing about the question, and what
// they mean: the disk, the memory or the file itself fails.
var unusable = map[int]string{
	lib.SQLITE_FULL:   "the disk is full: ",
	lib.SQLITE_IOERR:  "the disk fails or is full: ",
	lib.SQLITE_NOMEM:  "the memory does not suffice: ",
	lib.SQLITE_BUSY:   "another program is writing into FILE: ",
	lib.SQLITE_LOCKED: "another program is writing into FILE: ",
	// An id or a name that the file has and the writer does not know of.
	lib.SQLITE_CONSTRAINT: "another program has written into FILE: ",
	lib.SQLITE_READONLY:   "no permission to write FILE, or to make files beside it: ",
	lib.SQLITE_PERM:       "no permission to open or make FILE: its folder must be writable too: ",
	lib.SQLITE_CANTOPEN:   "no permission to open or make FILE: its folder must be writable too: ",
	lib.SQLITE_NOTADB:     damaged,
	lib.SQLITE_CORRUPT:    damaged,
}

const damaged = "FILE is damaged or cut short: keep a copy of it and of its -wal, and put back a backup; " +
	"to begin anew without one, move both away: all records are lost by that: "

// codeOf is SQLite's primary result code in an error, if there is one.
func codeOf(err error) (code int, ok bool) {
	var engine *driver.Error
	if !errors.As(err, &engine) {
		return 0, false
	}
	return engine.Code() & 0xff, true
}

func isBusy(err error) bool {
	code, _ := codeOf(err)
	return code == lib.SQLITE_BUSY
}

// isConstraint reports whether a unique index has refused a row.
func isConstraint(err error) bool {
	code, _ := codeOf(err)
	return code == lib.SQLITE_CONSTRAINT
}

// oneLine is the first line of an error's text.
func oneLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}
