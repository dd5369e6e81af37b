package behavior

import (
	"strings"

	"github.com/mileusna/useragent"
)

// The kinds of device.
const (
	deviceDesktop = "desktop"
	deviceMobile  = "mobile"
	deviceTablet  = "tablet"
	deviceBot     = "bot"
)

// Longer texts are cut before they are looked at, and names before they are
// kept: a client may send anything as its user agent.
const (
	maxAgent       = 1024
	maxAgentDetail = 40
)

// agent is what a user agent tells about itself. What is not known is empty.
type agent struct {
	browser, version string
	os, device       string
	bot              bool
}

// parseAgent reads a user agent: with a library, and with tables of what it
// does not know.
func parseAgent(userAgent string) agent {
	if len(userAgent) > maxAgent {
		userAgent = userAgent[:maxAgent]
	}
	parsed := useragent.Parse(userAgent)
	a := agent{os: parsed.OS, bot: parsed.Bot || isBot(userAgent)}
	a.browser, a.version = agentBrowser(userAgent, parsed, a.bot)
	a.device = agentDevice(userAgent, parsed)
	for _, s := range agentSystems {
		if strings.Contains(userAgent, s.token) {
			a.os, a.device = s.os, s.device
			break
		}
	}
	if a.bot {
		a.device = deviceBot
	}
	return a
}

// agentBrowser names the browser or program, and its version. A name without a
// version is a guess, except that of a bot, and is not kept.
func agentBrowser(userAgent string, parsed useragent.UserAgent, bot bool) (name, version string) {
	name, version = parsed.Name, parsed.Version
	for _, b := range agentBrowsers {
		if _, after, found := strings.Cut(userAgent, b.token); found && !bot && leadingVersion(after) != "" {
			name, version = b.name, after
			break
		}
	}
	version = leadingVersion(version)
	if version == "" && !bot {
		return "", ""
	}
	return cutText(name, maxAgentDetail), cutText(version, maxAgentDetail)
}

// leadingVersion is the number that s begins with, dots included.
func leadingVersion(s string) string {
	rest := strings.TrimLeft(s, "0123456789.")
	return strings.Trim(s[:len(s)-len(rest)], ".")
}

// agentDevice is the kind of device. An Android browser that does not say
// "Mobile" runs on a tablet, by Google's advice to their makers.
func agentDevice(userAgent string, parsed useragent.UserAgent) string {
	mobile := strings.Contains(userAgent, "Mobile") || strings.Contains(userAgent, "Opera Mini")
	switch {
	case parsed.Tablet, parsed.OS == useragent.Android && !mobile:
		return deviceTablet
	case parsed.Mobile:
		return deviceMobile
	case parsed.Desktop:
		return deviceDesktop
	}
	return ""
}

// agentBrowsers are browsers that the library takes for another. The first
// whose token stands in front of a version counts.
var agentBrowsers = []struct{ token, name string }{
	{"MicroMessenger/", "WeChat"},    // sends Chrome's or Safari's name as well
	{"YaBrowser/", "Yandex Browser"}, // Chrome on phones, "YaBrowser" elsewhere
	{"UCBrowser/", "UC Browser"},     // Chrome
	{"MQQBrowser/", "QQ Browser"},    // Chrome
	{"Silk/", "Amazon Silk"},         // Chrome
	{"DuckDuckGo/", "DuckDuckGo"},    // Safari or Chrome
	{"Ddg/", "DuckDuckGo"},           // its newer token
	{"GSA/", "Google App"},           // Safari, with the version of its engine
	{"SeaMonkey/", "SeaMonkey"},      // Firefox
	{"Epiphany/", "GNOME Web"},       // Safari
	{"Chromium/", "Chromium"},        // "Ubuntu Chromium"
	{"Trident/7.0; rv:", iExplorer},  // Internet Explorer 11, "Trident"
	{"Trident/7.0; Touch; rv:", iExplorer},
	{"FBAV/", useragent.FacebookApp}, // with the name of the system as its version
	{"Opera Mini/", useragent.OperaMini},
}

const iExplorer = useragent.InternetExplorer

// agentSystems are systems that the library does not know, or takes for
// another whose name stands in the text as well.
var agentSystems = []struct{ token, os, device string }{
	{"Windows Phone", "Windows Phone", deviceMobile}, // says Android as well
	{"KAIOS/", "KaiOS", deviceMobile},
	{"OpenHarmony", "HarmonyOS", deviceMobile},
	{"Tizen", "Tizen", ""}, // television sets, for the most part; taken for Android
	{"Web0S", "webOS", ""}, // television sets
	{"PlayStation", "PlayStation", ""},
	{"Xbox", "Xbox", ""}, // says Windows as well
	{"FreeBSD", "FreeBSD", deviceDesktop},
	{"OpenBSD", "OpenBSD", deviceDesktop},
	{"NetBSD", "NetBSD", deviceDesktop},
}

// isBot reports whether a user agent is that of a program rather than of a
// person's browser.
func isBot(userAgent string) bool {
	lower := strings.ToLower(userAgent)
	for rest := lower; ; {
		before, after, found := strings.Cut(rest, "bot")
		if !found {
			break
		}
		// "Bot" ends the word in a bot's name; CUBOT makes telephones.
		if !strings.HasSuffix(before, "cu") && (after == "" || after[0] < 'a' || after[0] > 'z') {
			return true
		}
		rest = after
	}
	for _, token := range botTokens {
		if strings.Contains(lower, token) {
			return true
		}
	}
	return false
}

// botTokens are parts of the names, in lower case, of programs that do not
// call themselves bots: crawlers, makers of link previews, monitors, and the
// HTTP libraries of programming languages.
var botTokens = []string{
	"crawl", "spider", "slurp", "scrapy", "headless", "lighthouse", "phantomjs", "puppeteer", "playwright",
	"mediapartners-google", "google-inspectiontool", "googleother", "feedfetcher", "google favicon", "google-read-aloud",
	"facebookexternalhit", "facebookcatalog", "meta-external", "whatsapp/", "skypeuripreview", "embedly", "vkshare",
	"chatgpt-user", "perplexity-user", "claude-user", "ia_archiver", "w3c_validator",
	"pingdom", "statuscake", "site24x7", "uptime", "nagios", "datadog", "newrelicpinger", "blackbox-exporter",
	"curl/", "wget/", "python-requests", "python-urllib", "python-httpx", "aiohttp", "go-http-client", "java/",
	"apache-httpclient", "libwww-perl", "axios/", "node-fetch", "undici", "guzzlehttp", "postmanruntime", "insomnia/",
}
