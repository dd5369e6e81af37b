package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// fields are those of the form of a page, as a browser sends them by a button.
func fields(doc *goquery.Document, do string) url.Values {
	sent := url.Values{}
	doc.Find("form.steps").Find("input[name], select[name]").Each(func(_ int, field *goquery.Selection) {
		value := field.AttrOr("value", "")
		if field.Is("select") {
			value = field.Find("option[selected]").AttrOr("value", field.Find("option").First().AttrOr("value", ""))
		}
		sent.Add(field.AttrOr("name", ""), value)
	})
	if do != "" {
		sent.Set("do", do)
	}
	return sent
}

// What the form shows, it sends: no step, filter or name is lost or changed.
func TestTheFormOfAFunnelKeepsIt(t *testing.T) {
	t.Parallel()
	h := dashboardOf(t, behavior.Settings{})
	for _, query := range []string{
		funnelOf("page_view", "interaction"),
		funnelOf("page_view;is,path,/a%2Cb%252C;label,50 %25 of A%3B B, C", "interaction;is,event_type,click;is_not,element,#a%3Bb") + "&within=30m&count=sessions&bots=with&compare=none&date_range=7d&f=is,country,DE",
		funnelOf("page_view;is,country,DE,BR;is,source,;is_not,source,;contains,title,x", "interaction;is,metadata:a.b, spaced;matches_wildcard,page,/*;is,event:props:plan,x"),
		funnelOf("page_view;starts_with_not,path,", "page_view;is,title,two\nlines;is,path,/%252F"),
		funnelOf(slices.Repeat([]string{"page_view"}, 10)...),
		funnelOf(hostileSteps...),
	} {
		doc := look(t, h, query)
		res := ask(t, h, "GET", dashboardPath+"funnel/?"+fields(doc, "").Encode(), "")
		sent, err := url.Parse(res.header.Get("Location"))
		if err != nil || res.status != http.StatusSeeOther {
			t.Fatalf("%.200s: %d %v", query, res.status, err)
		}
		want, _ := url.Parse(query)
		got := sent.Query()
		for name, values := range want.Query() {
			if diff := cmp.Diff(values, got[name]); diff != "" {
				t.Errorf("%.200s: %s (-address +form):\n%s", query, name, diff)
			}
			delete(got, name)
		}
		if len(got) > 0 {
			t.Errorf("%.200s: the form adds %v", query, got)
		}
	}
}

func TestTheButtonsOfAFunnel(t *testing.T) {
	t.Parallel()
	h := dashboardOf(t, behavior.Settings{})
	form := "funnel/?" + strings.Join([]string{
		"date_range=7d", "f=is,country,DE", "within=soon",
		"of1=page_view", "by1.1=path", "how1.1=is", "value1.1=/a", "by1.2=metadata:", "how1.2=is", "key1.2=", "value1.2=x", "label1=One",
		"of2=interaction", "by2.1=event_type", "how2.1=is", "value2.1=", "label2=",
		"of3=page_view", "f3.1=is,country,DE,BR", "label3=Three",
	}, "&")
	for do, want := range map[string]string{
		"add.page_view":   "One:page_view(path is /a|metadata: x) :interaction(event_type is ) Three:page_view(is,country,DE,BR) :page_view(path is )",
		"add.interaction": "One:page_view(path is /a|metadata: x) :interaction(event_type is ) Three:page_view(is,country,DE,BR) :interaction(event_type is )",
		"up.3":            "One:page_view(path is /a|metadata: x) Three:page_view(is,country,DE,BR) :interaction(event_type is )",
		"down.1":          ":interaction(event_type is ) One:page_view(path is /a|metadata: x) Three:page_view(is,country,DE,BR)",
		"remove.1":        ":interaction(event_type is ) Three:page_view(is,country,DE,BR)",
		"and.3":           "One:page_view(path is /a|metadata: x) :interaction(event_type is ) Three:page_view(is,country,DE,BR|path is )",
		"drop.1.1":        "One:page_view(metadata: x) :interaction(event_type is ) Three:page_view(is,country,DE,BR)",
		"drop.3.1":        "One:page_view(path is /a|metadata: x) :interaction(event_type is ) Three:page_view(path is )",
		"up.1":            "One:page_view(path is /a|metadata: x) :interaction(event_type is ) Three:page_view(is,country,DE,BR)",
		"drop.9.-1":       "One:page_view(path is /a|metadata: x) :interaction(event_type is ) Three:page_view(is,country,DE,BR)",
		"<b>":             "One:page_view(path is /a|metadata: x) :interaction(event_type is ) Three:page_view(is,country,DE,BR)",
	} {
		doc := look(t, h, form+"&do="+url.QueryEscape(do))
		if got := shownSteps(doc); got != want {
			t.Errorf("%s: %s\nnot %s", do, got, want)
		}
		if doc.Find("[data-unasked]").Length() != 1 || doc.Find("figure, .alert").Length() > 0 || doc.Find("#within").AttrOr("value", "") != "soon" {
			t.Errorf("%s: something is counted, or wrong already", do)
		}
		back := doc.Find("a.back").AttrOr("href", "")
		if earlier := doc.Find("[rel=prev]").AttrOr("href", ""); back != dashboardPath+"?date_range=7d&f=is,country,DE" || !strings.Contains(earlier, "step=") {
			t.Errorf("%s: leads back to %s, and to the time before by %s", do, back, earlier)
		}
	}
	few := look(t, h, funnelOf("page_view", "interaction"))
	if n := few.Find("[value^=remove], [value='up.1'], [value='down.2']").Length(); n != 0 {
		t.Errorf("%d buttons that can do nothing", n)
	}
	full := look(t, h, funnelOf(slices.Repeat([]string{"page_view"}, 10)...))
	if full.Find("[value^=add]").Length() != 0 || full.Find("[value^=remove]").Length() != 10 {
		t.Error("there can be an eleventh step, or no step less")
	}
	more := ask(t, h, "GET", dashboardPath+"funnel/?"+fields(full, "add.page_view").Encode(), "")
	if got := page(t, more).Find("form.steps > ol > li").Length(); got != 10 {
		t.Errorf("%d steps", got)
	}
}

// shownSteps is what a form shows, in short.
func shownSteps(doc *goquery.Document) string {
	sent := fields(doc, "")
	var all []string
	for n := 1; sent.Has("of" + strconv.Itoa(n)); n++ {
		number := strconv.Itoa(n)
		var filters []string
		for k := 1; ; k++ {
			name := number + "." + strconv.Itoa(k)
			switch {
			case sent.Has("f" + name):
				filters = append(filters, sent.Get("f"+name))
				continue
			case sent.Get("by"+name) == "metadata:":
				filters = append(filters, "metadata:"+sent.Get("key"+name)+" "+sent.Get("value"+name))
				continue
			case sent.Has("by" + name):
				filters = append(filters, sent.Get("by"+name)+" "+sent.Get("how"+name)+" "+sent.Get("value"+name))
				continue
			}
			break
		}
		all = append(all, sent.Get("label"+number)+":"+sent.Get("of"+number)+"("+strings.Join(filters, "|")+")")
	}
	return strings.Join(all, " ")
}

// What is wrong stands beside its field, which keeps what was typed.
func TestAFunnelThatIsWrong(t *testing.T) {
	t.Parallel()
	h := dashboardOf(t, behavior.Settings{})
	row := func(n, by, how, key, value string) string {
		return "&of" + n + "=page_view&by" + n + ".1=" + by + "&how" + n + ".1=" + how + "&key" + n + ".1=" + url.QueryEscape(key) + "&value" + n + ".1=" + url.QueryEscape(value)
	}
	good := row("2", "path", "is", "", "/")
	for query, want := range map[string]struct{ field, typed, fault string }{
		"funnel/?within=soon" + row("1", "path", "is", "", "/") + good:             {"within", "soon", "A time is a number of seconds"},
		"funnel/?within=999999d" + row("1", "path", "is", "", "/") + good:          {"within", "999999d", "999999d is too long a time."},
		"funnel/?x" + row("1", "metadata:", "is", "", "pro") + good:                {"key1.1", "", "Which key of the metadata?"},
		"funnel/?x" + row("1", "metadata:", "is", "a,b", "pro") + good:             {"key1.1", "a,b", "A key with a comma"},
		"funnel/?x" + row("1", "path", "is", "", "a\x00b") + good:                  {"value1.1", "a\ufffdb", "holds what is no text"},
		"funnel/?x" + row("1", "mood", "is", "", "<b>") + good:                     {"value1.1", "<b>", `There is no dimension "mood".`},
		"funnel/?x" + row("1", "path", "like", "", "y") + good:                     {"value1.1", "y", `There is no operator "like".`},
		"funnel/?count=luck" + row("1", "path", "is", "", "/") + good:              {"count", "visitors", "What is counted is visitors or sessions."},
		"funnel/?of1=luck" + good:                                                  {"of1", "page_view", `not "luck".`},
		"funnel/?of1=page_view&label1=A":                                           {"label1", "A", "A funnel has 2 to 10 steps."},
		funnelOf("page_view;label,A"):                                              {"label1", "A", "A funnel has 2 to 10 steps."},
		funnelOf(slices.Repeat([]string{"page_view"}, 11)...):                      {"of10", "page_view", "A funnel has 10 steps at most."},
		funnelOf("luck", "page_view"):                                              {"of1", "page_view", `A step is a page view or an interaction, not "luck".`},
		funnelOf("page_view;is,mood,x", "page_view"):                               {"f1.1", "is,mood,x", `There is no dimension "mood".`},
		funnelOf("page_view;nonsense", "page_view"):                                {"f1.1", "nonsense", "A filter is an operator"},
		funnelOf("page_view;is,time,x", "page_view"):                               {"f1.1", "is,time,x", "cannot be filtered by"},
		funnelOf("page_view"+strings.Repeat(";is,path,x", 21), "page_view"):        {"value1.20", "x", "A step has 20 conditions at most here."},
		funnelOf("page_view;is,path,"+strings.Repeat("x,", 2000)+"x", "page_view"): {"f1.1", "", "values"},
		funnelOf("page_view", "page_view") + "&within=1y&count=luck":               {"within", "1y", "A time is a number"},
	} {
		res := ask(t, h, "GET", dashboardPath+query, "")
		doc := page(t, res)
		field := doc.Find("form.steps [name='" + want.field + "']")
		typed := fields(doc, "").Get(want.field)
		if res.status != http.StatusBadRequest || field.Length() != 1 || want.typed != "" && typed != want.typed || doc.Find("figure").Length() > 0 {
			t.Errorf("%.200s: %d, %d fields with %.100q", query, res.status, field.Length(), typed)
		}
		if text := doc.Find(".steps .alert").Text(); !strings.Contains(text, want.fault) {
			t.Errorf("%.200s: it says %q", query, text)
		}
		if id := field.AttrOr("aria-describedby", ""); id != "" {
			fault := doc.Find(".alert").FilterFunction(func(_ int, p *goquery.Selection) bool { return p.AttrOr("id", "") == id })
			if field.AttrOr("aria-invalid", "") != "true" || !strings.Contains(fault.Text(), want.fault) {
				t.Errorf("%.200s: %s is described by %q", query, want.field, fault.Text())
			}
		}
	}
	for _, query := range []string{funnelOf("page_view", "page_view") + "&date_range=soon", funnelOf("page_view", "page_view") + "&f=is"} {
		if res := ask(t, h, "GET", dashboardPath+query, ""); res.status != http.StatusBadRequest || page(t, res).Find("form.steps").Length() != 0 {
			t.Errorf("%s: %d", query, res.status)
		}
	}
	if res := ask(t, h, "GET", dashboardPath+"funnel/panels/figure/?step=page_view", ""); res.status != http.StatusBadRequest || !strings.Contains(page(t, res).Find(".alert").Text(), "2 to 10 steps") {
		t.Errorf("the figure alone: %d %s", res.status, res.text())
	}
	if res := ask(t, h, "GET", dashboardPath+"funnel/panels/kpis/", ""); res.status != http.StatusNotFound {
		t.Errorf("another part: %d", res.status)
	}
}
