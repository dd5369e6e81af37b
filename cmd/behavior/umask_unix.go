//go:build !windows

package main

import "syscall"

// keepPrivate makes every file that this process creates its owner's alone,
// those of the engines too, wherever they lie.
func keepPrivate() { syscall.Umask(0o077) }
