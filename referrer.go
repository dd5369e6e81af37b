package behavior

import (
	"net/url"
	"strings"
)

// maxCampaign is how much of a utm_* parameter is kept, in characters.
const maxCampaign = 255

// The channels, see [Channels].
const (
	channelDirect          = "Direct"
	channelOrganicSearch   = "Organic Search"
	channelPaidSearch      = "Paid Search"
	channelOrganicSocial   = "Organic Social"
	channelPaidSocial      = "Paid Social"
	channelOrganicVideo    = "Organic Video"
	channelPaidVideo       = "Paid Video"
	channelOrganicShopping = "Organic Shopping"
	channelPaidShopping    = "Paid Shopping"
	channelPaidOther       = "Paid Other"
	channelEmail           = "Email"
	channelAI              = "AI Assistant"
	channelDisplay         = "Display"
	channelAffiliates      = "Affiliates"
	channelSMS             = "SMS"
	channelPush            = "Push"
	channelAudio           = "Audio"
	channelReferral        = "Referral"
	channelOther           = "Other"
)

// Channels lists the values of [Session.Channel]. A session's channel follows
// from its first page view, by the first of these rules that holds:
//
//   - Display: utm_medium is display, banner, cpm, interstitial or expandable,
//     or the URL has the click id of a display advertisement (dclid).
//   - Paid Search, Paid Social, Paid Video, Paid Shopping, Paid Other:
//     utm_medium has "cp" in it (cpc, cpv) or is ppc or retargeting or begins
//     with "paid", or the URL has an advertisement's click id (gclid, msclkid
//     and others). Which of them, the source says, and if it is not known the
//     click id.
//   - Affiliates: utm_medium is affiliate or affiliates, or the URL has the
//     click id of an affiliate network (irclickid).
//   - Email: utm_medium or utm_source is email, e-mail or newsletter, the URL
//     has the mark of a mailing (mc_cid, mkt_tok), or the source is a mail
//     program on the web.
//   - SMS, Audio: utm_medium is sms or audio, or utm_source is sms.
//   - Push: utm_medium ends in "push" or has "notification" in it.
//   - Organic Search: utm_medium is organic, or the source is a search engine.
//   - Organic Social: utm_medium is social, social-network, social-media or
//     sm, or the source is a social network.
//   - Organic Video: utm_medium has "video" in it, or the source is a site for
//     videos.
//   - Organic Shopping: the source is a shop or a market place.
//   - AI Assistant: the source is one, ChatGPT for example.
//   - Referral: another site led here, or utm_source names one and utm_medium
//     is empty, referral, app or link.
//   - Other: there is another utm_medium.
//   - Direct: nothing is known; the address was typed, say, or bookmarked.
//
// The source is utm_source, else what an advertisement's click id tells, else
// what ref or source say in the URL, else the site that led here, else what
// another click id tells. A page of the same host, with or without "www.", is
// none. These are the rules of GA4 where it has one, but for the order of
// Display and Email, which do not give way to the source here.
func Channels() []string {
	return []string{
		channelDirect, channelOrganicSearch, channelPaidSearch, channelOrganicSocial, channelPaidSocial,
		channelOrganicVideo, channelPaidVideo, channelOrganicShopping, channelPaidShopping, channelPaidOther,
		channelEmail, channelAI, channelDisplay, channelAffiliates, channelSMS, channelPush, channelAudio,
		channelReferral, channelOther,
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
	site := s.cameFrom(query, from, click)
	s.Source, s.Channel = site.name, channel(mediumOf(s.UTMMedium), site, click)
}

// cameFrom is the site that a session comes from, see [Channels].
func (s *Session) cameFrom(query url.Values, from string, click clickID) site {
	referrer := knownSite(from)
	named := cutText(query.Get("ref"), maxCampaign)
	if named == "" {
		named = cutText(query.Get("source"), maxCampaign)
	}
	switch {
	case s.UTMSource != "":
		return knownSource(s.UTMSource)
	case click.site.name != "" && click.kind != clickAny:
		return click.site
	case named != "":
		return knownSource(named)
	case referrer.name != "" && (referrer.kind != siteOther || click.site.name == ""):
		return referrer
	case click.site.name != "":
		return click.site
	}
	return referrer
}

// mediumOf is utm_medium as the rules compare it: in lower case, with dashes
// where writers of campaigns put blanks and underscores.
func mediumOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '_' {
			return '-'
		}
		return r
	}, strings.ToLower(s))
}

// channel applies the rules of [Channels] in their order.
func channel(medium string, from site, click clickID) string {
	switch {
	case isDisplay(medium) || click.kind == clickDisplay:
		return channelDisplay
	case isPaid(medium) || click.kind == clickPaid:
		return paidChannel(from, click)
	case medium == "affiliate" || medium == "affiliates" || click.kind == clickAffiliate:
		return channelAffiliates
	case isEmail(medium) || from.kind == siteEmail || click.kind == clickEmail:
		return channelEmail
	case medium == "sms" || from.name == "sms":
		return channelSMS
	case medium == "audio":
		return channelAudio
	case strings.HasSuffix(medium, "push") || strings.Contains(medium, "notification"):
		return channelPush
	}
	return organicChannel(medium, from)
}

// paidChannel is the channel of an advertisement.
func paidChannel(from site, click clickID) string {
	kind := from.kind
	if kind == siteOther {
		kind = click.site.kind
	}
	switch kind {
	case siteSearch:
		return channelPaidSearch
	case siteSocial:
		return channelPaidSocial
	case siteVideo:
		return channelPaidVideo
	case siteShop:
		return channelPaidShopping
	}
	return channelPaidOther
}

// organicChannel is the channel of what nobody has paid for.
func organicChannel(medium string, from site) string {
	switch {
	case medium == "organic" || from.kind == siteSearch:
		return channelOrganicSearch
	case isSocial(medium) || from.kind == siteSocial:
		return channelOrganicSocial
	case strings.Contains(medium, "video") || from.kind == siteVideo:
		return channelOrganicVideo
	case from.kind == siteShop:
		return channelOrganicShopping
	case from.kind == siteAI:
		return channelAI
	case from.name != "" && isReferral(medium):
		return channelReferral
	case medium != "":
		return channelOther
	}
	return channelDirect
}

func isReferral(medium string) bool {
	switch medium {
	case "", "referral", "app", "link":
		return true
	}
	return false
}

func isSocial(medium string) bool {
	switch medium {
	case "social", "social-network", "social-media", "sm":
		return true
	}
	return false
}

func isDisplay(medium string) bool {
	switch medium {
	case "display", "banner", "cpm", "interstitial", "expandable":
		return true
	}
	return false
}

func isPaid(medium string) bool {
	return strings.Contains(medium, "cp") || medium == "ppc" || medium == "retargeting" || strings.HasPrefix(medium, "paid")
}

func isEmail(name string) bool {
	switch name {
	case "email", "e-mail", "e mail", "e_mail", "newsletter":
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
		return cutText(withoutWWW(strings.TrimSuffix(host, ".")), maxHost)
	}
	return ""
}

func withoutWWW(host string) string { return strings.TrimPrefix(host, "www.") }
