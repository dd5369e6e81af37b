package move

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/userbehavior/behavior"
)

// watched is a store that takes down how large the pages are that are read of
// its interactions, and stored.
type watched struct {
	behavior.Store
	read, stored []int
}

func (s *watched) Interactions(ctx context.Context, q behavior.Query) ([]behavior.Interaction, int, error) {
	found, n, err := s.Store.Interactions(ctx, q)
	if q.Plain {
		s.read = append(s.read, len(found))
	}
	return found, n, err
}

func (s *watched) Append(ctx context.Context, rows []behavior.Row) error {
	size := 0
	for _, row := range rows {
		if row.Interaction != nil {
			size += len(row.Interaction.Metadata)
		}
	}
	s.stored = append(s.stored, size)
	return s.Store.Append(ctx, rows)
}

// Pages have about 16 MiB, whatever strangers have put into records, and grow
// again afterwards.
func TestPagesOfLargeRecordsAreShort(t *testing.T) {
	t.Parallel()
	from, to := &watched{Store: open(t, "sqlite")}, &watched{Store: open(t, "sqlite")}
	add(t, from, newSession("s"))
	large := append(append([]byte{'"'}, bytes.Repeat([]byte("x"), 1<<20)...), '"')
	fill := func(n int, metadata []byte) {
		var records []any
		for i := range n {
			r := newInteraction("s", fmt.Sprint("#", i))
			r.Metadata = metadata
			records = append(records, r)
		}
		add(t, from, records...)
	}
	fill(30, large)
	for range 4 {
		fill(500, []byte("{}"))
	}
	copied(t, from, to, Options{})
	if most := slices.Max(from.read); from.read[1] >= 100 || most < 500 {
		t.Errorf("pages have not shrunk, or not grown again: %d", from.read)
	}
	if _, err := to.Delete(t.Context(), behavior.KindInteraction, seq(1, 1000)); err != nil {
		t.Fatal(err)
	}
	to.stored = nil
	copied(t, from, to, Options{})
	if most := slices.Max(to.stored); most > pageBytes+2<<20 {
		t.Errorf("%d bytes were stored at once", most)
	}
}

// seq are the numbers from first to last.
func seq(first, last int64) (all []int64) {
	for n := first; n <= last; n++ {
		all = append(all, n)
	}
	return all
}

func TestPagesGrowAndShrink(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ records, bytes, most, want int }{
		{100, 100 << 10, 10_000, 200},
		{8000, 8000 << 10, 10_000, 10_000},
		{100, 100 << 20, 10_000, 16},
		{1, 32 << 20, 10_000, 1},
		{16, 16 << 10, 10_000, 32},
		{3, 3000, 3, 3},
		{0, 0, 3, 1},
	} {
		if got := nextPage(c.records, c.bytes, c.most); got != c.want {
			t.Errorf("after %d records of %d bytes: %d, want %d", c.records, c.bytes, got, c.want)
		}
	}
}
