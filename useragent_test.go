package behavior

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// agentFacts is what the corpus says of one user agent.
type agentFacts struct{ Browser, Version, OS, Device, Reason string }

func factsOf(userAgent string) agentFacts {
	a := parseAgent(userAgent)
	return agentFacts{a.browser, a.version, a.os, a.device, a.bot}
}

// corpus reads the agents of the corpus and what is to be read from them.
func corpus(t *testing.T) map[string]agentFacts {
	t.Helper()
	raw, err := os.ReadFile("testdata/useragents/corpus.txt")
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string]agentFacts{}
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.SplitN(line, " | ", 6)
		if len(fields) != 6 {
			t.Fatalf("line %q", line)
		}
		facts[fields[5]] = agentFacts{fields[0], fields[1], fields[2], fields[3], fields[4]}
	}
	return facts
}

// judged is what was read, with a question mark where that is not judged.
func judged(got, want agentFacts) agentFacts {
	for _, field := range []struct{ got, want *string }{{&got.Browser, &want.Browser}, {&got.Version, &want.Version}, {&got.OS, &want.OS}} {
		if *field.want == "?" {
			*field.got = "?"
		}
	}
	return got
}

// The share of agents of which every fact is right; docs/visitors.md tells it.
const leastRight = 0.97

func TestUserAgents(t *testing.T) {
	t.Parallel()
	agents := corpus(t)
	right := 0
	for userAgent, want := range agents {
		got := factsOf(userAgent)
		diff := cmp.Diff(want, judged(got, want))
		if diff == "" {
			right++
			continue
		}
		t.Logf("%s: %s", userAgent, diff)
		if (got.Reason != "") != (want.Reason != "") {
			t.Errorf("%s: taken for a person or a robot by mistake, %q", userAgent, got.Reason)
		}
	}
	if share := float64(right) / float64(len(agents)); len(agents) < 450 || share < leastRight {
		t.Errorf("%d of %d agents are read right: %.1f %%", right, len(agents), 100*share)
	}
	told := fmt.Sprintf("%d of %d", right, len(agents))
	if doc, err := os.ReadFile("docs/visitors.md"); err != nil || !strings.Contains(string(doc), told) {
		t.Errorf("docs/visitors.md does not say %q: %v", told, err)
	}
}

func TestHostileUserAgents(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("X", 500)
	tests := map[string]agentFacts{
		"":                       {},
		"\x00\xff":               {},
		"<script>alert(1)":       {},
		long + "/1.0":            {Browser: long[:maxAgentDetail], Version: "1.0"},
		"a\nb\u202e/1.0":         {Browser: "ab\u202e", Version: "1.0"},
		"name/" + long:           {},
		"bot/" + long:            {Browser: "bot", Device: deviceBot, Reason: botUnknown},
		"x/1..2..":               {Browser: "x", Version: "1..2"},
		"ä" + long + " Bot/2":    {Browser: "ä" + long[:maxAgentDetail-1], Version: "2", Device: deviceBot, Reason: botUnknown},
		strings.Repeat("é", 1e6): {},
	}
	for userAgent, want := range tests {
		if diff := cmp.Diff(want, factsOf(userAgent)); diff != "" {
			t.Errorf("%.40q: %s", userAgent, diff)
		}
	}
}

func FuzzUserAgent(f *testing.F) {
	for _, s := range []string{
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Android;", "(((;;;///:::", "Instagram", "FBAN/x", "\xff/1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, userAgent string) {
		s := Session{UserAgent: userAgent, IPAddress: "192.0.2.1"}
		s.derive()
		for _, text := range []string{s.Browser, s.BrowserVersion, s.OS, s.Device, s.BrowserFamily, s.Visitor} {
			if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxAgentDetail || strings.ContainsAny(text, "\x00\n\r") {
				t.Errorf("%q gives %q", userAgent, text)
			}
		}
		if s.Bot != (s.Device == deviceBot) || s.Bot != slices.Contains(BotReasons(), s.BotReason) || s.BrowserFamily == "" || s.Visitor == "" {
			t.Errorf("%q gives %+v", userAgent, s)
		}
	})
}

func BenchmarkDeriveSession(b *testing.B) {
	s := Session{
		IPAddress: "192.0.2.1",
		UserAgent: "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
	}
	for b.Loop() {
		s.derive()
	}
}
