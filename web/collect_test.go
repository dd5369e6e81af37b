package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

const (
	collectPath = "/user_behavior/collect/"
	plain       = "Content-Type: text/plain;charset=UTF-8"
	firefox     = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"
)

// wire is a batch of a tracker: session n, page load n, and these events.
func wire(n int, events ...string) string {
	return fmt.Sprintf(`{"v":1,"s":"%032x","p":"%032x","u":null,"x":0,"d":0,"w":[1280,720,1920,1080],"l":"de-CH","z":"Europe/Zurich","t":1741953600000,"b":[%s]}`,
		n, n, strings.Join(events, ","))
}

// view and click are events as a tracker writes them.
func view(n int) string {
	return fmt.Sprintf(`{"n":%d,"t":1741953599000,"k":"view","u":"https://shop.example/cart?utm_source=letter","i":%d,"r":"https://www.google.com/"}`, n, n)
}

func click(n int) string {
	return fmt.Sprintf(`{"n":%d,"t":1741953599500,"k":"click","e":"#buy","m":{"x":10,"y":20,"b":0}}`, n)
}

// send sends a batch and returns status and body.
func send(t *testing.T, h http.Handler, body string, header ...string) string {
	t.Helper()
	if len(header) == 0 {
		header = []string{plain, firefox}
	}
	res := ask(t, h, "POST", collectPath, body, header...)
	return strings.TrimSpace(fmt.Sprint(res.status, " ", res.text()))
}

// stored counts the records of a tracker.
func stored(t *testing.T, tracker *behavior.Tracker) (counts behavior.Counts) {
	t.Helper()
	q := behavior.Query{Limit: 1}
	_, sessions, err1 := tracker.Sessions(t.Context(), q)
	_, views, err2 := tracker.PageViews(t.Context(), q)
	_, interactions, err3 := tracker.Interactions(t.Context(), q)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	return behavior.Counts{Sessions: sessions, PageViews: views, Interactions: interactions}
}

func TestCollectStoresWhatATrackerSends(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, behavior.Settings{})
	h := web.Handler(tracker)
	body := wire(1, view(1), click(2), `{"n":3,"t":1741953600000,"k":"end","m":{"ms":1000,"d":55}}`)
	for range 2 {
		if got := send(t, h, body); got != "204" {
			t.Fatal(got)
		}
	}
	if got := send(t, h, body, "Content-Type: application/json"); got != "204" {
		t.Error("as JSON:", got)
	}
	teststore.Settle(t, tracker)
	list, _, err := tracker.PageViews(t.Context(), behavior.Query{})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d page views, %v", len(list), err)
	}
	v := list[0]
	got := fmt.Sprint(v.URL, " ", v.Visible, " ", v.ScrollDepth, " ", v.Session.Browser, " ", v.Session.Country, " ", v.Session.Language, " ",
		v.Session.Screen, " ", v.Session.IPAddress, " ", v.Session.Source)
	if want := "https://shop.example/cart?utm_source=letter 1s 55 Firefox CH de-CH 1920x1080 192.0.2.0 letter"; got != want {
		t.Errorf("stored %s, want %s", got, want)
	}
	if counts := stored(t, tracker); counts != (behavior.Counts{Sessions: 1, PageViews: 1, Interactions: 1}) {
		t.Errorf("%+v", counts)
	}
}

func TestCollectAnswersFaultsWithASentence(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, behavior.Settings{})
	h := web.Handler(tracker)
	good := wire(1, view(1))
	replace := func(from, to string) string { return strings.Replace(good, from, to, 1) }
	for name, c := range map[string]struct{ body, want string }{
		"nothing":              {"", `400 {"detail":"The batch is malformed: it is not a JSON object."}`},
		"no JSON":              {"v=1&s=2", `400 {"detail":"The batch is malformed: it is not a JSON object."}`},
		"half a batch":         {good[:len(good)/2], `400 {"detail":"The batch is malformed: it is not a JSON object."}`},
		"two batches":          {good + good, `400 {"detail":"The batch is malformed: it is not a JSON object."}`},
		"an array":             {"[" + good + "]", `400 {"detail":"The batch is malformed: it is not a JSON object."}`},
		"null":                 {"null", `400 {"detail":"This server reads version 1 of the format, not 0."}`},
		"another version":      {replace(`"v":1`, `"v":2`), `400 {"detail":"This server reads version 1 of the format, not 2."}`},
		"events no array":      {replace(`"b":[`, `"b":1,"y":[`), `400 {"detail":"The batch is malformed: \"b\" cannot be a JSON number."}`},
		"an event no event":    {replace(`"b":[`, `"b":[7,`), `400 {"detail":"The batch is malformed: \"b\" cannot be a JSON number."}`},
		"a number as text":     {replace(`"n":1`, `"n":"1"`), `400 {"detail":"The batch is malformed: \"b.n\" cannot be a JSON string."}`},
		"half a number":        {replace(`"n":1`, `"n":1.5`), `400 {"detail":"The batch is malformed: \"b.n\" cannot be a JSON number 1.5."}`},
		"a number too large":   {replace(`"t":1741953600000`, `"t":1e999`), `400 {"detail":"The batch is malformed: \"t\" cannot be a JSON number 1e999."}`},
		"a session of garbage": {replace(`"s":"0`, `"s":"<`), `400 {"s":["A session's name is 32 hexadecimal digits in lower case."]}`},
		"no page":              {replace(`"p":`, `"q":`), `400 {"p":["A page load's name is 16 to 32 hexadecimal digits in lower case."]}`},
		"no events":            {wire(1), `400 {"b":["A batch has 1 to 200 events, not 0."]}`},
		"deep":                 {replace(`"b":[`, `"y":`+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)+`,"b":[`), `400 {"detail":"The batch is malformed: it is not a JSON object."}`},
		"64 kB and more":       {replace(`"v":1`, `"y":"`+strings.Repeat("x", 64<<10)+`","v":1`), `413 {"detail":"The request is too large: its body may have at most 65536 bytes."}`},
	} {
		if got := send(t, h, c.body); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if got := send(t, h, good, "Content-Type: application/x-www-form-urlencoded"); !strings.HasPrefix(got, "415 ") {
		t.Errorf("as a form: %s", got)
	}
	res := ask(t, h, "GET", collectPath, "")
	if res.status != http.StatusMethodNotAllowed || res.header.Get("Allow") != "POST, OPTIONS" {
		t.Errorf("GET: %d, %q", res.status, res.header.Get("Allow"))
	}
	if counts := stored(t, tracker); counts != (behavior.Counts{}) {
		t.Errorf("stored: %+v", counts)
	}
}

// What is wrong with one event does not hurt the others, and is counted.
func TestCollectRefusesSingleEvents(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, behavior.Settings{})
	h := web.Handler(tracker)
	body := wire(1, view(1), `{"n":2,"t":0,"k":"purchase"}`, `{"n":3,"t":0,"k":"click","u":"javascript:x"}`, click(4))
	if got := send(t, h, strings.Replace(body, `"d":0`, `"d":12`, 1)); got != "204" {
		t.Fatal(got)
	}
	want := behavior.Counts{Sessions: 1, PageViews: 1, Interactions: 0}
	if counts := stored(t, tracker); counts != want {
		t.Errorf("stored %+v, want %+v", counts, want) // the last click inherits a bad address
	}
	s := tracker.Stats()
	if s.Stored != 1 || s.Refused[behavior.RefusedType] != 1 || s.Refused[behavior.RefusedURL] != 2 || s.Lost != 12 {
		t.Errorf("statistics: %+v", s)
	}
}

func TestCollectTellsPagesOfOtherSites(t *testing.T) {
	t.Parallel()
	store := teststore.Open(t)
	listed := []string{"https://Shop.example", "http://localhost:3000"}
	for name, c := range map[string]struct {
		origins []string
		origin  string
		status  int
		allowed string // Access-Control-Allow-Origin
	}{
		"any site":                 {nil, "https://shop.example", 204, "*"},
		"all sites":                {[]string{"*"}, "https://shop.example", 204, "*"},
		"all sites, none told":     {[]string{"*"}, "", 204, "*"},
		"any site, hostile":        {nil, "https://evil.example", 204, "*"},
		"any site, none told":      {nil, "", 204, "*"},
		"listed":                   {listed, "https://shop.example", 204, "https://shop.example"},
		"listed with a port":       {listed, "http://localhost:3000", 204, "http://localhost:3000"},
		"own host":                 {listed, "http://example.com", 204, ""},
		"no browser":               {listed, "", 204, ""},
		"not listed":               {listed, "https://evil.example", 403, ""},
		"another scheme":           {listed, "http://shop.example", 403, ""},
		"another port":             {listed, "https://shop.example:8443", 403, ""},
		"listed within another":    {listed, "https://shop.example.evil.example", 403, ""},
		"another within listed":    {listed, "https://evil.shop.example", 403, ""},
		"a page without an origin": {listed, "null", 403, ""},
		"garbage":                  {listed, "https://shop.example\t<script>", 403, ""},
		"nobody listed":            {[]string{}, "https://shop.example", 403, ""},
		"nobody listed, own host":  {[]string{}, "http://example.com", 204, ""},
	} {
		tracker, err := behavior.New(store, behavior.Settings{Logger: quietLogger, Collect: behavior.CollectSettings{Origins: c.origins}})
		if err != nil {
			t.Fatal(err)
		}
		h := web.Handler(tracker)
		header := []string{plain}
		if c.origin != "" {
			header = append(header, "Origin: "+c.origin)
		}
		for _, method := range []string{"POST", "OPTIONS"} {
			res := ask(t, h, method, collectPath, wire(1, view(1)), header...)
			got, exposed := res.header.Get("Access-Control-Allow-Origin"), res.header.Get("Access-Control-Expose-Headers")
			if res.status != c.status || got != c.allowed || got != "" && exposed != "Retry-After" || res.header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s, %s: %d for %q, exposed %q, want %d for %q", name, method, res.status, got, exposed, c.status, c.allowed)
			}
			if varies := strings.Contains(res.header.Get("Vary"), "Origin"); len(c.origins) > 1 && c.origin != "" && !varies {
				t.Errorf("%s, %s: the answer may be kept for other sites", name, method)
			}
		}
		_ = tracker.Close()
	}
	h := handler(t, behavior.Settings{})
	res := ask(t, h, "OPTIONS", collectPath, "", "Origin: https://shop.example", "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type")
	if res.header.Get("Access-Control-Allow-Methods") != "POST" || res.header.Get("Access-Control-Allow-Headers") != "Content-Type" || res.header.Get("Access-Control-Max-Age") == "" {
		t.Errorf("what a browser is told before it sends: %v", res.header)
	}
}

func TestCollectHasAThrottleOfItsOwn(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{
		BaseThrottleRate: behavior.Rate{Count: 1, Per: time.Minute},
		Collect:          behavior.CollectSettings{ThrottleRate: behavior.Rate{Count: 3, Per: time.Minute}},
		TrustedProxies:   nil,
	})
	from := func(addr string) (int, string) {
		r := httptest.NewRequestWithContext(t.Context(), "POST", collectPath, strings.NewReader(wire(1, view(1))))
		r.Header.Set("Content-Type", "text/plain")
		r.RemoteAddr = addr
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Header().Get("Retry-After")
	}
	for _, network := range [][2]string{{"192.0.2.1:1", "192.0.2.1:2"}, {"[2001:db8::1]:1", "[2001:db8::2]:1"}} {
		for i := range 5 {
			status, wait := from(network[i%2])
			if refused := i >= 3; refused && (status != 429 || wait == "" || wait == "0") || !refused && status != 204 {
				t.Errorf("%s: batch %d: %d, Retry-After %q", network, i+1, status, wait)
			}
		}
	}
	if status, _ := from("192.0.2.2:1"); status != 204 {
		t.Errorf("another address: %d", status)
	}
	if status := ask(t, h, "OPTIONS", collectPath, "").status; status != 204 {
		t.Errorf("asking before sending: %d", status)
	}
}

func TestCollectAsksForTheSitesToken(t *testing.T) {
	t.Parallel()
	const key = "sixteen or more letters"
	h := handler(t, behavior.Settings{Collect: behavior.CollectSettings{TokenKey: key}})
	with := func(token string) string {
		return strings.Replace(wire(1, view(1)), `"v":1`, `"v":1,"k":"`+token+`"`, 1)
	}
	if got := send(t, h, with(behavior.SiteToken(key, time.Now()))); got != "204" {
		t.Error("a good token:", got)
	}
	for _, token := range []string{"", "x", behavior.SiteToken("another sixteen letters", time.Now())} {
		if got := send(t, h, with(token)); got != `403 {"detail":"The site's token is missing, forged or expired."}` {
			t.Errorf("%q: %s", token, got)
		}
	}
}

func TestCollectAsksToComeAgain(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, behavior.Settings{Collect: behavior.CollectSettings{Origins: []string{"https://shop.example"}}})
	h := web.Handler(tracker)
	if err := tracker.Close(); err != nil {
		t.Fatal(err)
	}
	res := ask(t, h, "POST", collectPath, wire(1, view(1)), plain, "Origin: https://shop.example")
	if res.status != http.StatusServiceUnavailable || res.header.Get("Retry-After") != "2" || res.header.Get("Access-Control-Allow-Origin") != "https://shop.example" {
		t.Errorf("%d, %v", res.status, res.header)
	}
}

// TestCollectLosesNothing has 500 browsers send at once, each batch twice or
// more and all of them mixed.
func TestCollectLosesNothing(t *testing.T) {
	t.Parallel()
	const browsers, batches, copies = 500, 2, 2
	tracker := newTracker(t, behavior.Settings{MaxQueue: 2000, Collect: behavior.CollectSettings{ThrottleRate: behavior.Rate{Count: 1_000_000, Per: time.Second}}})
	h := web.Handler(tracker)
	var wg sync.WaitGroup
	for b := range browsers {
		wg.Go(func() {
			for n := range batches * copies {
				first := 2 * (n / copies)
				body := wire(b, view(first+1), click(first+2), fmt.Sprintf(`{"n":9%d,"t":0,"k":"ping","m":{"ms":%d}}`, n, n))
				if got := send(t, h, body); got != "204" {
					t.Error(got)
				}
			}
		})
	}
	wg.Wait()
	want := behavior.Counts{Sessions: browsers, PageViews: browsers * batches, Interactions: browsers * batches}
	if counts := stored(t, tracker); counts != want {
		t.Errorf("stored %+v, want %+v", counts, want)
	}
	s := tracker.Stats()
	if s.Duplicate < 2*browsers*batches*(copies-1) || s.Queue != 0 {
		t.Errorf("statistics: %+v", s)
	}
}
