package behavior

import (
	"slices"
	"sync/atomic"
	"time"
)

// Stats is what a tracker has done since it was made, for those who watch over
// it. The numbers only rise, but for Queue.
type Stats struct {
	// What has become of the events that browsers sent, see [Collected].
	Stored, Duplicate uint64
	Refused           map[Refusal]uint64

	// Lost is how many events browsers say that they had to drop, because too
	// many waited to be sent.
	Lost uint64

	Rows    uint64    // rows that stores have taken, from whatever way in
	Queue   int       // rows that wait to be stored
	Appends Histogram // how long stores took for a group of rows, failures included
}

// Histogram counts how long something took.
type Histogram struct {
	Bounds []float64 // in seconds, rising
	Counts []uint64  // how often it took up to each of the bounds
	Count  uint64    // how often it happened
	Sum    float64   // seconds, of all together
}

// Stats returns the numbers of this moment.
func (t *Tracker) Stats() Stats {
	s := Stats{
		Stored: t.counts.stored.Load(), Duplicate: t.counts.duplicate.Load(), Lost: t.counts.lost.Load(),
		Refused: make(map[Refusal]uint64, len(refusals)),
		Rows:    t.recorder.stored.Load(), Queue: t.recorder.queue(), Appends: t.recorder.took.read(),
	}
	for i, why := range refusals {
		s.Refused[why] = t.counts.refused[i].Load()
	}
	return s
}

// collectCounts are the totals of [Collected].
type collectCounts struct {
	stored, duplicate, lost atomic.Uint64
	refused                 [len(refusals)]atomic.Uint64
}

// add counts a batch.
func (c *collectCounts) add(done Collected, lost int) {
	c.stored.Add(uint64(done.Stored))
	c.duplicate.Add(uint64(done.Duplicate))
	c.lost.Add(uint64(lost))
	for i, why := range refusals {
		c.refused[i].Add(uint64(done.Refused[why]))
	}
}

// durations is a histogram under way.
type durations struct {
	counts [len(durationBounds) + 1]atomic.Uint64 // each for itself; the last is beyond the bounds
	sum    atomic.Int64                           // nanoseconds
}

// durationBounds are in seconds: from a group on a fast disk to one that its
// clients no longer wait for.
var durationBounds = [...]float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}

// note counts one duration.
func (d *durations) note(took time.Duration) {
	i := 0
	for i < len(durationBounds) && took.Seconds() > durationBounds[i] {
		i++
	}
	d.counts[i].Add(1)
	d.sum.Add(int64(took))
}

// read returns the histogram of this moment.
func (d *durations) read() Histogram {
	h := Histogram{Bounds: slices.Clone(durationBounds[:]), Sum: time.Duration(d.sum.Load()).Seconds()}
	for i := range d.counts {
		h.Count += d.counts[i].Load()
		if i < len(durationBounds) {
			h.Counts = append(h.Counts, h.Count)
		}
	}
	return h
}
