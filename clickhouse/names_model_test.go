package clickhouse

import (
	"slices"
	"testing"
)

// The protocol of names.go as a model: processes that each make a session of
// one name, step by step, in every order that there is. A process that dies is
// one whose turn never comes again, so that every state in between is also what
// is left when others have died. Claims may be withdrawn by others at any moment,
// also when their process is alive and well: patience is none of what is proven.

const (
	modelProcesses = 3
	modelTries     = 2
)

// Where a process is: what it does next.
const (
	looksForSession = iota
	claims
	readsClaims
	readsRows
	looksAgain
	withdraws
	stores
	readsItsClaim
	takesBack
	done
)

// modelTry is what is stored of one try of one process.
type modelTry struct {
	claimed, withdrawn  bool
	row, alive, deleted bool // its session's row is there; it counts; somebody has deleted it
	told                bool // its caller was told that it is stored
}

type modelProcess struct {
	at, try       int
	seen, pending uint8 // of all tries of all processes, what it has read
}

type modelState struct {
	tries     [modelProcesses * modelTries]modelTry
	processes [modelProcesses]modelProcess
	meddled   int // how many claims others have withdrawn
	deletions int
}

func (s *modelState) mine(p int) int { return p*modelTries + s.processes[p].try }

// session reports whether there is a session of the name.
func (s *modelState) session() bool {
	return slices.ContainsFunc(s.tries[:], func(t modelTry) bool { return t.alive })
}

// claim is a try's claim. Those of a process's later tries are younger; else
// any order will do.
func modelClaim(i int) nameClaim { return nameClaim{version: uint64(i%modelTries*10 + i/modelTries)} }

// step has a process take its next step.
func (s *modelState) step(p int) {
	me := &s.processes[p]
	i := s.mine(p)
	try := &s.tries[i]
	switch me.at {
	case looksForSession:
		me.at = claims
		if s.session() {
			me.at = done
		}
	case claims:
		try.claimed, me.at = true, readsClaims
	case readsClaims:
		me.seen, me.pending = 0, 0
		for n, other := range s.tries {
			if n != i && other.claimed {
				me.seen |= 1 << n
				if !other.withdrawn {
					me.pending |= 1 << n
				}
			}
		}
		me.at = readsRows
		if me.seen == 0 {
			me.at = stores
		}
	case readsRows:
		for n, other := range s.tries {
			if other.row {
				me.pending &^= 1 << n
			}
		}
		me.at = looksAgain
	case looksAgain:
		var pending []nameClaim
		for n := range s.tries {
			if me.pending&(1<<n) != 0 {
				pending = append(pending, modelClaim(n))
			}
		}
		me.at = map[standing]int{alone: stores, eldest: readsClaims, younger: withdraws, taken: withdraws}[modelClaim(i).stands(s.session(), pending)]
	case withdraws:
		try.withdrawn = true
		s.beginAnew(p)
	case stores:
		try.row, try.alive, me.at = true, true, readsItsClaim
	case readsItsClaim:
		if try.withdrawn {
			me.at = takesBack
			return
		}
		try.told, me.at = true, done
	case takesBack:
		try.alive = false
		s.beginAnew(p)
	}
}

func (s *modelState) beginAnew(p int) {
	me := &s.processes[p]
	me.at, me.seen, me.pending = looksForSession, 0, 0
	if me.try++; me.try == modelTries {
		me.try, me.at = 0, done
	}
}

// next are the states that may follow.
func (s modelState) next(meddle, deletions int) []modelState {
	var states []modelState
	for p := range s.processes {
		if s.processes[p].at != done {
			after := s
			after.step(p)
			states = append(states, after)
		}
	}
	for n, try := range s.tries {
		if s.meddled < meddle && try.claimed && !try.withdrawn {
			after := s
			after.meddled++
			after.tries[n].withdrawn = true
			states = append(states, after)
		}
		if s.deletions < deletions && try.alive {
			after := s
			after.deletions++
			after.tries[n].alive, after.tries[n].deleted = false, true
			states = append(states, after)
		}
	}
	return states
}

// fault says what is wrong in a state.
func (s modelState) fault() string {
	alive, told := 0, 0
	for _, try := range s.tries {
		if try.alive {
			alive++
		}
		if try.told && !try.deleted {
			told++
		}
		if try.told && !try.alive && !try.deleted {
			return "a session that was told to be stored is gone"
		}
	}
	ended := !slices.ContainsFunc(s.processes[:], func(p modelProcess) bool { return p.at != done })
	switch {
	case told > 1:
		return "two sessions were told to be stored"
	case alive > 1 && (s.meddled == 0 || ended):
		return "two sessions are there"
	}
	return ""
}

// TestNamesInEveryOrder goes through all orders of steps: undisturbed, and with
// a claim that others withdraw and a session that somebody deletes.
func TestNamesInEveryOrder(t *testing.T) {
	t.Parallel()
	for name, world := range map[string]struct{ meddle, deletions int }{
		"undisturbed": {}, "a claim withdrawn by others": {meddle: 1}, "a session deleted": {deletions: 1}, "both": {1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := map[modelState]bool{{}: true}
			queue := []modelState{{}}
			for len(queue) > 0 {
				s := queue[len(queue)-1]
				queue = queue[:len(queue)-1]
				if fault := s.fault(); fault != "" {
					t.Fatalf("%s: %+v", fault, s)
				}
				for _, after := range s.next(world.meddle, world.deletions) {
					if !seen[after] {
						seen[after] = true
						queue = append(queue, after)
					}
				}
			}
			t.Logf("%d states", len(seen))
		})
	}
}
