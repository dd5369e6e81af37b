package behavior

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Segment is a named set of filters that somebody has saved on the dashboard.
type Segment struct {
	ID      int64  // given by the store, rising
	Name    string // unique among those of its owner
	Filters []string
	Shared  bool // everybody who sees the dashboard may use it; only its owner may else

	OwnerID string // [User.ID]
	Owner   string // the name at that time
	Created time.Time
}

// Segments keeps segments. Package account provides one.
type Segments interface {
	// Segments lists those that a user may use: the user's own and all that
	// are shared, by name.
	Segments(ctx context.Context, userID string) ([]Segment, error)

	// AddSegment adds a segment; ID and Created are not looked at. What is
	// wrong with it is [Invalid], also that its owner has one of that name, or
	// too many.
	AddSegment(ctx context.Context, s Segment) (Segment, error)

	// RemoveSegment removes a segment of that owner, or of whomever where
	// ownerID is empty. [ErrNotFound]: there is no such segment.
	RemoveSegment(ctx context.Context, ownerID string, id int64) error
}

// What a segment may have.
const (
	maxSegmentName    = 80
	maxSegmentFilters = 32
	maxSegmentFilter  = 8000 // bytes
)

// Check returns what is wrong with a segment as [Invalid]; the filters
// themselves are not read.
func (s Segment) Check() error {
	wrong := Invalid{}
	switch n := utf8.RuneCountInString(s.Name); {
	case strings.TrimSpace(s.Name) == "":
		wrong.add("name", "A name is needed.")
	case n > maxSegmentName || !utf8.ValidString(s.Name) || strings.ContainsFunc(s.Name, unicode.IsControl):
		wrong.add("name", fmt.Sprintf("A name has at most %d characters, all of them visible.", maxSegmentName))
	}
	switch {
	case len(s.Filters) == 0:
		wrong.add("filters", "There are no filters to save.")
	case len(s.Filters) > maxSegmentFilters:
		wrong.add("filters", fmt.Sprintf("A segment has at most %d filters.", maxSegmentFilters))
	}
	for _, f := range s.Filters {
		if len(f) > maxSegmentFilter || !utf8.ValidString(f) {
			wrong.add("filters", "A filter is too long to be saved.")
			break
		}
	}
	return wrong.orNil()
}
