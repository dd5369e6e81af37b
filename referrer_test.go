package behavior_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// arrival is what brought a session somewhere.
type arrival struct{ Referrer, Source, Channel string }

func arrive(url, referrer string) behavior.Session {
	var s behavior.Session
	s.Follow(behavior.PageView{URL: url, Referrer: referrer})
	return s
}

func TestChannelOfTheReferrer(t *testing.T) {
	t.Parallel()
	tests := map[string]arrival{ // without the referrer
		"":                                     {"", "", "Direct"},
		"https://www.example.com/before":       {"", "", "Direct"}, // the site itself
		"http://EXAMPLE.com":                   {"", "", "Direct"},
		"about:client":                         {"", "", "Direct"},
		"nonsense":                             {"", "", "Direct"},
		"https://blog.example.com/":            {"", "blog.example.com", "Referral"},
		"https://www.other.org/page?x":         {"", "other.org", "Referral"},
		"https://www.google.com/":              {"", "google", "Organic Search"},
		"https://www.google.co.uk/url":         {"", "google", "Organic Search"},
		"https://google.de/":                   {"", "google", "Organic Search"},
		"https://google.evil.com/":             {"", "google.evil.com", "Referral"},
		"https://notgoogle.com/":               {"", "notgoogle.com", "Referral"},
		"https://docs.google.com/":             {"", "docs.google.com", "Referral"},
		"https://mail.google.com/":             {"", "google mail", "Email"},
		"https://gemini.google.com/app":        {"", "gemini", "AI Assistant"},
		"https://r.search.yahoo.com/":          {"", "yahoo", "Organic Search"},
		"https://de.search.yahoo.com/":         {"", "yahoo", "Organic Search"},
		"https://ya.ru/":                       {"", "yandex", "Organic Search"},
		"https://duckduckgo.com/":              {"", "duckduckgo", "Organic Search"},
		"https://l.facebook.com/l.php":         {"", "facebook", "Organic Social"},
		"https://t.co/abc":                     {"", "x", "Organic Social"},
		"https://old.reddit.com/r/x":           {"", "reddit", "Organic Social"},
		"https://pinterest.de/":                {"", "pinterest", "Organic Social"},
		"https://chatgpt.com/":                 {"", "chatgpt", "AI Assistant"},
		"https://www.perplexity.ai/":           {"", "perplexity", "AI Assistant"},
		"https://outlook.live.com/":            {"", "outlook", "Email"},
		"android-app://com.google.android.gm/": {"", "google mail", "Email"},
		"android-app://com.google.android.googlequicksearchbox/https": {"", "google", "Organic Search"},
		"android-app://com.example.reader":                            {"", "com.example.reader", "Referral"},
	}
	for referrer, want := range tests {
		s := arrive("https://example.com/", referrer)
		if want.Source != "" {
			want.Referrer = referrer
		}
		if diff := cmp.Diff(want, arrival{s.Referrer, s.Source, s.Channel}); diff != "" {
			t.Errorf("%s: %s", referrer, diff)
		}
	}
}

func TestChannelOfTheURL(t *testing.T) {
	t.Parallel()
	tests := []struct{ query, referrer, source, channel string }{
		{"utm_source=google&utm_medium=cpc", "", "google", "Paid Search"},
		{"utm_source=Facebook&utm_medium=CPC", "", "facebook", "Paid Social"},
		{"utm_source=ig&utm_medium=paid_social", "", "instagram", "Paid Social"},
		{"utm_source=somewhere&utm_medium=retargeting", "", "somewhere", "Paid Search"},
		{"utm_source=news&utm_medium=banner", "", "news", "Display"},
		{"utm_source=partner&utm_medium=affiliate", "", "partner", "Affiliates"},
		{"utm_source=spring&utm_medium=e-mail", "", "spring", "Email"},
		{"utm_source=newsletter", "", "newsletter", "Email"},
		{"utm_source=chatgpt.com", "https://chatgpt.com/", "chatgpt", "AI Assistant"},
		{"utm_source=linkedin.com&utm_medium=post", "", "linkedin", "Organic Social"},
		{"utm_source=www.Partner.org", "", "www.partner.org", "Referral"},
		{"utm_source=partner&utm_medium=referral", "", "partner", "Referral"},
		{"utm_source=poster&utm_medium=qr", "", "poster", "Other"},
		{"utm_medium=social", "", "", "Organic Social"},
		{"utm_medium=organic", "", "", "Organic Search"},
		{"utm_medium=push", "https://www.google.com/", "google", "Organic Search"},
		{"gclid=x", "https://www.google.com/", "google", "Paid Search"},
		{"gclid=x", "", "google", "Paid Search"},
		{"dclid=x", "https://news.example.org/", "google", "Display"},
		{"msclkid=x", "", "bing", "Paid Search"},
		{"ttclid=x", "", "tiktok", "Paid Social"},
		{"fbclid=x", "", "facebook", "Organic Social"},
		{"gclid=", "", "", "Direct"},
		{"utm_source=a&gclid=x", "", "a", "Paid Search"},
		{"utm_source=%ff%00a%0ab", "", "ab", "Referral"},
		{"x=%zz&utm_source=a", "", "a", "Referral"},
		{"utm_campaign=only", "", "", "Direct"},
	}
	for _, test := range tests {
		s := arrive("https://example.com/?"+test.query+"#utm_source=fragment", test.referrer)
		if s.Source != test.source || s.Channel != test.channel {
			t.Errorf("%s from %q: %q %q, want %q %q", test.query, test.referrer, s.Source, s.Channel, test.source, test.channel)
		}
		if !slices.Contains(behavior.Channels(), s.Channel) {
			t.Errorf("%q is no channel", s.Channel)
		}
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	var s behavior.Session
	s.Follow(behavior.PageView{})
	if diff := cmp.Diff(behavior.Session{}, s); diff != "" {
		t.Errorf("a view of nothing: %s", diff)
	}
	s.Follow(behavior.PageView{
		URL:  "https://example.com/in?utm_source=Spring+Mail&utm_medium=email&utm_campaign=c&utm_term=t&utm_content=" + strings.Repeat("o", 300),
		Host: "example.com", Path: "/in", Referrer: "https://mail.google.com/x",
	})
	s.Follow(behavior.PageView{URL: "https://example.com/mid?utm_source=other", Referrer: "https://example.com/in"})
	s.Follow(behavior.PageView{URL: "https://example.com", Referrer: "https://t.co/x"})
	want := behavior.Session{
		EntryPath: "/in", ExitPath: "/", Referrer: "https://mail.google.com/x", Source: "spring mail", Channel: "Email",
		UTMSource: "Spring Mail", UTMMedium: "email", UTMCampaign: "c", UTMTerm: "t", UTMContent: strings.Repeat("o", 255),
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
}
