package behavior

import (
	"net/url"
	"strings"
)

// siteKind is what a site is to the people who come from it.
type siteKind int

const (
	siteOther siteKind = iota
	siteSearch
	siteSocial
	siteEmail
	siteAI
)

// site is where a session comes from: its name as [Session.Source] shows it.
type site struct {
	name string
	kind siteKind
}

// knownSite names the site behind a referring host.
func knownSite(host string) site {
	if s, ok := siteOfDomain(host); ok {
		return s
	}
	if s, ok := siteOfBrand(host); ok {
		return s
	}
	return site{name: host}
}

// knownSource names the site that utm_source means, which writers of
// campaigns spell as a name or as a host.
func knownSource(source string) site {
	source = strings.ToLower(source)
	if isEmail(source) {
		return site{source, siteEmail}
	}
	if s, ok := sourceNames[source]; ok {
		return s
	}
	if s := knownSite(withoutWWW(source)); s.kind != siteOther {
		return s
	}
	return site{name: source}
}

// siteOfDomain looks up a host and the domains above it, the longest first.
func siteOfDomain(host string) (site, bool) {
	for domain := host; domain != ""; {
		if s, ok := siteDomains[domain]; ok {
			return s, true
		}
		_, domain, _ = strings.Cut(domain, ".")
	}
	return site{}, false
}

// siteOfBrand knows sites that have a domain in every country by the label in
// front of it: google.de, google.co.uk. What stands before the name must be
// one of the hosts of the search itself, so that docs.google.com is no search;
// a host of its mail is.
func siteOfBrand(host string) (site, bool) {
	labels := strings.Split(host, ".")
	at := len(labels) - 2
	if at > 0 && secondLevels[labels[at]] {
		at--
	}
	if at < 0 {
		return site{}, false
	}
	brand, ok := siteBrands[labels[at]]
	if !ok {
		return site{}, false
	}
	for _, label := range labels[:at] {
		switch {
		case label == "mail":
			return site{brand.name + " mail", siteEmail}, true
		case len(label) != 2 && !searchHosts[label]:
			return site{}, false
		}
	}
	return brand, true
}

// secondLevels stand between a name and the country in some domains.
var secondLevels = map[string]bool{"co": true, "com": true, "ne": true, "net": true, "or": true, "org": true}

// searchHosts are the hosts of search engines, besides those of a language or
// country of two letters.
var searchHosts = map[string]bool{"www": true, "m": true, "r": true, "search": true, "images": true, "html": true, "lite": true}

var siteBrands = map[string]site{
	"google": {"google", siteSearch}, "bing": {"bing", siteSearch}, "yahoo": {"yahoo", siteSearch},
	"yandex": {"yandex", siteSearch}, "duckduckgo": {"duckduckgo", siteSearch}, "baidu": {"baidu", siteSearch},
	"ecosia": {"ecosia", siteSearch}, "startpage": {"startpage", siteSearch}, "qwant": {"qwant", siteSearch},
	"naver": {"naver", siteSearch}, "seznam": {"seznam", siteSearch}, "sogou": {"sogou", siteSearch},
	"pinterest": {"pinterest", siteSocial},
}

// siteDomains are sites by domain. A subdomain may be another site than the
// domain above it.
var siteDomains = map[string]site{
	"ya.ru": {"yandex", siteSearch}, "search.brave.com": {"brave", siteSearch}, "kagi.com": {"kagi", siteSearch},
	"so.com": {"360 search", siteSearch}, "ask.com": {"ask", siteSearch}, "search.aol.com": {"aol", siteSearch},
	"dogpile.com": {"dogpile", siteSearch}, "metager.org": {"metager", siteSearch}, "metager.de": {"metager", siteSearch},
	"mojeek.com": {"mojeek", siteSearch}, "swisscows.com": {"swisscows", siteSearch}, "daum.net": {"daum", siteSearch},
	"coccoc.com": {"coccoc", siteSearch}, "go.mail.ru": {"mail.ru", siteSearch}, "com.google.android.googlequicksearchbox": {"google", siteSearch},

	"facebook.com": {"facebook", siteSocial}, "fb.com": {"facebook", siteSocial}, "messenger.com": {"facebook", siteSocial},
	"com.facebook.katana": {"facebook", siteSocial}, "instagram.com": {"instagram", siteSocial}, "com.instagram.android": {"instagram", siteSocial},
	"threads.net": {"threads", siteSocial}, "threads.com": {"threads", siteSocial}, "whatsapp.com": {"whatsapp", siteSocial},
	"t.co": {"x", siteSocial}, "twitter.com": {"x", siteSocial}, "x.com": {"x", siteSocial}, "com.twitter.android": {"x", siteSocial},
	"linkedin.com": {"linkedin", siteSocial}, "lnkd.in": {"linkedin", siteSocial}, "com.linkedin.android": {"linkedin", siteSocial},
	"reddit.com": {"reddit", siteSocial}, "com.reddit.frontpage": {"reddit", siteSocial},
	"youtube.com": {"youtube", siteSocial}, "youtu.be": {"youtube", siteSocial}, "tiktok.com": {"tiktok", siteSocial},
	"bsky.app": {"bluesky", siteSocial}, "go.bsky.app": {"bluesky", siteSocial}, "mastodon.social": {"mastodon", siteSocial},
	"mastodon.online": {"mastodon", siteSocial}, "t.me": {"telegram", siteSocial}, "org.telegram.messenger": {"telegram", siteSocial},
	"telegram.org": {"telegram", siteSocial}, "discord.com": {"discord", siteSocial}, "quora.com": {"quora", siteSocial},
	"tumblr.com": {"tumblr", siteSocial}, "snapchat.com": {"snapchat", siteSocial}, "vk.com": {"vk", siteSocial}, "ok.ru": {"ok", siteSocial},
	"weibo.com": {"weibo", siteSocial}, "weibo.cn": {"weibo", siteSocial}, "zhihu.com": {"zhihu", siteSocial}, "douyin.com": {"douyin", siteSocial},
	"xing.com": {"xing", siteSocial}, "line.me": {"line", siteSocial}, "twitch.tv": {"twitch", siteSocial},
	"news.ycombinator.com": {"hacker news", siteSocial}, "lobste.rs": {"lobsters", siteSocial}, "pin.it": {"pinterest", siteSocial},

	"com.google.android.gm": {"google mail", siteEmail}, "outlook.live.com": {"outlook", siteEmail},
	"outlook.office.com": {"outlook", siteEmail}, "outlook.office365.com": {"outlook", siteEmail}, "mail.proton.me": {"proton mail", siteEmail},
	"e.mail.ru": {"mail.ru", siteEmail}, "deref-gmx.net": {"gmx", siteEmail}, "deref-web.de": {"web.de", siteEmail},
	"mail.aol.com": {"aol mail", siteEmail}, "app.fastmail.com": {"fastmail", siteEmail}, "mail.zoho.com": {"zoho mail", siteEmail},

	"chatgpt.com": {"chatgpt", siteAI}, "openai.com": {"chatgpt", siteAI}, "perplexity.ai": {"perplexity", siteAI}, "claude.ai": {"claude", siteAI},
	"gemini.google.com": {"gemini", siteAI}, "bard.google.com": {"gemini", siteAI}, "notebooklm.google.com": {"notebooklm", siteAI},
	"copilot.microsoft.com": {"copilot", siteAI}, "copilot.cloud.microsoft": {"copilot", siteAI}, "deepseek.com": {"deepseek", siteAI},
	"grok.com": {"grok", siteAI}, "x.ai": {"grok", siteAI}, "mistral.ai": {"mistral", siteAI}, "meta.ai": {"meta ai", siteAI},
	"you.com": {"you.com", siteAI}, "poe.com": {"poe", siteAI}, "phind.com": {"phind", siteAI}, "duck.ai": {"duck.ai", siteAI},
	"kimi.com": {"kimi", siteAI}, "doubao.com": {"doubao", siteAI}, "qwen.ai": {"qwen", siteAI}, "manus.im": {"manus", siteAI},
}

// sourceNames are the names of sites in utm_source that are not their hosts.
var sourceNames = func() map[string]site {
	names := map[string]site{
		"fb": {"facebook", siteSocial}, "ig": {"instagram", siteSocial}, "yt": {"youtube", siteSocial}, "twitter": {"x", siteSocial},
		"adwords": {"google", siteSearch}, "google_ads": {"google", siteSearch}, "googleads": {"google", siteSearch},
		"gmail": {"google mail", siteEmail}, "openai": {"chatgpt", siteAI},
	}
	for _, sites := range []map[string]site{siteBrands, siteDomains} {
		for _, s := range sites {
			names[s.name] = s
		}
	}
	return names
}()

// clickKind is what a click id says of a click.
type clickKind int

const (
	clickNone clickKind = iota
	clickAny            // not that it was paid for
	clickPaid
	clickDisplay
)

// clickID is the parameter by which an advertiser finds a click again.
type clickID struct {
	parameter string
	site      site
	kind      clickKind
}

var clickIDs = []clickID{
	{"gclid", site{"google", siteSearch}, clickPaid},
	{"gbraid", site{"google", siteSearch}, clickPaid},
	{"wbraid", site{"google", siteSearch}, clickPaid},
	{"dclid", site{"google", siteSearch}, clickDisplay},
	{"msclkid", site{"bing", siteSearch}, clickPaid},
	{"ttclid", site{"tiktok", siteSocial}, clickPaid},
	{"twclid", site{"x", siteSocial}, clickPaid},
	{"li_fat_id", site{"linkedin", siteSocial}, clickPaid},
	{"fbclid", site{"facebook", siteSocial}, clickAny},
}

// clickOf finds the first click id in a query.
func clickOf(query url.Values) clickID {
	for _, c := range clickIDs {
		if query.Get(c.parameter) != "" {
			return c
		}
	}
	return clickID{}
}
