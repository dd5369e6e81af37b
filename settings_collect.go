package behavior

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// CollectSettings are the settings of collect/, where the trackers in browsers
// send what they record, and of the script itself.
type CollectSettings struct {
	// Origins are the sites whose pages may send, "https://www.example.com"
	// for example, or "*" for all; pages of the server's own host may always.
	// They see whether what they sent was taken, and nothing else. Nil: all;
	// empty: no others may send. USER_BEHAVIOR_COLLECT_ORIGINS.
	Origins []string

	// ThrottleRate is how many batches an address may send. A tracker sends
	// about 12 a minute while it is used, and all browsers of an office may
	// have one address. Zero: 1200 a minute. USER_BEHAVIOR_COLLECT_THROTTLE_RATE.
	ThrottleRate Rate

	// Addresses is how much of a visitor's address is stored. Empty:
	// [TruncatedAddresses]. USER_BEHAVIOR_COLLECT_ADDRESSES.
	Addresses AddressDetail

	// Visitors is how visitors are told apart who are not signed in. Empty:
	// [DailyVisitors]. USER_BEHAVIOR_VISITORS.
	Visitors VisitorKey

	// TokenKey, when set, keeps strangers from sending: a batch must carry a
	// token that [SiteToken] has made with the same key. At least 16
	// characters. USER_BEHAVIOR_SITE_TOKEN_KEY.
	TokenKey string

	// ScriptName is one more name under which tracker.js is served, for
	// example "app.js". Default none. USER_BEHAVIOR_TRACKER_NAME.
	ScriptName string
}

// AddressDetail is how much of an address is stored.
type AddressDetail string

// The details of addresses.
const (
	TruncatedAddresses AddressDetail = "truncated" // the first 24 bits of IPv4, the first 48 of IPv6
	FullAddresses      AddressDetail = "full"
	NoAddresses        AddressDetail = "none"
)

// VisitorKey is how a visitor is recognized who is not signed in, see
// [Tracker.VisitorDefinition].
type VisitorKey string

// The keys of visitors.
const (
	DailyVisitors  VisitorKey = "daily"
	StableVisitors VisitorKey = "stable"
)

// MetricsAccess is who may read metrics/.
type MetricsAccess string

// The accesses to metrics/.
const (
	MetricsOff   MetricsAccess = "off"   // there is no such page
	MetricsStaff MetricsAccess = "staff" // staff, and callers from this machine and from trusted proxies
	MetricsOpen  MetricsAccess = "open"  // everybody
)

var defaultCollectRate = Rate{Count: 1200, Per: time.Minute}

// collectSettings are what goes with the tracker.
var collectSettings = []setting{
	{name: "COLLECT_ORIGINS", form: listForm, read: (*reader).origins},
	{name: "COLLECT_THROTTLE_RATE", read: func(r *reader, name string, value any) {
		r.rate(name, value, &r.settings.Collect.ThrottleRate)
	}},
	wordSetting("COLLECT_ADDRESSES", func(s *Settings) *AddressDetail { return &s.Collect.Addresses }),
	wordSetting("VISITORS", func(s *Settings) *VisitorKey { return &s.Collect.Visitors }),
	wordSetting("SITE_TOKEN_KEY", func(s *Settings) *string { return &s.Collect.TokenKey }),
	wordSetting("TRACKER_NAME", func(s *Settings) *string { return &s.Collect.ScriptName }),
	wordSetting("METRICS", func(s *Settings) *MetricsAccess { return &s.Metrics }),
}

// wordSetting is a text, which is checked with the other settings.
func wordSetting[T ~string](name string, of func(*Settings) *T) setting {
	return setting{name: name, read: func(r *reader, name string, value any) {
		if text, ok := r.text("E023", name, value); ok {
			*of(&r.settings) = T(text)
		}
	}}
}

// origins reads a list of sites; whether they are good is checked with the
// other settings.
func (r *reader) origins(name string, value any) {
	items, ok := listItems(value)
	if !ok && value != nil {
		r.faults.add("E024", name, fmt.Sprintf("'%s' must be a list of texts.", name), originHint)
		return
	}
	if value == nil {
		return
	}
	r.settings.Collect.Origins = []string{}
	for _, item := range items {
		r.settings.Collect.Origins = append(r.settings.Collect.Origins, itemText(item))
	}
}

const originHint = "Give a scheme and a host, with a port if there is one, and nothing else (e.g., 'https://www.example.com'), or '*' for all."

// complete fills in the defaults.
func (c *CollectSettings) complete() {
	c.Origins = slices.Clone(c.Origins)
	for i, o := range c.Origins {
		c.Origins[i] = strings.ToLower(o) // as browsers send it
	}
	c.ThrottleRate = cmp.Or(c.ThrottleRate, defaultCollectRate)
	c.Addresses = cmp.Or(c.Addresses, TruncatedAddresses)
	c.Visitors = cmp.Or(c.Visitors, DailyVisitors)
}

// minTokenKey is how short a key may be, in bytes.
const minTokenKey = 16

// scriptForm is what the script's name may look like.
var scriptForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,60}\.js$`)

func checkCollect(faults *Faults, s *Settings) {
	c := s.Collect
	for _, o := range c.Origins {
		if !validOrigin(o) {
			name := settingPrefix + "COLLECT_ORIGINS"
			faults.add("E024", name, fmt.Sprintf("'%s' names '%s', which is no site.", name, o), originHint)
		}
	}
	checkRate(faults, "COLLECT_THROTTLE_RATE", c.ThrottleRate)
	checkWord(faults, "COLLECT_ADDRESSES", c.Addresses, TruncatedAddresses, FullAddresses, NoAddresses)
	checkWord(faults, "VISITORS", c.Visitors, DailyVisitors, StableVisitors)
	if n := len(c.TokenKey); n > 0 && n < minTokenKey {
		name := settingPrefix + "SITE_TOKEN_KEY"
		faults.add("E025", name, fmt.Sprintf("'%s' is too short: it has %d characters of at least %d.", name, n, minTokenKey),
			"Make one by chance, for example with 'openssl rand -hex 32'.")
	}
	if c.ScriptName != "" && !scriptForm.MatchString(c.ScriptName) {
		name := settingPrefix + "TRACKER_NAME"
		faults.add("E026", name, fmt.Sprintf("'%s' names '%s', which cannot be a script.", name, c.ScriptName),
			"Use letters, digits and ._- and end in .js (e.g., 'app.js').")
	}
	checkWord(faults, "METRICS", s.Metrics, MetricsOff, MetricsStaff, MetricsOpen)
}

// checkWord wants one of the words, or none for the default.
func checkWord[T ~string](faults *Faults, setting string, value T, words ...T) {
	if value == "" || slices.Contains(words, value) {
		return
	}
	name := settingPrefix + setting
	var list []string
	for _, w := range words {
		list = append(list, "'"+string(w)+"'")
	}
	faults.add("E023", name, fmt.Sprintf("'%s' cannot be '%s'.", name, value), "Use one of "+strings.Join(list, ", ")+".")
}

// validOrigin reports whether a text is what browsers send as Origin, or "*".
func validOrigin(text string) bool {
	u, err := url.Parse(text)
	return text == "*" || err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && strings.EqualFold(u.Scheme+"://"+u.Host, text)
}
