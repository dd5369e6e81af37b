//go:build unix

package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/userbehavior/behavior"
)

// fullDisk runs in a process of its own, whose files may not grow beyond a
// limit: to the engine that is a full disk.
func fullDisk(t *testing.T, f File) {
	path := newPath(t)
	out, err := f.Process(t, "fill", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var stored int
	if _, err := fmt.Sscanf(string(out), "stored %d", &stored); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got, err := countViews(t.Context(), f.opened(t, path)); err != nil || got != stored {
		t.Errorf("%d page views are there, %d were acknowledged, %v", got, stored, err)
	}
}

// fillDisk appends until the disk is full, under two limits, and goes on each
// time when there is room again. It prints how many page views were acknowledged.
func (f File) fillDisk(ctx context.Context, path string) error {
	signal.Ignore(syscall.SIGXFSZ) // a write then fails, as on a full disk
	s, err := f.Open(ctx, path)
	if err != nil {
		return err
	}
	if err := s.Append(ctx, rowsOf(newSession("a"))); err != nil {
		return err
	}
	stored := 0
	for _, limit := range []uint64{4 << 20, 18 << 20} {
		n, err := f.fillUp(ctx, s, limit)
		if err != nil {
			return err
		}
		stored += n
	}
	fmt.Println("stored", stored)
	return s.Close()
}

// fillUp appends under a limit until that fails, and then without it.
func (f File) fillUp(ctx context.Context, s behavior.Store, limit uint64) (stored int, err error) {
	if err := limitFiles(limit); err != nil {
		return 0, err
	}
	before, err := countViews(ctx, s)
	if err != nil {
		return 0, err
	}
	for err == nil {
		if err = s.Append(ctx, rowsOf(bulky())); err == nil {
			stored++
		}
	}
	if !errors.Is(err, behavior.ErrUnavailable) || strings.Contains(err.Error(), "consider ") { // advice for programmers
		return 0, fmt.Errorf("error on a full disk: %w", err)
	}
	if err := expectViews(ctx, s, "on a full disk", before+stored); err != nil {
		return 0, err
	}
	if f.Full != nil {
		f.Full(ctx, s)
		if err := expectViews(ctx, s, "later on a full disk", before+stored); err != nil {
			return 0, err
		}
	}
	if err := limitFiles(1 << 40); err != nil {
		return 0, err
	}
	for range 20 {
		if err := s.Append(ctx, rowsOf(bulky())); err != nil {
			return 0, fmt.Errorf("with room again: %w", err)
		}
		stored++
	}
	return stored, s.Ping(ctx)
}

func limitFiles(size uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	limit.Cur = min(size, limit.Max)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
}

// bulky is a page view of 100 kB that does not compress.
func bulky() *behavior.PageView {
	var b strings.Builder
	for b.Len() < 100_000 {
		fmt.Fprintf(&b, "%x", rand.Uint64())
	}
	v := newView("a", "/")
	v.Title = b.String()
	return v
}

func countViews(ctx context.Context, s behavior.Store) (int, error) {
	_, n, err := s.PageViews(ctx, behavior.Query{Limit: 1})
	return n, err
}

// expectViews fails unless so many page views are there.
func expectViews(ctx context.Context, s behavior.Store, when string, want int) error {
	switch now, err := countViews(ctx, s); {
	case err != nil:
		return fmt.Errorf("%s: %w", when, err)
	case now != want:
		return fmt.Errorf("%s %d page views are there, want %d", when, now, want)
	}
	return nil
}
