package behavior_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

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
		"android-app://com.linkedin.android/":                         {"", "linkedin", "Organic Social"},
		"android-app://com.google.android.youtube":                    {"", "youtube", "Organic Video"},
		"android-app://com.openai.chatgpt/":                           {"", "chatgpt", "AI Assistant"},
		"ANDROID-APP://com.slack":                                     {"", "slack", "Organic Social"},
		"ios-app://544007664/vnd.youtube/":                            {"", "", "Direct"},
		"https://example.com./x":                                      {"", "", "Direct"}, // the site itself, written in full
		"https://www.example.com:8443/":                               {"", "", "Direct"},
		"https://example.com.evil.org/":                               {"", "example.com.evil.org", "Referral"},
		"https://shop.www.example.com/":                               {"", "shop.www.example.com", "Referral"},
		"https://user@www.other.org:8080/?q=1#x":                      {"", "other.org", "Referral"},
		"http://192.0.2.7/":                                           {"", "192.0.2.7", "Referral"},
		"http://[2001:db8::7]:80/":                                    {"", "2001:db8::7", "Referral"},
		"https://xn--mnchen-3ya.de/":                                  {"", "xn--mnchen-3ya.de", "Referral"},
		"javascript:alert(1)":                                         {"", "", "Direct"},
		"https://":                                                    {"", "", "Direct"},
		"https://www.bing.com/search":                                 {"", "bing", "Organic Search"},
		"https://cn.bing.com/":                                        {"", "bing", "Organic Search"},
		"https://yandex.com.tr/":                                      {"", "yandex", "Organic Search"},
		"https://search.yahoo.co.jp/":                                 {"", "yahoo", "Organic Search"},
		"https://mail.yahoo.com/":                                     {"", "yahoo mail", "Email"},
		"https://www.ecosia.org/":                                     {"", "ecosia", "Organic Search"},
		"https://search.brave.com/":                                   {"", "brave", "Organic Search"},
		"https://brave.com/":                                          {"", "brave.com", "Referral"},
		"https://www.baidu.com/link":                                  {"", "baidu", "Organic Search"},
		"https://yiyan.baidu.com/":                                    {"", "ernie", "AI Assistant"},
		"https://lm.facebook.com/l.php":                               {"", "facebook", "Organic Social"},
		"https://l.instagram.com/":                                    {"", "instagram", "Organic Social"},
		"https://www.threads.com/":                                    {"", "threads", "Organic Social"},
		"https://lnkd.in/x":                                           {"", "linkedin", "Organic Social"},
		"https://m.youtube.com/watch":                                 {"", "youtube", "Organic Video"},
		"https://vimeo.com/1":                                         {"", "vimeo", "Organic Video"},
		"https://www.amazon.co.uk/dp/1":                               {"", "amazon", "Organic Shopping"},
		"https://aws.amazon.com/":                                     {"", "aws.amazon.com", "Referral"},
		"https://www.etsy.com/":                                       {"", "etsy", "Organic Shopping"},
		"https://chat.openai.com/":                                    {"", "chatgpt", "AI Assistant"},
		"https://copilot.microsoft.com/":                              {"", "copilot", "AI Assistant"},
		"https://claude.ai/":                                          {"", "claude", "AI Assistant"},
		"https://chat.mistral.ai/":                                    {"", "mistral", "AI Assistant"},
		"https://chat.deepseek.com/":                                  {"", "deepseek", "AI Assistant"},
		"https://news.ycombinator.com/item":                           {"", "hacker news", "Organic Social"},
		"https://ycombinator.com/":                                    {"", "ycombinator.com", "Referral"},
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
		{"utm_source=somewhere&utm_medium=retargeting", "", "somewhere", "Paid Other"},
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
		{"utm_medium=push", "https://www.google.com/", "google", "Push"},
		{"utm_source=firebase&utm_medium=app_notification", "", "firebase", "Push"},
		{"utm_source=sms", "", "sms", "SMS"},
		{"utm_source=spring&utm_medium=SMS", "", "spring", "SMS"},
		{"utm_source=spotify&utm_medium=audio", "", "spotify", "Audio"},
		{"utm_source=youtube&utm_medium=cpv", "", "youtube", "Paid Video"},
		{"utm_source=portal&utm_medium=video", "", "portal", "Organic Video"},
		{"utm_source=ebay&utm_medium=cpc", "", "ebay", "Paid Shopping"},
		{"utm_source=idealo.de&utm_medium=referral", "", "idealo", "Organic Shopping"},
		{"utm_source=bing&utm_medium=ppc", "", "bing", "Paid Search"},
		{"utm_source=google&utm_medium=cpm", "", "google", "Display"},
		{"utm_source=linkedin&utm_medium=paid", "", "linkedin", "Paid Social"},
		{"utm_source=team&utm_medium=social_network", "", "team", "Organic Social"},
		{"utm_source=team&utm_medium=Social+Media", "", "team", "Organic Social"},
		{"utm_source=app&utm_medium=app", "", "app", "Referral"},
		{"utm_source=e_mail", "", "e_mail", "Email"},
		{"utm_source=facebook&utm_medium=email", "", "facebook", "Email"},
		{"utm_source=partner&utm_medium=Affiliates", "", "partner", "Affiliates"},
		{"ref=producthunt.com", "", "product hunt", "Organic Social"},
		{"source=Partner", "https://www.google.com/", "partner", "Referral"},
		{"ref=a&source=b", "", "a", "Referral"},
		{"utm_source=c&ref=a", "", "c", "Referral"},
		{"ref=", "https://www.google.com/", "google", "Organic Search"},
		{"ref=a&gclid=x", "", "google", "Paid Search"},
		{"gclid=x", "https://news.example.org/", "google", "Paid Search"},
		{"gclid=x&utm_source=youtube", "", "youtube", "Paid Video"},
		{"utm_source=a&msclkid=x&utm_medium=cpc", "", "a", "Paid Search"},
		{"yclid=x", "", "yandex", "Paid Search"},
		{"ScCid=x", "", "snapchat", "Paid Social"},
		{"li_fat_id=x", "", "linkedin", "Paid Social"},
		{"irclickid=x", "https://blog.example.org/", "impact", "Affiliates"},
		{"mc_cid=x", "", "mailchimp", "Email"},
		{"mkt_tok=x", "", "marketo", "Email"},
		{"fbclid=x", "https://l.instagram.com/", "instagram", "Organic Social"},
		{"fbclid=x", "https://blog.example.org/", "facebook", "Organic Social"},
		{"fbclid=x", "https://example.com/", "facebook", "Organic Social"},
		{"fbclid=x&utm_source=fb&utm_medium=paid_social", "https://m.facebook.com/", "facebook", "Paid Social"},
		{"srsltid=x", "https://www.google.com/", "google", "Organic Search"},
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

// Whatever strangers write, the session has a channel, and one line of text.
func FuzzArrival(f *testing.F) {
	for _, seed := range [][2]string{
		{"https://example.com/?utm_source=google&utm_medium=cpc", "https://www.google.com/"}, {"?gclid=1&%zz", "android-app://"},
		{"https://\xff/?ref=%00%0a", "https://.../"}, {"//?utm_medium=video cp push", "http://mail.google.co.uk./"}, {"", "\x00"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, url, referrer string) {
		s := arrive(url, referrer)
		if s.EntryPath == "" {
			return
		}
		if !slices.Contains(behavior.Channels(), s.Channel) {
			t.Errorf("%q is no channel", s.Channel)
		}
		if !utf8.ValidString(s.Source) || utf8.RuneCountInString(s.Source) > 255 || strings.ContainsAny(s.Source, "\x00\r\n") {
			t.Errorf("source %q", s.Source)
		}
		if (s.Source == "") != (s.Channel == "Direct") && s.UTMMedium == "" {
			t.Errorf("source %q and channel %q", s.Source, s.Channel)
		}
	})
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
