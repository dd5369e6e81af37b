package behavior

import (
	"bufio"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// agentFacts is what the corpus says of one user agent.
type agentFacts struct{ Browser, Version, OS, Device string }

func factsOf(userAgent string) agentFacts {
	a := parseAgent(userAgent)
	return agentFacts{a.browser, a.version, a.os, a.device}
}

func TestUserAgents(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/useragents/corpus.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	agents := 0
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		fields := strings.SplitN(lines.Text(), " | ", 5)
		if len(fields) != 5 {
			t.Fatalf("line %q", lines.Text())
		}
		agents++
		want, userAgent := agentFacts{fields[0], fields[1], fields[2], fields[3]}, fields[4]
		if diff := cmp.Diff(want, factsOf(userAgent)); diff != "" {
			t.Errorf("%s: %s", userAgent, diff)
		}
		if bot := parseAgent(userAgent).bot; bot != (want.Device == deviceBot) {
			t.Errorf("%s: bot is %v", userAgent, bot)
		}
	}
	if lines.Err() != nil || agents < 100 {
		t.Errorf("%d user agents read: %v", agents, lines.Err())
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
		"bot/" + long:            {Browser: "bot", Device: deviceBot},
		"x/1..2..":               {Browser: "x", Version: "1..2"},
		"ä" + long + " Bot/2":    {Browser: "ä" + long[:maxAgentDetail-1], Version: "2", Device: deviceBot},
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
		if s.Bot != (s.Device == deviceBot) || s.BrowserFamily == "" || s.Visitor == "" {
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
