package account

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

func addSegment(t *testing.T, s *Store, g behavior.Segment) behavior.Segment {
	t.Helper()
	added, err := s.AddSegment(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

func segmentNames(t *testing.T, s *Store, userID string) []string {
	t.Helper()
	list, err := s.Segments(t.Context(), userID)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, g := range list {
		names = append(names, g.Owner+": "+g.Name)
	}
	return names
}

func TestSegmentsAreTheirOwnersOrShared(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		filters := []string{"is,country,DE,BR", "contains,path,\u202e<script>"}
		own := addSegment(t, s, behavior.Segment{Name: " Phones ", Filters: filters, OwnerID: "1", Owner: "ann"})
		addSegment(t, s, behavior.Segment{Name: "Phones", Filters: filters, OwnerID: "2", Owner: "bob", Shared: true})
		addSegment(t, s, behavior.Segment{Name: "Mine", Filters: filters, OwnerID: "2", Owner: "bob"})
		if diff := cmp.Diff([]string{"ann: Phones", "bob: Phones"}, segmentNames(t, s, "1")); diff != "" {
			t.Error(diff)
		}
		list, err := s.Segments(t.Context(), "1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(own, list[0]); diff != "" {
			t.Error(diff)
		}
		shared := list[1].ID
		if err := s.RemoveSegment(t.Context(), "1", shared); !errors.Is(err, behavior.ErrNotFound) {
			t.Errorf("somebody else's segment: %v", err)
		}
		for _, remove := range []struct {
			owner string
			id    int64
		}{{"1", own.ID}, {"", shared}} {
			if err := s.RemoveSegment(t.Context(), remove.owner, remove.id); err != nil {
				t.Error(err)
			}
		}
		if diff := cmp.Diff([]string{"bob: Mine"}, segmentNames(t, s, "2")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSegmentsThatWillNotDo(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		good := behavior.Segment{Name: "a", Filters: []string{"is,country,DE"}, OwnerID: "1"}
		addSegment(t, s, good)
		for name, change := range map[string]func(*behavior.Segment){
			"taken":         func(*behavior.Segment) {},
			"no name":       func(g *behavior.Segment) { g.Name = " " },
			"long":          func(g *behavior.Segment) { g.Name = strings.Repeat("x", 81) },
			"two lines":     func(g *behavior.Segment) { g.Name = "a\nb" },
			"no filters":    func(g *behavior.Segment) { g.Filters = nil },
			"many filters":  func(g *behavior.Segment) { g.Name, g.Filters = "b", make([]string, 33) },
			"a long filter": func(g *behavior.Segment) { g.Name, g.Filters = "b", []string{strings.Repeat("x", 8001)} },
		} {
			g := good
			change(&g)
			var invalid behavior.Invalid
			if _, err := s.AddSegment(t.Context(), g); !errors.As(err, &invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for n := 1; n < maxSegments; n++ {
			addSegment(t, s, behavior.Segment{Name: strconv.Itoa(n), Filters: good.Filters, OwnerID: "1"})
		}
		var invalid behavior.Invalid
		if _, err := s.AddSegment(t.Context(), behavior.Segment{Name: "more", Filters: good.Filters, OwnerID: "1"}); !errors.As(err, &invalid) {
			t.Errorf("one too many: %v", err)
		}
	})
}

func TestPrivateSegmentsGoWithTheirOwner(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		addAll(t, s, root("ann"))
		bob := add(t, s, "bob")
		addSegment(t, s, behavior.Segment{Name: "private", Filters: []string{"x"}, OwnerID: bob.ID, Owner: "bob"})
		addSegment(t, s, behavior.Segment{Name: "shared", Filters: []string{"x"}, OwnerID: bob.ID, Owner: "bob", Shared: true})
		if err := s.RemovePerson(t.Context(), bob.ID); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"bob: shared"}, segmentNames(t, s, bob.ID)); diff != "" {
			t.Error(diff)
		}
	})
}
