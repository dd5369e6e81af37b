package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/userbehavior/behavior"
)

// TestFullDisk runs in a process of its own, whose files may not grow beyond a
// limit: to the engine that is a full disk.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.sqlite")
	out, err := helper(t, "fill", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var stored int
	if _, err := fmt.Sscanf(string(out), "stored %d", &stored); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := count(t, openFile(t, path)); got != stored {
		t.Errorf("%d page views are there, %d were acknowledged", got, stored)
	}
}

// fillDisk appends until the disk is full, twice, and goes on each time when
// there is room again. It prints how many page views were acknowledged.
func fillDisk(ctx context.Context, path string) error {
	signal.Ignore(syscall.SIGXFSZ) // a write then fails, as on a full disk
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	if err := s.Append(ctx, []behavior.Row{session("a")}); err != nil {
		return err
	}
	stored := 0
	for _, limit := range []uint64{4 << 20, 18 << 20} {
		n, err := fillUp(ctx, s, limit)
		if err != nil {
			return err
		}
		stored += n
	}
	fmt.Println("stored", stored)
	return s.Close()
}

// fillUp appends under a limit until that fails, and then without it.
func fillUp(ctx context.Context, s *Store, limit uint64) (stored int, err error) {
	if err := limitFiles(limit); err != nil {
		return 0, err
	}
	before, err := total(ctx, s)
	if err != nil {
		return 0, err
	}
	for err == nil {
		if err = s.Append(ctx, []behavior.Row{bulky()}); err == nil {
			stored++
		}
	}
	if !errors.Is(err, behavior.ErrUnavailable) {
		return 0, fmt.Errorf("error on a full disk: %w", err)
	}
	if now, err := total(ctx, s); err != nil || now != before+stored {
		return 0, fmt.Errorf("on a full disk %d page views are there, want %d, %w", now, before+stored, err)
	}
	if err := limitFiles(1 << 40); err != nil {
		return 0, err
	}
	for range 20 {
		if err := s.Append(ctx, []behavior.Row{bulky()}); err != nil {
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
func bulky() behavior.Row {
	var b strings.Builder
	for b.Len() < 100_000 {
		fmt.Fprintf(&b, "%x", rand.Uint64())
	}
	row := view("a", "/")
	row.PageView.Title = b.String()
	return row
}

func total(ctx context.Context, s *Store) (int, error) {
	_, n, err := s.PageViews(ctx, behavior.Query{Limit: 1})
	return n, err
}
