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
	deviceTV      = "tv"
	deviceConsole = "console"
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
	bot              string // why it is one; empty: it is none
}

// parseAgent reads a user agent: with a library, and with tables of what it
// does not know.
func parseAgent(userAgent string) agent {
	if len(userAgent) > maxAgent {
		userAgent = userAgent[:maxAgent]
	}
	parsed := useragent.Parse(userAgent)
	a := agent{os: parsed.OS, bot: botReason(userAgent)}
	if a.bot == "" && parsed.Bot {
		a.bot = botUnknown
	}
	a.browser, a.version = agentBrowser(userAgent, parsed, a.bot != "")
	a.device = agentDevice(userAgent, parsed)
	for _, s := range agentSystems {
		if strings.Contains(userAgent, s.token) {
			a.os, a.device = s.os, s.device
			break
		}
	}
	for _, d := range agentDevices {
		if strings.Contains(userAgent, d.token) {
			a.device = d.device
			break
		}
	}
	if a.bot != "" {
		a.device = deviceBot
	}
	return a
}

// agentBrowser names the browser or program, and its version.
func agentBrowser(userAgent string, parsed useragent.UserAgent, bot bool) (name, version string) {
	name, version = parsed.Name, leadingVersion(parsed.Version)
	switch known, itsVersion, ok := knownBrowser(userAgent); {
	case bot: // what it pretends to be does not count
	case ok:
		return known, itsVersion
	case parsed.OS == useragent.Android && name == useragent.Safari:
		name = "Android browser"
	case parsed.OS == useragent.IOS && version == "" && strings.Contains(userAgent, "AppleWebKit"):
		return "iOS WebView", ""
	case version == "":
		return "", "" // a guess
	}
	return cutText(name, maxAgentDetail), cutText(version, maxAgentDetail)
}

// knownBrowser looks the browser up in [agentBrowsers].
func knownBrowser(userAgent string) (name, version string, ok bool) {
	for _, b := range agentBrowsers {
		_, after, found := strings.Cut(userAgent, b.token)
		if !found {
			continue
		}
		version = leadingVersion(after)
		switch {
		case b.version != "":
			_, after, _ = strings.Cut(userAgent, b.version)
			return b.name, cutText(leadingVersion(after), maxAgentDetail), true
		case version != "":
			return b.name, cutText(version, maxAgentDetail), true
		}
	}
	return "", "", false
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
