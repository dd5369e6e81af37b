package behavior_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

func TestURLsThatPass(t *testing.T) {
	t.Parallel()
	urls := []string{
		"http://example.com", "https://www.example.co.uk/a/b.html?x=1&y=2#frag", "http://example.com:8080/", "HTTPS://EXAMPLE.COM/Path",
		"ftp://example.com/file.txt", "ftps://example.com", "http://example.com.", "http://example.com?q", "http://example.com#x",
		"http://localhost", "http://LOCALHOST:3000/app", "http://127.0.0.1:8000/", "http://0.0.0.0", "http://[::1]/",
		"http://[2001:DB8::1]:8080/a", "http://[::ffff:1.2.3.4]", "http://1.2.3.4.com", "http://a.b.c.d.e.museum",
		"http://例え.jp/", "https://münchen.de/straße", "http://xn--r8jz45g.jp/", "http://a.xn--p1ai", "http://موقع.وزارة-الاتصالات.مصر/",
		"http://🦊.com/", "http://例。com", "http://x.中", "https://example.com/путь?ключ=знач", "https://example.com/😀", "http://ex--ample.com",
		"http://example.com:0/", "http://example.com:99999/", "http://user@example.com/", "http://user:pass@example.com/", "http://user:@example.com/",
		"http://a?b@example.com/", "http://example.com?x@y", `http://example.com/<>|{}"\^` + "`", "http://example.com//x", "http://example.com/%zz",
		"http://" + strings.Repeat("a", 63) + ".com", "http://" + strings.Repeat("é", 63) + ".com",
		"https://example.com/" + strings.Repeat("a", 180), "https://example.com/" + strings.Repeat("😀", 180),
	}
	for _, raw := range urls {
		in := behavior.ViewInput{SessionID: "a", URL: raw}
		if err := in.Check(); err != nil || in.URL != raw {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestURLsThatFail(t *testing.T) {
	t.Parallel()
	urls := []string{
		"javascript:alert(1)", "data:text/html,x", "mailto:a@example.com", "file:///etc/passwd", "ws://example.com/", "://example.com",
		"httpx://example.com", "example.com", "/home", "//example.com/a", "#x", "http:/example.com", "http:example.com", "http",
		"http://", "https:///path", "http://example", "http://.example.com", "http://example..com", "http://-example.com", "http://example-.com",
		"http://exa_mple.com", "http://example.c", "http://example.c0m", "http://example.1", "http://example.com..", "http://localhost.", "http://a.-com",
		"http://xn--", "http://a.xn--", "http://a.xn--1-b", "http://" + strings.Repeat("a", 64) + ".com",
		"http://256.1.1.1", "http://01.2.3.4", "http://1.2.3", "http://1.2.3.4.5", "http://[1.2.3.4]", "http://[::1", "http://::1]/", "http://[]",
		"http://[::1]x", "http://[fe80::1%25eth0]/", "http://[v1.a]/", "http://a[b].com", "http://[@example.com",
		"http://example.com:123456/", "http://example.com:/", "http://example.com:abc/", "http://example.com:１/", "http://example.com:-1/",
		"http://user:pa:ss@example.com/", "http://us@er@example.com/", "http://@example.com/", "http://:p@example.com/", "http://a/b@c", "http://?a@example.com/",
		"http://exa mple.com", "http://example.com/a b", "http://example.com/a\nb", "http://example.com/\ta", "http://example.com/a\u00a0b",
		"http://example.com/a\u2028b", "http://example.com/\x1cx", "http://exa\u3000mple.com", "http://us er@example.com",
		"http://example.com/\a", "http://example.com/\x7f", "http://example.com/\u009b", "http://exa℀mple.com", "http://example.com：80", "http://\u0080.com",
		"http://example.com/\ufffd\xff",
	}
	for _, raw := range urls {
		in := behavior.ViewInput{SessionID: "a", URL: raw}
		if len(faults(t, in.Check())["url"]) == 0 {
			t.Errorf("%q passed", raw)
		}
	}
}

func TestURLMessages(t *testing.T) {
	t.Parallel()
	const long, bad = "Ensure this field has no more than 200 characters.", "Enter a valid URL."
	tests := map[string][]string{
		"":                        {"This field may not be blank."},
		" \u2003 ":                {"This field may not be blank."},
		"nope":                    {bad},
		" https://example.com/ ":  nil,
		"http://example.com/\x00": {"Null characters are not allowed."},
		"http://exam\x00ple.com/": {"Null characters are not allowed.", bad},
		"https://example.com/" + strings.Repeat("a", 181):  {long},
		"https://example.com/" + strings.Repeat("a", 2028): {long},
		"https://example.com/" + strings.Repeat("a", 2029): {long, bad},
		"x" + strings.Repeat("a", 200):                     {long, bad},
	}
	for raw, want := range tests {
		in := behavior.ViewInput{SessionID: "a", URL: raw}
		if diff := cmp.Diff(want, faults(t, in.Check())["url"]); diff != "" {
			t.Errorf("%.60q: %s", raw, diff)
		}
	}
}

func FuzzURL(f *testing.F) {
	for _, s := range []string{
		"https://example.com/a?b#c", "http://u:p@[::1]:80/", "ftp://例。com", "http://a?b@c.de/", "HTTP://Localhost", " http://1.2.3.4 ", "http://[::1", "\xff://",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		in := behavior.ViewInput{SessionID: "a", URL: s}
		if in.Check() != nil {
			return
		}
		once := in.URL
		if !utf8.ValidString(once) || utf8.RuneCountInString(once) > 200 || strings.ContainsFunc(once, unicode.IsControl) ||
			strings.ContainsFunc(once, unicode.IsSpace) {
			t.Errorf("%q became %q", s, once)
		}
		scheme, _, _ := strings.Cut(once, "://")
		if u, err := url.Parse(scheme + "://x"); err != nil || u.Scheme != strings.ToLower(scheme) {
			t.Errorf("%q has the scheme %q", once, scheme)
		}
		if err := in.Check(); err != nil || in.URL != once {
			t.Errorf("%q became %q, then %q: %v", s, once, in.URL, err)
		}
	})
}
