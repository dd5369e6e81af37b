package behavior_test

import (
	"encoding/json"
	"errors"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/userbehavior/behavior"
)

// answered is what a client sees of a page.
type answered struct {
	Count          *int
	Next, Previous *string
	Results        []int64
}

// ids is a list of records of which only the id matters: 1, 2, 3 and so on.
func ids(n int) []behavior.Session {
	records := make([]behavior.Session, n)
	for i := range records {
		records[i] = behavior.Session{ID: int64(i + 1)}
	}
	return records
}

// page asks a pagination for the page of a query string, over records that
// stand in a slice in place of a store.
func page(p behavior.Pagination, records []behavior.Session, query string, order ...behavior.Order) (answered, error) {
	return pageOf(p, func(q behavior.Query) ([]behavior.Session, int, error) {
		found, total := selected(records, q)
		return found, total, nil
	}, query, order...)
}

// pageOf asks a pagination for a page of what list answers, as a server does.
func pageOf(p behavior.Pagination, list func(behavior.Query) ([]behavior.Session, int, error), query string, order ...behavior.Order) (answered, error) {
	r := get("/list/?" + query)
	r.URL.RawQuery = query
	q := behavior.Query{Order: order}
	if err := p.Apply(r, &q); err != nil {
		return answered{}, err
	}
	found, total, err := list(q)
	if err != nil {
		return answered{}, err
	}
	out := behavior.Page{Request: r, URL: "http://h/list/", Query: q, Total: total}
	for _, s := range found {
		out.Results = append(out.Results, s.ID)
	}
	out.Position = func(i int, field string) any { return fieldOf(found[i], field) }
	body, err := p.Envelope(out)
	if err != nil {
		return answered{}, err
	}
	text, err := json.Marshal(body)
	if err != nil {
		return answered{}, err
	}
	var a answered
	return a, json.Unmarshal(text, &a)
}

// text is a link in a message.
func text(link *string) string {
	if link == nil {
		return "none"
	}
	return *link
}

func TestLimitOffset(t *testing.T) {
	t.Parallel()
	const base = "http://h/list/?"
	for query, want := range map[string]struct {
		records        int
		first, results int
		next, previous string
	}{
		"":                               {12, 1, 10, base + "limit=10&offset=10", "none"},
		"offset=10":                      {12, 11, 2, "none", base + "limit=10"},
		"limit=10&offset=0":              {10, 1, 10, "none", "none"},
		"limit=2&offset=2":               {5, 3, 2, base + "limit=2&offset=4", base + "limit=2"},
		"limit=2&offset=1":               {4, 2, 2, base + "limit=2&offset=3", base + "limit=2"},
		"limit=2&offset=3":               {4, 4, 1, "none", base + "limit=2&offset=1"},
		"limit=-100&offset=11":           {12, 12, 1, "none", base + "limit=10&offset=1"},
		"limit=1e1":                      {11, 1, 10, base + "limit=10&offset=10", "none"},
		"limit=":                         {11, 1, 10, base + "limit=10&offset=10", "none"},
		"limit=+3%20":                    {11, 1, 3, base + "limit=3&offset=3", "none"},
		"limit=%2B3":                     {11, 1, 3, base + "limit=3&offset=3", "none"},
		"limit=1_0&offset=%D9%A1":        {20, 2, 10, base + "limit=10&offset=11", base + "limit=10"},
		"limit=3&limit=4":                {9, 1, 4, base + "limit=4&offset=4", "none"},
		"offset=-2":                      {3, 1, 3, "none", "none"},
		"offset=1.5&limit=2":             {3, 1, 2, base + "limit=2&offset=2", "none"},
		"offset=3":                       {3, 0, 0, "none", base + "limit=10"},
		"offset=1000&limit=2":            {3, 0, 0, "none", base + "limit=2&offset=998"},
		"limit=500&offset=150":           {2, 0, 0, "none", base + "limit=100&offset=50"},
		"offset=99999999999999999999999": {2, 0, 0, "none", base + "limit=10&offset=99999999999999999999989"},
		"zeta=1&limit=1&alpha=2":         {3, 1, 1, base + "alpha=2&limit=1&offset=1&zeta=1", "none"},
		"limit=1&x=&y":                   {3, 1, 1, base + "limit=1&offset=1&x=&y=", "none"},
		"limit=1&q=a+b%20c&q=%C3%A9~":    {3, 1, 1, base + "limit=1&offset=1&q=a+b+c&q=%C3%A9~", "none"},
		"limit=1&a;b=%zz&%ff=1":          {3, 1, 1, base + "a%3Bb=%25zz&limit=1&offset=1&%EF%BF%BD=1", "none"},
		"&&limit=1&=x":                   {3, 1, 1, base + "=x&limit=1&offset=1", "none"},
	} {
		got, err := page(behavior.LimitOffset{}, ids(want.records), query)
		if err != nil {
			t.Fatal(err)
		}
		if got.Count == nil || *got.Count != want.records || len(got.Results) != want.results || want.results > 0 && got.Results[0] != int64(want.first) {
			t.Errorf("%s: page is %+v, want %d from %d on", query, got, want.results, want.first)
		}
		if text(got.Next) != want.next || text(got.Previous) != want.previous {
			t.Errorf("%s: links are\n%s\n%s\nwant\n%s\n%s", query, text(got.Next), text(got.Previous), want.next, want.previous)
		}
	}
}

func TestLimitOffsetWithLimitsOfItsOwn(t *testing.T) {
	t.Parallel()
	own := behavior.LimitOffset{DefaultLimit: 3, MaxLimit: 4}
	for query, want := range map[string]int{"": 3, "limit=2": 2, "limit=9": 4, "limit=0": 3} {
		if got, err := page(own, ids(20), query); err != nil || len(got.Results) != want {
			t.Errorf("%q: %d results, %v, want %d", query, len(got.Results), err, want)
		}
	}
}

// The links lead over the whole list, each record once, forth and back.
func TestLimitOffsetLinksCoverTheList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		records := ids(rapid.IntRange(0, 40).Draw(t, "records"))
		query := "limit=" + strconv.Itoa(rapid.IntRange(1, 12).Draw(t, "limit"))
		seen := follow(t, behavior.LimitOffset{}, records, query, nil)
		if diff := cmp.Diff(numbers(1, len(records)), seen); diff != "" {
			t.Fatalf("records differ (-want +got):\n%s", diff)
		}
	})
}

func TestPageNumber(t *testing.T) {
	t.Parallel()
	const base = "http://h/list/?"
	for query, want := range map[string]struct {
		results        []int64
		next, previous string
	}{
		"":              {numbers(1, 3), base + "page=2", "none"},
		"page=1":        {numbers(1, 3), base + "page=2", "none"},
		"page=":         {numbers(1, 3), base + "page=2", "none"},
		"page=2":        {numbers(4, 6), base + "page=3", "http://h/list/"},
		"page=3&a=b":    {numbers(7, 8), "none", base + "a=b&page=2"},
		"page=last":     {numbers(7, 8), "none", base + "page=2"},
		"page=%201&x=y": {numbers(1, 3), base + "page=2&x=y", "none"},
	} {
		got, err := page(behavior.PageNumber{PageSize: 3}, ids(8), query)
		if err != nil {
			t.Errorf("%q: %v", query, err)
			continue
		}
		if diff := cmp.Diff(want.results, got.Results); diff != "" || *got.Count != 8 {
			t.Errorf("%q: count %d, results differ (-want +got):\n%s", query, *got.Count, diff)
		}
		if text(got.Next) != want.next || text(got.Previous) != want.previous {
			t.Errorf("%q: links are %s and %s, want %s and %s", query, text(got.Next), text(got.Previous), want.next, want.previous)
		}
	}
	for _, query := range []string{"page=0", "page=-1", "page=4", "page=x", "page=1.0", "page=Last", "page=99999999999999999999"} {
		_, err := page(behavior.PageNumber{PageSize: 3}, ids(8), query)
		var missing behavior.PageError
		if !errors.As(err, &missing) || missing != "Invalid page." || !errors.Is(err, behavior.ErrNotFound) {
			t.Errorf("%q: error is %v", query, err)
		}
	}
	for records, want := range map[int]int{0: 0, 3: 3, 6: 3, 7: 1} {
		got, err := page(behavior.PageNumber{PageSize: 3}, ids(records), "page=last")
		if err != nil || len(got.Results) != want {
			t.Errorf("last of %d records: %d, %v, want %d", records, len(got.Results), err, want)
		}
	}
}

func TestUnpaged(t *testing.T) {
	t.Parallel()
	q := behavior.Query{Limit: 5}
	if err := (behavior.Unpaged{}).Apply(get("/?limit=1&offset=1"), &q); err != nil || q.Limit != 0 || !q.Uncounted {
		t.Errorf("query is %+v, %v", q, err)
	}
	for want, results := range map[string][]any{"[]": nil, "[1,2]": {1, 2}} {
		body, err := behavior.Unpaged{}.Envelope(behavior.Page{Results: results})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := json.Marshal(body); string(got) != want {
			t.Errorf("answer is %s, want %s", got, want)
		}
	}
}

func TestTheEnvelopesKeysAndTheirOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pagination behavior.Pagination
		want       string
	}{
		{behavior.LimitOffset{}, `{"count":0,"next":null,"previous":null,"results":[]}`},
		{behavior.PageNumber{}, `{"count":0,"next":null,"previous":null,"results":[]}`},
		{behavior.Cursor{}, `{"next":null,"previous":null,"results":[]}`},
	} {
		r, q := get("/"), behavior.Query{}
		if err := c.pagination.Apply(r, &q); err != nil {
			t.Fatal(err)
		}
		body, err := c.pagination.Envelope(behavior.Page{Request: r, Query: q})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(body); err != nil || string(got) != c.want {
			t.Errorf("%T answers %s, %v, want %s", c.pagination, got, err, c.want)
		}
	}
}
