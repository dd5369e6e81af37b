package move

import (
	"context"

	"github.com/userbehavior/behavior"
)

// stream reads records in the order of their ids, a page ahead of its user.
type stream struct {
	pages  chan page
	cancel context.CancelFunc
	rest   []record // of the page that next is at
}

// page is some records, or why there are none. An empty one is the end.
type page struct {
	records []record
	err     error
}

// The bounds of a page, beside Options.Page: a record may be more than a MiB.
const (
	firstPage = 100
	pageBytes = 16 << 20 // about, as far as the page before tells
)

// nextPage is how many records to ask for after a page that took so many bytes:
// as many as pageBytes have room for, but no more than twice as many.
func nextPage(records, bytes, most int) int {
	fit := pageBytes / max(1, bytes/max(1, records))
	return max(1, min(fit, 2*records, most))
}

// openStream begins to read the records of a kind that pass filters and have
// larger ids, without their sessions; with sums, checksums are made of them. Its
// pages have as many as most records, and fewer where these are large. It must
// be closed.
func openStream(ctx context.Context, s behavior.Store, kind behavior.Kind, filters []behavior.Filter, after int64, most int, sums bool) *stream {
	ctx, cancel := context.WithCancel(ctx)
	st := &stream{pages: make(chan page), cancel: cancel}
	go func() {
		defer close(st.pages)
		size := min(firstPage, most)
		for more := true; more; {
			q := behavior.Query{Filters: append([]behavior.Filter{idAbove(after)}, filters...), Limit: size, Plain: true}
			records, err := list(ctx, s, kind, q)
			if sums {
				for i := range records {
					records[i].sum = sumOf(records[i].row)
				}
			}
			if more = err == nil && len(records) == size; more {
				after = records[size-1].id
				size = nextPage(size, sizeOf(records), most)
			}
			st.pages <- page{records, err} // close receives what nobody wants
		}
	}()
	return st
}

// page returns the next page; an empty one is the end.
func (s *stream) page() ([]record, error) {
	p := <-s.pages
	return p.records, p.err
}

// next returns the next record; ok is false at the end.
func (s *stream) next() (r record, ok bool, err error) {
	if len(s.rest) == 0 {
		if s.rest, err = s.page(); err != nil || len(s.rest) == 0 {
			return record{}, false, err
		}
	}
	r, s.rest = s.rest[0], s.rest[1:]
	return r, true, nil
}

// each hands on page after page, and closes the stream.
func (s *stream) each(do func([]record) error) error {
	defer s.close()
	for {
		page, err := s.page()
		if err != nil || len(page) == 0 {
			return err
		}
		if err := do(page); err != nil {
			return err
		}
	}
}

// close ends the reading and waits for it.
func (s *stream) close() {
	s.cancel()
	for range s.pages { // until it is closed
	}
}
