package behavior

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// CollectInput is one batch of events as a browser's tracker sends it, and
// what the request tells beside it. docs/collect.md has the wire format.
type CollectInput struct {
	// SessionID is the browser's own name for its session: 32 hexadecimal
	// digits. Empty: the device keeps none; the session follows from Address,
	// UserAgent and the site.
	SessionID string

	// Page names the page load, 16 to 32 hexadecimal digits; together with
	// an event's N it names the event.
	Page string

	// PageKey, 16 hexadecimal digits, is the key that web.Track has given to
	// the page as it was served. The first view of the page load that uses it
	// first is the one that is recorded then. Empty: there is none.
	PageKey string

	Sent   float64 // the browser's clock when it sent this, in milliseconds since 1970
	UserID string  // as the page gives it; empty for nobody
	Token  string  // of the site, see [SiteToken]
	Lost   int     // events that the browser had to drop before these

	ViewportWidth, ViewportHeight int // pixels; zero when not sent
	ScreenWidth, ScreenHeight     int

	Language string
	TimeZone string // an IANA name
	Events   []CollectEvent

	UserAgent string
	Address   netip.Addr // the zero Addr when it cannot be known
	Country   string     // ISO 3166-1 alpha-2, where something better than the time zone tells it
}

// CollectEvent is one event of a batch.
type CollectEvent struct {
	N        int64   // its number within the page load, from 1
	At       float64 // the browser's clock when it happened
	Kind     string  // "view", "end", "ping" or an event type
	Element  string  // of a view its title, if that is sent
	URL      string  // empty: that of the event before
	Referrer string  // of a view
	View     int64   // N of the view that it belongs to; zero: that of the event before
	Metadata json.RawMessage
}

// The kinds of event that are no interaction.
const (
	kindView = "view" // a page is seen
	kindEnd  = "end"  // a page is no longer seen: for how long it was, and how far
	kindPing = "ping" // the same while it is still seen
)

// The bounds of a batch.
const (
	maxEvents       = 200
	maxNumber       = 1<<53 - 1 // the largest whole number that JavaScript keeps exact
	maxCollectURL   = 2048      // characters, as the tracker cuts them
	maxElement      = 200
	maxTitle        = 300
	maxMetadata     = 4000 // characters
	maxPixels       = 1_000_000
	maxCollectDelay = 24 * time.Hour
)

var (
	sessionForm = regexp.MustCompile(`^[0-9a-f]{32}$`)
	pageForm    = regexp.MustCompile(`^[0-9a-f]{16,32}$`)
	localeForm  = regexp.MustCompile(`^[A-Za-z0-9-]{1,35}$`)
)

// check says what is wrong with a batch as a whole: nil or [Invalid]. Single
// events are refused one by one.
func (in *CollectInput) check() error {
	wrong := Invalid{}
	if in.SessionID != "" && !sessionForm.MatchString(in.SessionID) {
		wrong.add("s", "A session's name is 32 hexadecimal digits in lower case.")
	}
	if !pageForm.MatchString(in.Page) {
		wrong.add("p", "A page load's name is 16 to 32 hexadecimal digits in lower case.")
	}
	in.UserID = wrong.optional("u", in.UserID, maxName)
	if n := len(in.Events); n == 0 || n > maxEvents {
		wrong.add("b", fmt.Sprintf("A batch has 1 to %d events, not %d.", maxEvents, n))
		return wrong
	}
	if i := slices.IndexFunc(in.Events, func(e CollectEvent) bool { return e.N < 1 || e.N > maxNumber }); i >= 0 {
		wrong.add("b", fmt.Sprintf("Event %d of the batch has no number from 1 to %d.", i+1, int64(maxNumber)))
	}
	return wrong.orNil()
}

// moment is when an event happened by our clock: clients' clocks are wrong,
// but what passed between two of their readings is not.
func (in *CollectInput) moment(e CollectEvent, now time.Time) time.Time {
	ago := in.Sent - e.At
	if !(ago > 0) { // nor a number at all
		return now
	}
	if ago >= float64(maxCollectDelay.Milliseconds()) {
		return now.Add(-maxCollectDelay)
	}
	return now.Add(-time.Duration(ago * float64(time.Millisecond))).Truncate(time.Microsecond)
}

// key names an event of this page load.
func (in *CollectInput) key(n int64) string { return in.Page + "." + strconv.FormatInt(n, 10) }

// viewport is the size of the page's window, empty when not known.
func (in *CollectInput) viewport() string { return pixels(in.ViewportWidth, in.ViewportHeight) }

func pixels(width, height int) string {
	if width < 1 || height < 1 || width > maxPixels || height > maxPixels {
		return ""
	}
	return strconv.Itoa(width) + "x" + strconv.Itoa(height)
}

// validPageURL reports whether a URL is that of a page, as browsers write it.
// Other than the API it takes any host, "http://intranet/" for example.
func validPageURL(s string) bool {
	scheme, rest, found := strings.Cut(s, "://")
	if !found || scheme != "http" && scheme != "https" || utf8.RuneCountInString(s) > maxCollectURL {
		return false
	}
	if strings.ContainsFunc(s, func(r rune) bool { return isSpace(r) || unicode.IsControl(r) }) || !utf8.ValidString(s) {
		return false
	}
	return validAuthority(authority(rest))
}
