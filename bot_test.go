package behavior

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestReasonsOfBots(t *testing.T) {
	t.Parallel()
	tests := map[string]string{ // by the reason that counts where several hold
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:125.0) Gecko/20100101 Firefox/125.0": "",
		"okhttp/4.12.0": "", // applications of people
		"Mozilla/5.0 (Linux; Android 13; CUBOT_X30) Chrome/124.0 Safari":  "", // a telephone
		"Mozilla/5.0 (compatible; ChatGPT-User/1.0) python-requests/2.31": "ai-crawler",
		"Googlebot/2.1 HeadlessChrome/124.0":                              "search-engine",
		"python-requests/2.31.0":                                          "http-library",
		"something curl/8.5.0":                                            "", // curl begins an agent
		"SomeBot/1.0":                                                     botUnknown,
		"Mozilla/5.0 (botanist; X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0": "",
		"my-crawler":                            botUnknown,
		"Acme/1.0 (https://acme.example/about)": botUnknown, // links to a page about itself
		"SSL Labs":                              "scanner",
		"SSL Labs/1.0":                          "", // the name ends an agent
	}
	for userAgent, want := range tests {
		if got := parseAgent(userAgent).bot; got != want {
			t.Errorf("%s: %q, want %q", userAgent, got, want)
		}
	}
}

func TestTheTableOfRobotsIsSound(t *testing.T) {
	t.Parallel()
	lines := 0
	for line := range strings.Lines(robotLines) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		lines++
		reason, text, found := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if !found || len(strings.Trim(text, "^$")) < 3 || !slices.Contains(botReasons[:len(botReasons)-1], reason) {
			t.Errorf("line %q", line)
		}
	}
	if lines < 1400 {
		t.Errorf("the table has only %d lines", lines)
	}
}

// The look-up by three bytes finds what a plain search finds.
func TestRobotsAreFoundAsBySearching(t *testing.T) {
	t.Parallel()
	var known []robotText
	for _, texts := range robots().texts {
		known = append(known, texts...)
	}
	slices.SortFunc(known, func(a, b robotText) int { return strings.Compare(a.text, b.text) })
	rapid.Check(t, func(t *rapid.T) {
		var parts []string
		for range rapid.IntRange(0, 4).Draw(t, "parts") {
			text := rapid.SampledFrom(known).Draw(t, "text").text
			from := rapid.IntRange(0, len(text)).Draw(t, "from")
			parts = append(parts, rapid.SampledFrom([]string{text, text[from:], text[:from], rapid.String().Draw(t, "other")}).Draw(t, "part"))
		}
		agent := strings.Join(parts, rapid.SampledFrom([]string{"", " ", "/1.0 "}).Draw(t, "between"))
		want := len(botReasons)
		for _, k := range known {
			found := strings.Contains(agent, k.text)
			if k.begins {
				found = strings.HasPrefix(agent, k.text)
			}
			if k.ends {
				found = strings.HasSuffix(agent, k.text)
			}
			if found {
				want = min(want, k.rank)
			}
		}
		if got, ok := robots().find(agent); got != want || ok != (want < len(botReasons)) {
			t.Fatalf("%q: rank %d, want %d", agent, got, want)
		}
	})
}

func BenchmarkBotReason(b *testing.B) {
	const userAgent = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36"
	botReason(userAgent) // makes the table
	for b.Loop() {
		botReason(userAgent)
	}
}
