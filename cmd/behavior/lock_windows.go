package main

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// flock locks a file for this process alone, or returns errHeld. The locked
// byte lies far behind the content, which others may go on reading.
func flock(f *os.File) error {
	far := &windows.Overlapped{OffsetHigh: 1}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, far)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errHeld
	}
	return err
}
