package main

import (
	"syscall"
	"time"
)

// processorTime is how long processors have worked for this process.
func processorTime() time.Duration {
	var creation, exit, kernel, user syscall.Filetime
	process, err := syscall.GetCurrentProcess()
	if err == nil {
		err = syscall.GetProcessTimes(process, &creation, &exit, &kernel, &user)
	}
	if err != nil {
		return 0
	}
	// These two are lengths, in units of 100 nanoseconds.
	return 100 * time.Duration(int64(kernel.HighDateTime)<<32+int64(kernel.LowDateTime)+int64(user.HighDateTime)<<32+int64(user.LowDateTime))
}
