package behavior_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

func TestOnlySitesWithATokenMaySend(t *testing.T) {
	t.Parallel()
	const key = "sixteen or more letters"
	tracker, store, c := collector(t, behavior.Settings{Collect: behavior.CollectSettings{TokenKey: key}})
	good := behavior.SiteToken(key, c.now())
	expiry, signature, _ := strings.Cut(good, ".")
	for name, token := range map[string]string{
		"none":               "",
		"another key's":      behavior.SiteToken(key+"!", c.now()),
		"too old":            behavior.SiteToken(key, c.now().Add(-behavior.SiteTokenTime-time.Second)),
		"made to last":       "zzzzzzzz." + signature,
		"without expiry":     "." + signature,
		"without signature":  expiry + ".",
		"with another case":  strings.ToUpper(expiry) + "." + signature,
		"with more behind":   good + "A",
		"a number beyond":    strings.Repeat("z", 30) + "." + signature,
		"strange characters": "\xff\x00.",
	} {
		in := browserBatch(c, seen(c, 1, shop))
		in.Token = token
		if _, err := tracker.Collect(t.Context(), in); !errors.Is(err, behavior.ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := count(t, store); n != 0 {
		t.Errorf("%d sessions are stored", n)
	}
	for _, wait := range []time.Duration{0, behavior.SiteTokenTime} {
		c.wait(wait)
		in := browserBatch(c, seen(c, 1, shop))
		in.Token = good
		if _, err := tracker.Collect(t.Context(), in); err != nil {
			t.Errorf("after %v: %v", wait, err)
		}
	}
}
