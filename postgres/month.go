package postgres

import (
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// The years whose months have partitions of their own, and the ends of all
// times that a store takes. See make_month in the first migration.
var (
	firstMonth = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	lastMonth  = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	beginning  = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	ending     = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
)

// monthOf is the span of the partition that takes a moment, its end excluded.
func monthOf(t time.Time) (from, to time.Time) {
	switch {
	case t.Before(firstMonth):
		return beginning, firstMonth
	case !t.Before(lastMonth):
		return lastMonth, ending
	}
	y, m, _ := t.UTC().Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC), time.Date(y, m+1, 1, 0, 0, 0, 0, time.UTC)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// makeMonths has the partitions made that moments need and that we do not know
// to be there.
func (w *writer) makeMonths(b *pgx.Batch, moments ...time.Time) {
	var months []time.Time
	for _, t := range moments {
		from, _ := monthOf(t)
		if !slices.ContainsFunc(months, from.Equal) {
			months = append(months, from)
		}
	}
	slices.SortFunc(months, time.Time.Compare)
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	for _, month := range months {
		if !w.store.months[month] {
			b.Queue(w.store.in(`SELECT @make_month($1::timestamptz)::text`), month)
			w.made = append(w.made, month)
		}
	}
}

func (s *Store) noteMonths(months []time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, month := range months {
		s.months[month] = true
	}
}

func (s *Store) forgetMonths() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.months)
}
