package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// typed is a form as a browser sends it: what stands in the inputs of a page,
// and what somebody types over that.
func (b *browser) typed(t *testing.T, path string, fields ...string) url.Values {
	t.Helper()
	doc := b.list(t, path)
	values := url.Values{}
	doc.Find("form[data-zone] [name]").Each(func(_ int, s *goquery.Selection) {
		value := s.AttrOr("value", "")
		switch goquery.NodeName(s) {
		case "textarea":
			value = strings.ReplaceAll(s.Text(), "\n", "\r\n")
		case "select":
			value = s.Find("option[selected]").AttrOr("value", "")
		case "button":
			return
		}
		values.Set(s.AttrOr("name", ""), value)
	})
	for _, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		values.Set(name, value)
	}
	return values
}

// send fills in the form of a page and sends it.
func (b *browser) send(t *testing.T, path string, fields ...string) reply {
	t.Helper()
	return b.ask(t, "POST", adminRoot+path, b.typed(t, path, fields...))
}

// faults are what a form says is wrong, by the field's name.
func faults(t *testing.T, res reply) map[string]string {
	t.Helper()
	if res.status != http.StatusOK {
		t.Fatalf("answer is %d to %q", res.status, res.header.Get("Location"))
	}
	found := map[string]string{}
	page(t, res).Find(".field.wrong").Each(func(_ int, s *goquery.Selection) {
		found[s.AttrOr("data-field", "")] = strings.Join(texts(s.Find(".alert p")), " ")
	})
	return found
}

// message is what the page after a form tells.
func (b *browser) message(t *testing.T, res reply) string {
	t.Helper()
	if res.status != http.StatusFound {
		t.Fatalf("answer is %d: %v", res.status, page(t, res).Find(".faults").Text())
	}
	return strings.Join(texts(page(t, b.ask(t, "GET", res.header.Get("Location"), nil)).Find(".message")), " ")
}

// session is the session with an id.
func (a adminHost) session(t *testing.T, id int64) behavior.Session {
	t.Helper()
	found, _, err := a.tracker.Sessions(t.Context(), behavior.ByID(id))
	if err != nil || len(found) != 1 {
		t.Fatalf("session %d: %v", id, err)
	}
	return found[0]
}

func TestFormShowsARecord(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{EventTypes: []behavior.EventType{"rage_click"}})
	a.fill(t, 2)
	doc := a.as("owner").list(t, "sessions/2/change/?_changelist_filters=q%3Ds")
	if got := spaced(doc.Find("h1")); got != "Change User Session" {
		t.Errorf("title %q", got)
	}
	if got := spaced(doc.Find(".subtitle")); got != "Session s002 - User ID: (user_2)" {
		t.Errorf("sub-title %q", got)
	}
	want := map[string]string{
		"session_id": "s002", "user_agent": "Mozilla/5.0 (X11) Firefox/102.0", "ip_address": "192.0.2.7",
		"user_id": "user_2", "end_time": "2026-11-22T23:01:01",
	}
	form := a.as("owner").typed(t, "sessions/2/change/")
	form.Del("csrfmiddlewaretoken")
	for name, value := range want {
		if form.Get(name) != value {
			t.Errorf("%s is %q", name, form.Get(name))
		}
	}
	if len(form) != len(want) {
		t.Errorf("inputs are %v", form)
	}
	if got := texts(doc.Find("label.required")); strings.Join(got, ", ") != "Session ID (required), User Agent (required), IP Address (required)" {
		t.Errorf("required: %q", got)
	}
	if got := doc.Find("time").Text(); got != "Nov. 22, 2026, 11:01 p.m." {
		t.Errorf("start time %q", got)
	}
	set := doc.Find("details.card")
	if _, open := set.Attr("open"); open || spaced(set.Find("summary")) != "Timestamps" {
		t.Error("the timestamps are not folded away")
	}
	if got := spaced(doc.Find("#id_end_time_help")); got != "The timestamp when the session ended. Time zone: America/New_York." {
		t.Errorf("help %q", got)
	}
	for text, href := range map[string]string{
		"History": adminRoot + "sessions/2/history/?_changelist_filters=q%3Ds", "Delete": adminRoot + "sessions/2/delete/?_changelist_filters=q%3Ds",
		"Timeline": adminRoot + "sessions/2/timeline/", "User Sessions": adminRoot + "sessions/?q=s",
	} {
		if got := doc.Find("main a").FilterFunction(func(_ int, s *goquery.Selection) bool { return spaced(s) == text }).AttrOr("href", ""); got != href {
			t.Errorf("%s leads to %q", text, got)
		}
	}
	doc = a.as("owner").list(t, "interactions/2/change/")
	if got := strings.Join(texts(doc.Find("#id_event_type option")), ","); got != "---------,Click,Scroll,Mouse Move,Form Submit,Input Change,Page Resize,Key Press,Hover,rage_click" {
		t.Errorf("choices %s", got)
	}
	if got := doc.Find("#id_metadata").Text(); got != "{\n  \"x\": 2\n}" {
		t.Errorf("metadata %q", got)
	}
	if got := doc.Find("#id_session").AttrOr("value", ""); got != "2" || spaced(doc.Find("[data-chosen] bdi")) != "Session s002 - User ID: (user_2)" {
		t.Errorf("session %q", got)
	}
}

func TestAdd(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	b := a.as("owner")
	res := b.send(t, "sessions/add/", "session_id= abc ", "user_agent=Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
		"ip_address=2001:DB8::0:1", "user_id=  ", "end_time=2026-11-22T23:30")
	if got := b.message(t, res); got != "The User Session “Session abc - User ID: (None)” was added successfully." || res.header.Get("Location") != adminRoot+"sessions/" {
		t.Errorf("%q, then %q", got, res.header.Get("Location"))
	}
	s := a.session(t, 1)
	if s.SessionID != "abc" || s.UserID != nil || s.IPAddress != "2001:db8::1" || s.Browser != "Firefox" || !s.EndTime.Equal(adminNow.Add(29*time.Minute)) {
		t.Errorf("stored as %+v", s)
	}

	res = b.send(t, "pageviews/add/", "session=1", "url=https://example.com/a", "_addanother=1")
	if got := b.message(t, res); !strings.HasSuffix(got, "” was added successfully. You may add another Page View below.") || res.header.Get("Location") != adminRoot+"pageviews/add/" {
		t.Errorf("%q, then %q", got, res.header.Get("Location"))
	}
	res = b.send(t, "interactions/add/?_changelist_filters=q%3Dx", "session=abc", "event_type=click", "element=#buy", "metadata= ", "_continue=1")
	if got := b.message(t, res); got != "The User Interaction “click on #buy at 2026-11-23 04:01:00+00:00” was added successfully. You may edit it again below." {
		t.Error(got)
	}
	if got := res.header.Get("Location"); got != adminRoot+"interactions/1/change/?_changelist_filters=q%3Dx" {
		t.Errorf("leads to %q", got)
	}
	found, _, err := a.tracker.Interactions(t.Context(), behavior.ByID(1))
	if err != nil || string(found[0].Metadata) != "{}" || found[0].Session.ID != 1 {
		t.Errorf("stored as %+v, %v", found, err)
	}
}

func TestAddIsPrefilled(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	doc := a.as("owner").list(t, "interactions/add/?session=s001&event_type=scroll&element=%3Cb%3E&timestamp=x")
	if got := doc.Find("#id_session").AttrOr("value", "") + doc.Find("#id_event_type option[selected]").AttrOr("value", "") + doc.Find("#id_element").Text(); got != "1scroll<b>" {
		t.Errorf("prefilled with %q", got)
	}
	if got := doc.Find("#id_metadata").Text(); got != "{}" {
		t.Errorf("metadata %q", got)
	}
	doc = a.as("owner").list(t, "sessions/add/?end_time=2026-01-02T03:04&user_id=ann")
	if got := doc.Find("#id_end_time").AttrOr("value", "") + doc.Find("#id_user_id").AttrOr("value", ""); got != "2026-01-02T03:04:00ann" {
		t.Errorf("prefilled with %q", got)
	}
}

func TestFormFaults(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 2)
	long := strings.Repeat("x", 300)
	for name, c := range map[string]struct {
		path   string
		fields []string
		want   map[string]string
	}{
		"nothing": {"sessions/add/", nil, map[string]string{"session_id": messageRequired, "user_agent": messageRequired, "ip_address": messageRequired}},
		"blanks and more": {"sessions/add/", []string{"session_id= \t ", "user_agent=u", "ip_address=zap", "user_id=" + long, "end_time=yesterday"}, map[string]string{
			"session_id": messageRequired, "ip_address": "Enter a valid IPv4 or IPv6 address.", "end_time": "Enter a valid date/time.",
			"user_id": "Ensure this value has at most 255 characters (it has 300).",
		}},
		"taken": {"sessions/add/", []string{"session_id=s001", "user_agent=u", "ip_address=x"}, map[string]string{
			"session_id": "User Session with this Session ID already exists.", "ip_address": "Enter a valid IPv4 or IPv6 address.",
		}},
		"taken by another":      {"sessions/2/change/", []string{"session_id=s001"}, map[string]string{"session_id": "User Session with this Session ID already exists."}},
		"NUL":                   {"sessions/2/change/", []string{"user_id=a\x00b", "user_agent=\x00"}, map[string]string{"user_id": "Null characters are not allowed.", "user_agent": "Null characters are not allowed."}},
		"date":                  {"sessions/2/change/", []string{"end_time=2026-02-30T10:00"}, map[string]string{"end_time": "Enter a valid date."}},
		"time":                  {"sessions/2/change/", []string{"end_time=2026-02-03T25:00"}, map[string]string{"end_time": "Enter a valid time."}},
		"an hour that is not":   {"sessions/2/change/", []string{"end_time=2026-03-08T02:30"}, map[string]string{"end_time": "2026-03-08 02:30:00 couldn’t be interpreted in time zone America/New_York; it may be ambiguous or it may not exist."}},
		"far away":              {"sessions/2/change/", []string{"end_time=9999-12-31T23:00"}, map[string]string{"end_time": "Enter a valid date/time."}},
		"URL":                   {"pageviews/add/", []string{"session=1", "url=javascript:alert(1)"}, map[string]string{"url": "Enter a valid URL."}},
		"unknown session":       {"pageviews/add/", []string{"session=77", "url=http://a.example/"}, map[string]string{"session": "Select a valid choice. That choice is not one of the available choices."}},
		"no session":            {"pageviews/add/", []string{"session=s\x00", "url="}, map[string]string{"session": "Select a valid choice. That choice is not one of the available choices.", "url": messageRequired}},
		"choice and JSON":       {"interactions/add/", []string{"session=1", "event_type=zap", "element=a", "metadata={"}, map[string]string{"event_type": "Select a valid choice. zap is not one of the available choices.", "metadata": "Enter a valid JSON."}},
		"blank in an old one":   {"interactions/1/change/", []string{"event_type=", "element= ", "session="}, map[string]string{"event_type": messageRequired, "element": messageRequired, "session": messageRequired}},
		"another's bad session": {"interactions/1/change/", []string{"session=nobody"}, map[string]string{"session": "Select a valid choice. That choice is not one of the available choices."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := a.counts(t)
			res := a.as("owner").send(t, c.path, c.fields...)
			if diff := cmp.Diff(c.want, faults(t, res)); diff != "" {
				t.Error(diff)
			}
			banner := "Please correct the errors below."
			if len(c.want) == 1 {
				banner = "Please correct the error below."
			}
			doc := page(t, res)
			if got := spaced(doc.Find(".faults h2")); got != banner {
				t.Errorf("banner %q", got)
			}
			doc.Find(".faults a").Each(func(_ int, s *goquery.Selection) {
				if doc.Find(s.AttrOr("href", "")+"[aria-invalid]").Length() != 1 {
					t.Errorf("%s leads to no wrong input", s.Text())
				}
			})
			doc.Find("details").Each(func(_ int, s *goquery.Selection) {
				if _, open := s.Attr("open"); open != (s.Find(".wrong").Length() > 0) {
					t.Errorf("%s is open: %v", spaced(s.Find("summary")), open)
				}
			})
			if got := a.counts(t); got != before {
				t.Errorf("something was stored: %+v", got)
			}
		})
	}
}

const messageRequired = "This field is required."

func TestMomentInTwoInputs(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	b := a.as("owner")
	split := func(day, clock string) reply {
		form := b.typed(t, "sessions/1/change/", "end_time_0="+day, "end_time_1="+clock)
		form.Del("end_time")
		return b.ask(t, "POST", adminRoot+"sessions/1/change/", form)
	}
	b.message(t, split("2026-07-01", "10:11:12"))
	if got := a.session(t, 1).EndTime; got == nil || !got.Equal(time.Date(2026, 7, 1, 14, 11, 12, 0, time.UTC)) {
		t.Errorf("end time %v", got)
	}
	if diff := cmp.Diff(map[string]string{"end_time": "Enter a valid time."}, faults(t, split("2026-07-01", ""))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"end_time": "Enter a valid date."}, faults(t, split("soon", "10:00"))); diff != "" {
		t.Error(diff)
	}
	b.message(t, split("", ""))
	if got := a.session(t, 1).EndTime; got != nil {
		t.Errorf("end time %v", got)
	}
}

func TestOnlyWhatDiffersIsChanged(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	at := time.Date(2026, 7, 1, 14, 11, 12, 123456000, time.UTC)
	of := behavior.Session{SessionID: "s\none"}
	a.record(t,
		behavior.Row{Session: &behavior.Session{SessionID: "s\none", UserAgent: " two\n lines ", StartTime: at, EndTime: &at, Visitor: "secret", Bot: true, BotReason: "pace"}},
		behavior.Row{PageView: &behavior.PageView{Session: of, URL: "https://example.com/" + strings.Repeat("x", 400), Timestamp: at, Title: "T"}},
		behavior.Row{Interaction: &behavior.Interaction{Session: of, EventType: "gone", Timestamp: at, Metadata: json.RawMessage(`{"b":1.0,"a":[12345678901234567890]}`)}})
	before := a.session(t, 1)

	b := a.as("owner")
	if got := b.message(t, b.send(t, "sessions/1/change/", "user_id=ann")); got != "The User Session “Session s one - User ID: (ann)” was changed successfully." {
		t.Error(got)
	}
	user, after := "ann", a.session(t, 1)
	before.UserID, before.Visitor = &user, "ann"
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error("session:", diff)
	}
	b.message(t, b.send(t, "pageviews/1/change/"))
	b.message(t, b.send(t, "interactions/1/change/", "element=#buy"))
	found, _, err := a.tracker.Interactions(t.Context(), behavior.ByID(1))
	if err != nil || found[0].EventType != "gone" || found[0].Element != "#buy" || string(found[0].Metadata) != `{"b":1.0,"a":[12345678901234567890]}` {
		t.Errorf("interaction: %+v, %v", found, err)
	}
	b.ask(t, "GET", adminRoot+"sessions/1/change/", nil)
	res := b.act(t, "sessions/1/change/", url.Values{"ip_address": {"192.0.2.9"}, "start_time": {"2001-01-01"}, "visitor": {"x"}})
	if b.message(t, res); a.session(t, 1).IPAddress != "192.0.2.9" || a.session(t, 1).UserAgent != " two\n lines " || !a.session(t, 1).StartTime.Equal(at) {
		t.Errorf("changed to %+v", a.session(t, 1))
	}
}

func TestWhereSavingLeads(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	const kept = "?_changelist_filters=o%3D-3.1%26user_id%3Duser_1"
	for button, want := range map[string][2]string{
		"_save":       {adminRoot + "sessions/?o=-3.1&user_id=user_1", "was changed successfully."},
		"_addanother": {adminRoot + "sessions/add/" + kept, "was changed successfully. You may add another User Session below."},
		"_continue":   {adminRoot + "sessions/1/change/" + kept, "was changed successfully. You may edit it again below."},
	} {
		b := a.as("owner")
		res := b.send(t, "sessions/1/change/"+kept, button+"=1")
		got := res.header.Get("Location")
		if message := b.message(t, res); got != want[0] || !strings.HasSuffix(message, want[1]) {
			t.Errorf("%s: %q to %q", button, message, got)
		}
	}
	b := a.as("owner")
	res := b.send(t, "sessions/1/change/?_changelist_filters="+url.QueryEscape("//evil.example/?a=1%zz\r\nX: y"))
	if got := res.header.Get("Location"); !strings.HasPrefix(got, adminRoot+"sessions/") || strings.ContainsAny(got, "\r\n") {
		t.Errorf("leads to %q", got)
	}
	doc := page(t, b.ask(t, "GET", adminRoot+"sessions/", nil))
	if got := doc.Find(".message a").AttrOr("href", ""); got != adminRoot+"sessions/1/change/" {
		t.Errorf("the message links to %q", got)
	}
}

func TestUnknownRecordsLeadToTheStart(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	for _, page := range []string{"change", "delete", "history"} {
		for id, shown := range map[string]string{"999999": "999999", "abc": "abc", "-1": "-1", "%3Cb%3E": "<b>"} {
			b := a.as("owner")
			res := b.ask(t, "GET", adminRoot+"sessions/"+id+"/"+page+"/", nil)
			want := "User Session with ID “" + shown + "” doesn’t exist. Perhaps it was deleted?"
			if got := b.message(t, res); got != want || res.header.Get("Location") != adminRoot {
				t.Errorf("%s of %s: %q to %q", page, id, got, res.header.Get("Location"))
			}
		}
	}
	res := a.as("owner").ask(t, "GET", adminRoot+"sessions/5/?_changelist_filters=a", nil)
	if got := res.header.Get("Location"); res.status != http.StatusFound || got != adminRoot+"sessions/5/change/?_changelist_filters=a" {
		t.Errorf("old address: %d to %q", res.status, got)
	}
}
