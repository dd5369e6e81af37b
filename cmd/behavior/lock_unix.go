//go:build !windows

package main

import (
	"errors"
	"os"
	"syscall"
)

// flock locks a file for this process alone, or returns errHeld.
func flock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errHeld
	}
	return err
}
