package storetest

import (
	"bytes"
	"strconv"
	"sync"
	"testing"
	"time"
)

var saltCases = []testCase{
	{"a day has one salt", saltOnce},
	{"salts outlive the process", saltReopened},
	{"salts are deleted after two days", saltDeleted},
	{"many callers get the same salt", saltConcurrent},
}

// salt asks for the salt of the day that lies days after start.
func salt(t *testing.T, h *house, days int, fresh string) string {
	t.Helper()
	got, err := h.Salt(t.Context(), start.AddDate(0, 0, days), []byte(fresh))
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func saltOnce(t *testing.T, h *house) {
	same(t, "first", "one\x00\xff", salt(t, h, 0, "one\x00\xff"))
	same(t, "again", "one\x00\xff", salt(t, h, 0, "two"))
	same(t, "the next day", "three", salt(t, h, 1, "three"))
	same(t, "the day before", "one\x00\xff", salt(t, h, 0, "four"))

	midnight := start.Truncate(24 * time.Hour)
	for _, at := range []time.Time{midnight, midnight.Add(24*time.Hour - 1), midnight.In(time.FixedZone("", -5*3600))} {
		got, err := h.Salt(t.Context(), at, []byte("other"))
		if err != nil || !bytes.Equal(got, []byte("one\x00\xff")) {
			t.Errorf("at %v: %q, %v", at, got, err)
		}
	}
}

func saltReopened(t *testing.T, h *house) {
	salt(t, h, 0, "one")
	h.reopen(t)
	same(t, "salt", "one", salt(t, h, 0, "two"))
}

func saltDeleted(t *testing.T, h *house) {
	salt(t, h, 0, "zero")
	salt(t, h, 1, "one")
	same(t, "a day later", "zero", salt(t, h, 0, "new"))
	salt(t, h, 2, "two")
	same(t, "the day before", "one", salt(t, h, 1, "new"))
	same(t, "two days later", "new", salt(t, h, 0, "new"))
	salt(t, h, 30, "thirty")
	h.reopen(t)
	same(t, "a month later", "newer", salt(t, h, 2, "newer"))
}

func saltConcurrent(t *testing.T, h *house) {
	const callers = 16
	var got [callers]string
	var wg sync.WaitGroup
	for n := range callers {
		wg.Go(func() {
			one, err := h.Salt(t.Context(), start, []byte(strconv.Itoa(n)))
			if err != nil {
				t.Error(err)
			}
			got[n] = string(one)
		})
	}
	wg.Wait()
	for _, other := range got {
		same(t, "salt", got[0], other)
	}
}
