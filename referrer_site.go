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
	siteVideo
	siteShop
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
	clickNone      clickKind = iota
	clickAny                 // not that it was paid for
	clickPaid                // an advertisement
	clickDisplay             // one with a picture, on other people's pages
	clickAffiliate           // a partner who gets a share
	clickEmail               // a mailing
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
	{"yclid", site{"yandex", siteSearch}, clickPaid},
	{"ttclid", site{"tiktok", siteSocial}, clickPaid},
	{"twclid", site{"x", siteSocial}, clickPaid},
	{"li_fat_id", site{"linkedin", siteSocial}, clickPaid},
	{"rdt_cid", site{"reddit", siteSocial}, clickPaid},
	{"ScCid", site{"snapchat", siteSocial}, clickPaid},
	{"epik", site{"pinterest", siteSocial}, clickPaid},
	{"irclickid", site{"impact", siteOther}, clickAffiliate},
	{"mc_cid", site{"mailchimp", siteEmail}, clickEmail},
	{"mkt_tok", site{"marketo", siteEmail}, clickEmail},
	{"fbclid", site{"facebook", siteSocial}, clickAny},
	{"igsh", site{"instagram", siteSocial}, clickAny},
	{"srsltid", site{"google", siteSearch}, clickAny},
}

// ClickIDs lists the parameters of URLs by which advertisers find a click
// again. That one is there tells where a session comes from, see [Channels];
// its value tells who has clicked, and nobody needs it here.
func ClickIDs() []string {
	names := make([]string, len(clickIDs))
	for i, c := range clickIDs {
		names[i] = c.parameter
	}
	return names
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
