package behavior

import (
	_ "embed" // the table of robots
	"strings"
	"sync"
)

// BotReasons lists the values of [Session.BotReason]: what kind of program a
// session is of. The last one is for programs that call themselves a robot, or
// link to a page about themselves, and are not known otherwise.
func BotReasons() []string { return append([]string(nil), botReasons...) }

// BotReason tells why a user agent is that of a program rather than of a
// person's browser, by one of [BotReasons]; empty when it is not.
func BotReason(userAgent string) string { return parseAgent(userAgent).bot }

// botReasons, of which the first counts where several hold: a crawler for an
// AI assistant that is made with an HTTP library is the former.
var botReasons = []string{
	"ai-crawler", "search-engine", "social-preview", "feed-reader", "monitoring", "seo", "advertising", "archiver", "academic",
	"scanner", "browser-automation", "http-library", botUnknown,
}

const botUnknown = "crawler"

// botReason looks for what only programs have in their user agents.
func botReason(userAgent string) string {
	if rank, ok := robots().find(userAgent); ok {
		return botReasons[rank]
	}
	lower := strings.ToLower(userAgent)
	for _, b := range botTokens {
		if strings.Contains(lower, b.token) {
			return b.reason
		}
	}
	if namesBot(lower) {
		return botUnknown
	}
	return ""
}

// namesBot reports whether a word ends in "bot", as the names of robots do.
// CUBOT makes telephones.
func namesBot(lower string) bool {
	for rest := lower; ; {
		before, after, found := strings.Cut(rest, "bot")
		if !found {
			return false
		}
		if !strings.HasSuffix(before, "cu") && (after == "" || after[0] < 'a' || after[0] > 'z') {
			return true
		}
		rest = after
	}
}

// botTokens are parts, in lower case, of the names of programs that the table
// of robots lacks.
var botTokens = []struct{ token, reason string }{
	{"headless", "browser-automation"}, {"phantomjs", "browser-automation"}, {"puppeteer", "browser-automation"}, {"playwright", "browser-automation"},
	{"chatgpt-user", "ai-crawler"}, {"perplexity-user", "ai-crawler"}, {"claude-user", "ai-crawler"},
	{"google-read-aloud", "search-engine"}, {"googleother", "search-engine"}, {"google-inspectiontool", "search-engine"},
	{"skypeuripreview", "social-preview"}, {"embedly", "social-preview"}, {"vkshare", "social-preview"},
	{"uptime", "monitoring"}, {"nagios", "monitoring"}, {"blackbox", "monitoring"}, {"statuscake", "monitoring"},
	{"kube-probe", "monitoring"}, {"elb-healthchecker", "monitoring"},
	{"java/", "http-library"}, {"java-http-client", "http-library"}, {"python-urllib", "http-library"}, {"undici", "http-library"},
	{"deno/", "http-library"}, {"bun/", "http-library"}, {"guzzlehttp", "http-library"}, {"symfony httpclient", "http-library"},
	{"faraday v", "http-library"}, {"typhoeus", "http-library"}, {"reqwest", "http-library"}, {"libcurl", "http-library"},
	{"restsharp", "http-library"}, {"powershell", "http-library"}, {"postmanruntime", "http-library"}, {"insomnia/", "http-library"},
	{"apachebench", "http-library"}, {"k6/", "http-library"},
	{"crawl", botUnknown}, {"spider", botUnknown},
}

//go:embed crawlers.txt
var robotLines string

// robotTable finds the texts by which robots are known, in one pass over an
// agent: they are looked up by their first three bytes. That takes 0.4 µs, and
// all that is read from an agent 4 µs; so nothing of it is cached.
type robotTable struct {
	texts map[[3]byte][]robotText
	some  [1 << 10]uint64 // a bit for the hash of each key: most places of an agent end here
}

// bit is where the bit for three bytes stands.
func bit(a, b, c byte) (word int, mask uint64) {
	hash := uint16(a) ^ uint16(b)<<5 ^ uint16(c)<<10
	return int(hash >> 6), 1 << (hash & 63)
}

// robotText is a text in the agents of a robot.
type robotText struct {
	text         string
	rank         int  // index of [botReasons]
	begins, ends bool // the agent begins, or ends, with it
}

// robots is the table, made when it is asked for the first time.
var robots = sync.OnceValue(func() *robotTable {
	table := &robotTable{texts: map[[3]byte][]robotText{}}
	for line := range strings.Lines(robotLines) {
		reason, text, found := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if strings.HasPrefix(line, "#") || !found {
			continue
		}
		t := robotText{rank: len(botReasons) - 1}
		for rank, known := range botReasons {
			if known == reason {
				t.rank = rank
			}
		}
		text, t.begins = strings.CutPrefix(text, "^")
		t.text, t.ends = strings.CutSuffix(text, "$")
		key := [3]byte([]byte(t.text))
		word, mask := bit(key[0], key[1], key[2])
		table.some[word] |= mask
		table.texts[key] = append(table.texts[key], t)
	}
	return table
})

// find returns the lowest rank of the texts in an agent.
func (t *robotTable) find(agent string) (rank int, found bool) {
	rank = len(botReasons)
	for i := 0; i+3 <= len(agent); i++ {
		if word, mask := bit(agent[i], agent[i+1], agent[i+2]); t.some[word]&mask == 0 {
			continue
		}
		for _, known := range t.texts[[3]byte{agent[i], agent[i+1], agent[i+2]}] {
			if known.rank < rank && known.at(agent, i) {
				rank = known.rank
			}
		}
	}
	return rank, rank < len(botReasons)
}

// at reports whether the text stands at a place of an agent.
func (t robotText) at(agent string, i int) bool {
	return strings.HasPrefix(agent[i:], t.text) && (!t.begins || i == 0) && (!t.ends || i+len(t.text) == len(agent))
}
