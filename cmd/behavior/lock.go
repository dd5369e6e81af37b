package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/userbehavior/behavior"
)

// lockName is the file in the data folder that says who uses it.
const lockName = "behavior.lock"

// errHeld: another process has locked the file.
var errHeld = errors.New("held")

// holder is who uses a data folder, as the lock file tells.
type holder struct {
	PID int    `json:"pid"`
	URL string `json:"url,omitempty"` // where it serves; empty: it does not
}

// heldError says that a data folder is in use, and by whom.
type heldError struct {
	dir string
	by  holder
}

func (e heldError) Error() string {
	switch {
	case e.by.PID == 0:
		return fmt.Sprintf("%s is in use by another process", e.dir)
	case e.by.URL == "":
		return fmt.Sprintf("%s is in use by process %d", e.dir, e.by.PID)
	}
	return fmt.Sprintf("%s is in use by the server with process id %d, at %s", e.dir, e.by.PID, e.by.URL)
}

// Unwrap makes it an [behavior.ErrLocked].
func (e heldError) Unwrap() error { return behavior.ErrLocked }

// dataLock is the right to use a data folder. The operating system takes it
// back when the process ends, however it ends; the file stays.
type dataLock struct{ file *os.File }

// lockData makes the data folder where needed and takes its lock, without
// waiting. The error is a heldError when another process has it.
func lockData(dir string) (*dataLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	name := filepath.Join(dir, lockName)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if err := flock(f); err != nil {
		f.Close()
		if errors.Is(err, errHeld) {
			return nil, heldError{dir: dir, by: readHolder(name)}
		}
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	l := &dataLock{file: f}
	if err := l.announce(""); err != nil {
		return nil, errors.Join(err, l.release())
	}
	return l, nil
}

// announce writes into the file who holds it, and where it serves. Without a
// lock there is nobody to tell.
func (l *dataLock) announce(url string) error {
	if l == nil {
		return nil
	}
	text, err := json.Marshal(holder{PID: os.Getpid(), URL: url})
	if err != nil {
		return err
	}
	if err := l.file.Truncate(0); err != nil {
		return fmt.Errorf("write the lock file: %w", err)
	}
	if _, err := l.file.WriteAt(append(text, '\n'), 0); err != nil {
		return fmt.Errorf("write the lock file: %w", err)
	}
	return nil
}

func (l *dataLock) release() error { return l.file.Close() }

// readHolder reads a lock file; the zero holder when it tells nothing.
func readHolder(name string) (h holder) {
	text, err := os.ReadFile(name)
	if err != nil || json.Unmarshal(text, &h) != nil {
		return holder{}
	}
	return h
}
