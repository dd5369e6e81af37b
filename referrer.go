package behavior

import (
	"net/url"
	"strings"
)

// maxCampaign is how much of a utm_* parameter is kept, in characters.
const maxCampaign = 255

// The channels, see [Channels].
const (
	channelDirect        = "Direct"
	channelOrganicSearch = "Organic Search"
	channelPaidSearch    = "Paid Search"
	channelOrganicSocial = "Organic Social"
	channelPaidSocial    = "Paid Social"
	channelEmail         = "Email"
	channelAI            = "AI Assistant"
	channelDisplay       = "Display"
	channelAffiliates    = "Affiliates"
	channelReferral      = "Referral"
	channelOther         = "Other"
)

// Channels lists the values of [Session.Channel]. A session's channel follows
// from its first page view, by the first of these rules that holds:
//
//   - Display: utm_medium is display, banner, cpm, interstitial or expandable,
//     or the URL has the click id of a display advertisement (dclid).
//   - Paid Search, Paid Social: utm_medium is cpc, ppc, cpv, cpa, cpp,
//     retargeting or begins with "paid", or the URL has an advertisement's
//     click id (gclid, gbraid, wbraid, msclkid, ttclid, twclid, li_fat_id). It
//     is social when the source is a social network, else search.
//   - Affiliates: utm_medium is affiliate or affiliates.
//   - Email: utm_medium or utm_source is email, e-mail or newsletter, or the
//     source is a mail program on the web.
//   - Organic Search: utm_medium is organic, or the source is a search engine.
//   - Organic Social: utm_medium is social, social-media or sm, or the source
//     is a social network.
//   - AI Assistant: the source is one, ChatGPT for example.
//   - Referral: another site led here, or utm_source names one and utm_medium
//     is empty, referral or link.
//   - Other: there is another utm_medium.
//   - Direct: nothing is known; the address was typed, say, or bookmarked.
//
// The source is utm_source, else what a click id tells, else the site that led
// here. A page of the same host, with or without "www.", does not count as one.
func Channels() []string {
	return []string{
		channelDirect, channelOrganicSearch, channelPaidSearch, channelOrganicSocial, channelPaidSocial,
		channelEmail, channelAI, channelDisplay, channelAffiliates, channelReferral, channelOther,
	}
}

// Follow moves the session on to one of its page views: ExitPath becomes its
// path. The first one, while EntryPath is empty, also tells what brought the
// session here: EntryPath, Referrer, Source, Channel and the five UTM fields.
// Page views must come in the order in which they happened.
func (s *Session) Follow(v PageView) {
	host, path := v.Host, v.Path
	if path == "" {
		host, path = splitURL(v.URL)
	}
	if path == "" {
		return
	}
	s.ExitPath = path
	if s.EntryPath != "" {
		return
	}
	s.EntryPath = path
	s.arrive(host, v)
}

// arrive fills in what brought a session to its first page view.
func (s *Session) arrive(host string, v PageView) {
	query := pageQuery(v.URL)
	s.UTMSource = cutText(query.Get("utm_source"), maxCampaign)
	s.UTMMedium = cutText(query.Get("utm_medium"), maxCampaign)
	s.UTMCampaign = cutText(query.Get("utm_campaign"), maxCampaign)
	s.UTMTerm = cutText(query.Get("utm_term"), maxCampaign)
	s.UTMContent = cutText(query.Get("utm_content"), maxCampaign)

	from := referringHost(v.Referrer)
	if from == withoutWWW(host) {
		from = ""
	}
	s.Referrer = ""
	if from != "" {
		s.Referrer = v.Referrer
	}
	click := clickOf(query)
	site := knownSite(from)
	switch {
	case s.UTMSource != "":
		site = knownSource(s.UTMSource)
	case click.site.name != "":
		site = click.site
	}
	s.Source, s.Channel = site.name, channel(strings.ToLower(s.UTMMedium), site, click)
}

// channel applies the rules of [Channels] in their order.
func channel(medium string, from site, click clickID) string {
	switch {
	case isDisplay(medium) || click.kind == clickDisplay:
		return channelDisplay
	case isPaid(medium) || click.kind == clickPaid:
		if from.kind == siteSocial {
			return channelPaidSocial
		}
		return channelPaidSearch
	case medium == "affiliate" || medium == "affiliates":
		return channelAffiliates
	case isEmail(medium) || from.kind == siteEmail:
		return channelEmail
	case medium == "organic" || from.kind == siteSearch:
		return channelOrganicSearch
	case medium == "social" || medium == "social-media" || medium == "sm" || from.kind == siteSocial:
		return channelOrganicSocial
	case from.kind == siteAI:
		return channelAI
	case from.name != "" && (medium == "" || medium == "referral" || medium == "link"):
		return channelReferral
	case medium != "":
		return channelOther
	}
	return channelDirect
}

func isDisplay(medium string) bool {
	switch medium {
	case "display", "banner", "cpm", "interstitial", "expandable":
		return true
	}
	return false
}

func isPaid(medium string) bool {
	switch medium {
	case "cpc", "ppc", "cpv", "cpa", "cpp", "retargeting":
		return true
	}
	return strings.HasPrefix(medium, "paid")
}

func isEmail(name string) bool {
	switch name {
	case "email", "e-mail", "newsletter":
		return true
	}
	return false
}

// pageQuery is the query of a URL; what cannot be read of it is left out.
func pageQuery(raw string) url.Values {
	raw, _, _ = strings.Cut(raw, "#")
	_, query, _ := strings.Cut(raw, "?")
	if query == "" {
		return nil
	}
	values, _ := url.ParseQuery(query) // returns what it could read beside the error
	return values
}

// referringHost is the host of a referrer, or the name of an Android app;
// empty for everything else.
func referringHost(referrer string) string {
	scheme, _, _ := strings.Cut(referrer, "://")
	switch strings.ToLower(scheme) {
	case "http", "https", "android-app":
		host, _ := splitURL(referrer)
		return cutText(withoutWWW(host), maxHost)
	}
	return ""
}

func withoutWWW(host string) string { return strings.TrimPrefix(host, "www.") }
