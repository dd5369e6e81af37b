package web_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// visit stores a session with two page views and four interactions, one of
// them before the first page view.
func (a adminHost) visit(t *testing.T) {
	t.Helper()
	user, end := "ann", adminNow.Add(95*time.Second).UTC()
	at := func(seconds int) time.Time { return adminNow.Add(time.Duration(seconds) * time.Second).UTC() }
	of := behavior.Session{SessionID: "s"}
	step := func(event behavior.EventType, seconds int, metadata string) behavior.Row {
		return behavior.Row{Interaction: &behavior.Interaction{Session: of, EventType: event, Element: "#" + string(event), Timestamp: at(seconds), Metadata: json.RawMessage(metadata)}}
	}
	a.record(t,
		behavior.Row{Session: &behavior.Session{SessionID: "before", StartTime: at(0)}},
		behavior.Row{Session: &behavior.Session{
			SessionID: "s", StartTime: at(0), EndTime: &end, UserID: &user, Browser: "Firefox", BrowserVersion: "127", OS: "Linux", Device: "desktop", Country: "DE", Bot: true, BotReason: "monitoring",
		}},
		behavior.Row{Session: &behavior.Session{SessionID: "after", StartTime: at(0)}},
		step("click", 1, "{}"),
		behavior.Row{PageView: &behavior.PageView{Session: of, URL: "https://example.com/a", Title: "A", Timestamp: at(2), ScrollDepth: 50, Visible: 61 * time.Second}},
		step("scroll", 2, `{"depth":50}`), step("click", 40, "{}"),
		behavior.Row{PageView: &behavior.PageView{Session: of, URL: "https://example.com/b", Timestamp: at(60)}},
		step("hover", 65, "{}"))
}

// steps are the page views of a timeline with what happened on them.
func steps(doc *goquery.Document) []string {
	var all []string
	doc.Find(".view").Each(func(_ int, s *goquery.Selection) {
		all = append(all, strings.TrimSpace(spaced(s.Find("h2"))+": "+strings.Join(texts(s.Find(".steps > li > div > a")), ", ")))
	})
	return all
}

func TestTimeline(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.visit(t)
	b := a.as("viewer")
	doc := b.list(t, "sessions/2/timeline/")
	if diff := cmp.Diff([]string{"Before the first page view: Click", "A: Scroll, Click", "Page view: Hover"}, steps(doc)); diff != "" {
		t.Error(diff)
	}
	facts := map[string]string{}
	doc.Find(".facts > div").Each(func(_ int, s *goquery.Selection) { facts[spaced(s.Find("dt"))] = spaced(s.Find("dd")) })
	for label, want := range map[string]string{
		"User": "ann", "Device": "Firefox 127 · Linux · desktop", "Country": "DE", "Length": "1 min 35 s", "Page views": "2", "Events": "4", "Bot": "monitoring",
	} {
		if facts[label] != want {
			t.Errorf("%s is %q", label, facts[label])
		}
	}
	first := doc.Find("#view-1")
	if got := spaced(first.Find(".head .when")); got != "23:01:02 +0:02 1 min 1 s in view 50 % seen" || first.Find("svg rect.seen").AttrOr("height", "") != "20" {
		t.Errorf("the first page view: %q", got)
	}
	if got := first.Find(".steps pre").Text(); got != "{\n  \"depth\": 50\n}" {
		t.Errorf("metadata %q", got)
	}
	if got := strings.Join(texts(doc.Find("nav[aria-label='What to show'] a")), "; "); got != "Everything; Page views 2; Click 2; Hover 1; Scroll 1" {
		t.Errorf("filters: %s", got)
	}
	if got := doc.Find(".jumps a").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("href", "") }); strings.Join(got, " ") != "#view-1 #view-2" {
		t.Errorf("jumps: %s", got)
	}
	if doc.Find("a[rel=prev]").AttrOr("href", "") != adminRoot+"sessions/1/timeline/" || doc.Find("a[rel=next]").AttrOr("href", "") != adminRoot+"sessions/3/timeline/" {
		t.Error("the neighbours are others")
	}
	if diff := cmp.Diff([]string{"Before the first page view: Click", "A: Click", "Page view:"}, steps(b.list(t, "sessions/2/timeline/?type=click"))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"A:", "Page view:"}, steps(b.list(t, "sessions/2/timeline/?type=pageview"))); diff != "" {
		t.Error(diff)
	}
	if got := spaced(b.list(t, "sessions/1/timeline/").Find(".card").Last()); got != "Nothing to show: no events in this session." {
		t.Errorf("an empty session: %q", got)
	}
}

func TestTimelineAsJSON(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.visit(t)
	var got struct {
		Session map[string]any
		Events  []map[string]any
	}
	raw := a.as("viewer").list(t, "sessions/2/timeline/?raw=1").Find("pre").Text()
	if err := json.Unmarshal([]byte(raw), &got); err != nil {
		t.Fatal(err, raw)
	}
	if got.Session["session_id"] != "s" || got.Session["bot_reason"] != "monitoring" || len(got.Events) != 6 {
		t.Errorf("%v", got.Session)
	}
	second := got.Events[2]
	if diff := cmp.Diff(map[string]any{"depth": 50.0}, second["metadata"]); diff != "" || second["kind"] != "interaction" || second["timestamp"] != "2026-11-23T04:01:02Z" {
		t.Errorf("%v %s", second, diff)
	}
}

func TestTimelineComesInParts(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	of := behavior.Session{SessionID: "s"}
	rows := []behavior.Row{{Session: &behavior.Session{SessionID: "s", StartTime: adminNow}}}
	for i := range 4 {
		at := adminNow.Add(time.Duration(i) * time.Hour)
		rows = append(rows, behavior.Row{PageView: &behavior.PageView{Session: of, URL: fmt.Sprintf("https://example.com/%d", i), Title: fmt.Sprint("P", i), Timestamp: at}})
		for n := range 300 {
			rows = append(rows, behavior.Row{Interaction: &behavior.Interaction{
				Session: of, EventType: "click", Element: fmt.Sprint("#e", i*300+n), Timestamp: at.Add(time.Duration(n+1) * time.Second), Metadata: []byte("{}"),
			}})
		}
	}
	a.record(t, rows...)
	var elements, titles, shown []string
	for path := "sessions/1/timeline/"; ; {
		doc := a.as("viewer").list(t, path)
		elements = append(elements, texts(doc.Find(".steps code"))...)
		titles = append(titles, texts(doc.Find(".view h2"))...)
		shown = append(shown, spaced(doc.Find(".headline .small")))
		more, ok := doc.Find("a").FilterFunction(func(_ int, s *goquery.Selection) bool { return spaced(s) == "Load more" }).Attr("href")
		if !ok {
			break
		}
		path = "sessions/1/timeline/" + more
	}
	if diff := cmp.Diff([]string{"P0", "P1", "P1 continued", "P2", "P3", "P3 continued"}, titles); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Events 1–500 of 1,204", "Events 501–1,000 of 1,204", "Events 1,001–1,204 of 1,204"}, shown); diff != "" {
		t.Error(diff)
	}
	for i, element := range elements {
		if element != fmt.Sprint("#e", i) {
			t.Fatalf("element %d is %s", i, element)
		}
	}
	if len(elements) != 1200 {
		t.Errorf("%d interactions", len(elements))
	}
}

func TestTimelineKeepsToRights(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.visit(t)
	doc := a.as("reader").list(t, "sessions/2/timeline/")
	if diff := cmp.Diff([]string{"What happened: Click, Scroll, Click, Hover"}, steps(doc)); diff != "" {
		t.Error(diff)
	}
	if text := doc.Text(); strings.Contains(text, "example.com") || !strings.Contains(text, "You do not have the right to see Page Views.") {
		t.Error("page views are told to one who may not see them")
	}
	if raw := a.as("reader").list(t, "sessions/2/timeline/?raw=1").Find("pre").Text(); strings.Contains(raw, "pageview") {
		t.Error("page views are told as JSON to one who may not see them")
	}
}
