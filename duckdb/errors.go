package duckdb

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/gate"
	"github.com/userbehavior/behavior/internal/record"
)

// translate puts an error into the domain's. The driver's errors stay inside:
// their text remains, their types do not.
func translate(what string, err error) error {
	var own record.Foreign
	var engine *driver.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own.Err
	case !errors.As(err, &engine):
		return fmt.Errorf("%s: %w", what, err)
	}
	text := oneLine(err)
	if unusable[engine.Type] {
		return fmt.Errorf("%s: %w: %s", what, behavior.ErrUnavailable, cmp.Or(damage(text), text))
	}
	if known := gate.Domain(err); known != nil {
		return fmt.Errorf("%s: %w: %s", what, known, strings.TrimPrefix(text, known.Error()+": "))
	}
	return fmt.Errorf("%s: %s", what, text)
}

// unusable are DuckDB's errors that say nothing about the question: the disk,
// the memory or the database itself fails.
var unusable = map[driver.ErrorType]bool{
	driver.ErrorTypeIO: true, driver.ErrorTypeOutOfMemory: true, driver.ErrorTypeFatal: true, driver.ErrorTypeInternal: true,
	driver.ErrorTypeTransaction: true, driver.ErrorTypeConnection: true, driver.ErrorTypePermission: true,
}

// isDuplicate reports whether the unique index has refused a row. An Appender
// gives its errors no type.
func isDuplicate(err error) bool {
	return err != nil && strings.Contains(strings.ToLower(err.Error()), "duplicate key")
}

// fatal reports whether the database is of no use any more until it is
// reopened: DuckDB invalidates it after some failures to write.
func fatal(err error) bool {
	var engine *driver.Error
	return errors.As(err, &engine) && (engine.Type == driver.ErrorTypeFatal || engine.Type == driver.ErrorTypeInternal)
}

// damagedLog and shortFile find the file in DuckDB's words about damage. A
// file that it has made for sorting is not meant.
var (
	damagedLog = regexp.MustCompile(`Failure while replaying WAL file "(.+?)"`)
	shortFile  = regexp.MustCompile(`Could not read enough bytes from file "(.+?)"`)
)

// damage says in a sentence what is damaged and what can be done, or nothing
// where DuckDB's text tells of something else.
func damage(text string) string {
	if log := damagedLog.FindStringSubmatch(text); log != nil {
		return log[1] + " is damaged and cannot be replayed, as may happen in a power cut: keep a copy of it and of the database; " +
			"to go on, move it away and start again: the records since the last checkpoint, which are in it alone, are lost by that"
	}
	file := shortFile.FindStringSubmatch(text)
	if file == nil || strings.Contains(file[1], ".tmp") {
		return ""
	}
	return file[1] + " is damaged or cut short: keep a copy of it and of its .wal, and put back a backup of both; " +
		"to begin anew without one, move both away: all records are lost by that"
}

// holder finds the process in DuckDB's words about a lock.
var holder = regexp.MustCompile(`PID (\d+)`)

// openError says in a sentence why a file cannot be opened.
func openError(path string, err error) error {
	text := oneLine(err)
	if said := damage(text); said != "" {
		return errors.New(said)
	}
	switch {
	case strings.Contains(text, "Could not set lock"):
		by := ""
		if pid := holder.FindStringSubmatch(text); pid != nil {
			by = ": process " + pid[1] + " has it"
		}
		return fmt.Errorf("%s is %w%s", path, behavior.ErrLocked, by)
	case strings.Contains(text, "version number"):
		return fmt.Errorf("%w: %s is in a file format that this program does not read; use the program that wrote it", behavior.ErrSchema, path)
	case strings.Contains(text, "Permission denied"):
		return fmt.Errorf("no permission to open or make %s: its folder must be writable too", path)
	case strings.Contains(text, "not a valid DuckDB database"), strings.Contains(text, "Corrupt database"), strings.Contains(text, "Serialization Error"):
		return fmt.Errorf("%s is not a DuckDB database, or is damaged", path)
	}
	return fmt.Errorf("%s cannot be opened: %s", path, text)
}

// oneLine is the first line of an error's text, without the driver's own name
// and its advice to programmers.
func oneLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	text, _, _ = strings.Cut(text, ": appended and not yet flushed data")
	return strings.ReplaceAll(text, "database/sql/driver: ", "")
}
