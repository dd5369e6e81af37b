package teststore

import (
	"os"
	"sync"
	"testing"
)

// idle are open stores to which nothing was ever written.
var idle pool

// pool lends stores again, in a package whose tests [Main] runs: somebody has
// to close them in the end.
type pool struct {
	mu     sync.Mutex
	dir    string // of all files; empty: nothing is lent again
	stores []*Store
}

// Main runs the tests of a package, lends stores that were not written to from
// test to test, and then ends the process. It is given a [testing.M], or what
// does more than that one.
func Main(m interface{ Run() int }) {
	dir, err := os.MkdirTemp("", "teststore-")
	if err != nil {
		panic(err) // no test could have a store
	}
	idle.dir = dir
	code := m.Run()
	for s := idle.take(); s != nil; s = idle.take() {
		_ = s.Store.Close()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// folder is where the file of a new store can be: one that outlasts the test,
// where the store may.
func (p *pool) folder(tb testing.TB) string {
	tb.Helper()
	if p.dir == "" {
		return tb.TempDir()
	}
	dir, err := os.MkdirTemp(p.dir, "")
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}

// take is nil where there is no store.
func (p *pool) take() *Store {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.stores) == 0 {
		return nil
	}
	s := p.stores[len(p.stores)-1]
	p.stores = p.stores[:len(p.stores)-1]
	return s
}

// give reports whether the pool has taken the store.
func (p *pool) give(s *Store) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dir == "" {
		return false
	}
	p.stores = append(p.stores, s)
	return true
}
