//go:build !linux && !darwin

package testserver

// ServeClickHouse does nothing where there is no engine to load.
func ServeClickHouse() {}
