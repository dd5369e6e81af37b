package web_test

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
)

const funnelPath = "/user_behavior/query/funnel/"

// buyers are two steps: the first page, then a purchase.
const buyers = `"steps":[{"of":"page_view","filters":[["is","path",[""]]],"label":"=Home"},{"of":"interaction","filters":[["is","event_type",["buy"]]]}]`

func TestFunnel(t *testing.T) {
	t.Parallel()
	h := queried(t)
	for question, want := range map[string]string{
		`{` + buyers + `}`: `{"results":[{"label":"=Home","count":1,"of_first":100,"of_previous":100,"lost":0},{"label":"Step 2","count":1,"of_first":100,"of_previous":100,"lost":0}],` +
			`"meta":{"date_range":["2025-03-25T00:00:00+01:00","2025-04-01T00:00:00+02:00"],"timezone":"Europe/Berlin","bots":"without","exact":true,"count":"visitors","within":null,` +
			`"definition":"Visitors who took the steps in this order, also in several sessions. Each step is later than the one before; what happens in between does not matter. A visitor is the user where somebody was signed in; else, ` +
			`as the setting USER_BEHAVIOR_VISITORS says, an address and browser on one day (daily) or on all days (stable)."}}`,
		`{` + buyers + `,"count":"sessions","bots":"with"}`:                                              `"count":3,"of_first":100,"of_previous":100,"lost":0}`,
		`{` + buyers + `,"count":"sessions","within":"30m"}`:                                             `{"label":"Step 2","count":0,"of_first":0,"of_previous":0,"lost":2}`,
		`{` + buyers + `,"count":"sessions","within":"1h"}`:                                              `"within":"1h","definition":"Sessions in which the steps were taken in this order. Each step is later than the one before; what happens in between does not matter. All are taken within 1h of the first."`,
		`{` + buyers + `,"filters":[["is","country",["BR"]]]}`:                                           `{"label":"=Home","count":0,"of_first":null,"of_previous":null,"lost":0}`,
		`{` + buyers + `,"count":"sessions","date_range":["2025-03-31","2025-03-31"]}`:                   `"date_range":["2025-03-31T00:00:00+02:00","2025-04-01T00:00:00+02:00"]`,
		`{"steps":[{"of":"page_view"},{"of":"page_view"},{"of":"interaction"}],` + `"count":"sessions"}`: `{"label":"Step 2","count":0,"of_first":0,"of_previous":0,"lost":2}`,
	} {
		if res := ask(t, h, "POST", funnelPath, question); res.status != http.StatusOK || !strings.Contains(res.text(), want) {
			t.Errorf("%.200s: %d %.500s", question, res.status, res.text())
		}
	}
	steps := url.QueryEscape(strings.TrimPrefix(buyers, `"steps":`))
	res := ask(t, h, "GET", funnelPath+"?steps="+steps+"&count=sessions&within=30m&f=is,country,DE&format=csv", "")
	if want := "step,label,count,of_first,of_previous,lost\r\n1,'=Home,2,100,100,0\r\n2,Step 2,0,0,0,2\r\n"; res.text() != want {
		t.Errorf("%q, want %q", res.text(), want)
	}
	if name := res.header.Get("Content-Disposition"); name != `attachment; filename="funnel-2025-03-25-2025-03-31.csv"` {
		t.Error(name)
	}
}

func TestFunnelFaults(t *testing.T) {
	t.Parallel()
	h := queried(t)
	for question, want := range map[string]string{
		`{}`:           `{"steps":["Steps are a list`,
		`{"steps":[]}`: `{"steps":["A funnel has 2 to 10 steps."]}`,
		`{"steps":[` + strings.Repeat(`{},`, 300_000) + `{}]}`: `{"steps":["A funnel has 10 steps at most."]}`,
		`{"steps":[{"of":"page_view"}]}`:                       `{"steps":["A funnel has 2 to 10 steps."]}`,
		`{"steps":"x"}`:                                        `{"steps":["Steps are a list`,
		`{"steps":[{"of":"luck"},{}]}`:                         `{"steps":["Step 1: It is of a page_view or an interaction, not of \"luck\".","Step 2: It is of`,
		`{"steps":[{"of":"page_view","filters":[["like","path",["x"]]]},{"of":"page_view","filters":[["is","mood",["x"]]]}]}`: `{"steps":["Step 1: There is no operator \"like\"."]}`,
		`{"steps":[{"of":"page_view"},{"of":"page_view","filters":[["is","mood",["x"]]]}]}`:                                   `{"steps":["Step 2: There is no dimension \"mood\"."]}`,
		`{` + buyers + `,"metrics":["visitors"]}`:                                                                             `{"metrics":["There is no such part of the question. There are steps, date_range`,
		`{` + buyers + `,"within":"soon"}`:                                                                                    `{"within":["A time is a number of seconds`,
		`{` + buyers + `,"within":3600}`:                                                                                      `{"within":["A time is a number of seconds`,
		`{` + buyers + `,"within":"999999d"}`:                                                                                 `{"within":["999999d is too long a time."]}`,
		`{` + buyers + `,"count":"luck"}`:                                                                                     `{"count":["What is counted is visitors or sessions."]}`,
		`{` + buyers + `,"filters":[["is","hour",["1"]]]}`:                                                                    `{"filters":["\"hour\" cannot be filtered by`,
	} {
		if res := ask(t, h, "POST", funnelPath, question); res.status != http.StatusBadRequest || !strings.Contains(res.text(), want) {
			t.Errorf("%.200s: %d %.500s", question, res.status, res.text())
		}
	}
	if res := ask(t, h, "GET", funnelPath+"?steps=%5B%5D&metrics=visitors&limit=x", ""); res.status != http.StatusBadRequest || res.text() != `{"limit":["There is no such parameter."],"metrics":["There is no such parameter."]}` {
		t.Errorf("%d %s", res.status, res.text())
	}
	if res := ask(t, h, "OPTIONS", funnelPath, ""); !strings.Contains(res.text(), `"dimensions":[{"name":"host"`) || strings.Contains(res.text(), "weekday") {
		t.Errorf("%d %s", res.status, res.text())
	}
	strangers := handler(t, behavior.Settings{People: openPeople(t)})
	if res := ask(t, strangers, "POST", funnelPath, `{`+buyers+`}`); res.status != http.StatusForbidden {
		t.Errorf("a stranger: %d %s", res.status, res.text())
	}
}

// Steps in their short form are those of the long one, also with commas,
// semicolons and signs of percent in values and labels.
func TestFunnelsByAddress(t *testing.T) {
	t.Parallel()
	h := queried(t)
	for short, long := range map[string]string{
		"step=page_view;is,path,;label,=Home&step=interaction;is,event_type,buy": buyers,
		"step=page_view%3Bis,path,%3Blabel,=Home&step=interaction":               `"steps":[{"of":"page_view","filters":[["is","path",[""]]],"label":"=Home"},{"of":"interaction"}]`,
		"step=page_view;is,path,a%252Cb%253B%2525,c%3B;;label,a,b%253B%20%2525&step=page_view;label,50%25": `"steps":[` +
			`{"of":"page_view","filters":[["is","path",["a,b;%","c"]]],"label":"a,b; %"},{"of":"page_view","label":"50%"}]`,
		"step=page_view;label,A;is,country,DE;contains,metadata:plan,pro,%255&step=interaction": "",
		"step=interaction&steps=" + url.QueryEscape(`[{"of":"page_view"}]`):                     `"steps":[{"of":"page_view"},{"of":"interaction"}]`,
	} {
		got := ask(t, h, "GET", funnelPath+"?count=sessions&"+short, "")
		if long == "" {
			if got.status != http.StatusBadRequest || got.text() != `{"step":["Step 1: A % in a value is written %25, a comma %2C."]}` {
				t.Errorf("%s: %d %s", short, got.status, got.text())
			}
			continue
		}
		want := ask(t, h, "POST", funnelPath, `{"count":"sessions",`+long+`}`)
		if got.text() != want.text() || want.status != http.StatusOK {
			t.Errorf("%s: %d %s, not %d %s", short, got.status, got.text(), want.status, want.text())
		}
	}
	// A semicolon is no separator of parameters: a filter that has one holds.
	if got := ask(t, h, "GET", funnelPath+"?step=page_view&step=page_view&f=is,country,D;E&count=sessions", ""); !strings.Contains(got.text(), `"count":0`) {
		t.Errorf("%d %s", got.status, got.text())
	}
}

// TestDocumentedFunnels asks for every funnel of docs/query.md.
func TestDocumentedFunnels(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../docs/query.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(raw), "## Funnels")
	funnels := regexp.MustCompile("(?s)```json\n(\\{\"steps.*?)```").FindAllStringSubmatch(section, -1)
	if len(funnels) != 2 {
		t.Fatalf("%d funnels", len(funnels))
	}
	h := queried(t)
	for _, f := range funnels {
		if res := ask(t, h, "POST", funnelPath, f[1]); res.status != http.StatusOK {
			t.Errorf("%s: %d %s", f[1], res.status, res.text())
		}
	}
}
