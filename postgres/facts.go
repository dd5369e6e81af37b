package postgres

import (
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
)

// fact is a column of sessions that events and progress move: what
// [behavior.Session.Follow] and [behavior.Session.Advance] change, and the
// months of the events. None of them has an index.
type fact struct {
	name, typ string
	moved     func(s *stay) bool
	values    func(stays []*stay) any // an array, one value for each
}

var facts = []fact{
	monthFact("events_from", func(s *stay) time.Time { return s.from }, func(s *state) time.Time { return s.from }),
	monthFact("events_to", func(s *stay) time.Time { return s.to }, func(s *state) time.Time { return s.to }),
	{"end_time", "timestamptz[]",
		func(s *stay) bool { return !same(s.EndTime, s.was.EndTime) },
		func(stays []*stay) any { return each(stays, func(s *stay) *time.Time { return s.EndTime }) }},
	{"user_id", "text[]",
		func(s *stay) bool { return !same(s.UserID, s.was.UserID) },
		func(stays []*stay) any { return each(stays, func(s *stay) *string { return s.UserID }) }},
	textFact("visitor", func(s *behavior.Session) string { return s.Visitor }),
	textFact("country", func(s *behavior.Session) string { return s.Country }),
	textFact("language", func(s *behavior.Session) string { return s.Language }),
	textFact("screen", func(s *behavior.Session) string { return s.Screen }),
	textFact("referrer", func(s *behavior.Session) string { return s.Referrer }),
	textFact("source", func(s *behavior.Session) string { return s.Source }),
	textFact("channel", func(s *behavior.Session) string { return s.Channel }),
	textFact("utm_source", func(s *behavior.Session) string { return s.UTMSource }),
	textFact("utm_medium", func(s *behavior.Session) string { return s.UTMMedium }),
	textFact("utm_campaign", func(s *behavior.Session) string { return s.UTMCampaign }),
	textFact("utm_term", func(s *behavior.Session) string { return s.UTMTerm }),
	textFact("utm_content", func(s *behavior.Session) string { return s.UTMContent }),
	textFact("entry_path", func(s *behavior.Session) string { return s.EntryPath }),
	textFact("exit_path", func(s *behavior.Session) string { return s.ExitPath }),
}

func textFact(name string, of func(*behavior.Session) string) fact {
	return fact{name, "text[]",
		func(s *stay) bool { return of(&s.Session) != of(&s.was.Session) },
		func(stays []*stay) any { return each(stays, func(s *stay) string { return of(&s.Session) }) }}
}

func monthFact(name string, of func(*stay) time.Time, was func(*state) time.Time) fact {
	return fact{name, "timestamptz[]",
		func(s *stay) bool { return !of(s).Equal(was(s.was)) },
		func(stays []*stay) any { return each(stays, func(s *stay) *time.Time { return bound(of(s)) }) }}
}

// same reports whether two values are equal, or both missing.
func same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// each is what one takes from each of stays.
func each[T any](stays []*stay, one func(*stay) T) []T {
	list := make([]T, len(stays))
	for i, s := range stays {
		list[i] = one(s)
	}
	return list
}

// moved reports whether a fact of a session is not what is stored.
func (s *stay) moved() bool {
	return slices.ContainsFunc(facts, func(f fact) bool { return f.moved(s) })
}

// movedFacts are those that at least one of stays has moved. Most batches move
// one or two, and each column takes its time.
func movedFacts(stays []*stay) []fact {
	var moved []fact
	for _, f := range facts {
		if slices.ContainsFunc(stays, f.moved) {
			moved = append(moved, f)
		}
	}
	return moved
}

// updateFacts updates the sessions that have moved, which are locked, as far
// as that is not done yet.
func (w *writer) updateFacts(b *pgx.Batch, stays []*stay) {
	var moved []*stay
	for _, s := range stays {
		if !s.written && s.moved() {
			moved = append(moved, s)
		}
	}
	if len(moved) > 0 {
		w.storeFacts(b, moved, "", each(moved, func(s *stay) int64 { return s.ID }))
	}
}

// storeFacts queues the statement that stores what has moved of sessions. With
// a condition args begins as in hold, else with the ids alone.
func (w *writer) storeFacts(b *pgx.Batch, stays []*stay, known string, args ...any) *pgx.QueuedQuery {
	names, arrays, set := []string{"id"}, []string{"$1::bigint[]"}, []string{}
	if known != "" {
		names, arrays = append(names, "version"), append(arrays, "$2::int[]")
	}
	for _, f := range movedFacts(stays) {
		args = append(args, f.values(stays))
		names, arrays, set = append(names, f.name), append(arrays, place(len(args), f.typ)), append(set, f.name+" = f."+f.name)
	}
	for _, s := range stays {
		s.written = true
	}
	return b.Queue(w.store.in(`UPDATE @sessions AS s SET `+strings.Join(set, ", ")+`
		FROM unnest(`+strings.Join(arrays, ", ")+`) AS f (`+strings.Join(names, ", ")+`) WHERE s.id = f.id`+known), args...)
}

// bound is the beginning or end of the months of a session's events, null when
// it has none.
func bound(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
