package duckdb

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

func TestSmoke(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.duckdb")
	ctx := t.Context()
	t0 := time.Now()
	s, err := Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("open", time.Since(t0))
	u := "x"
	rows := []behavior.Row{
		{Session: &behavior.Session{SessionID: "a", UserAgent: "UA", StartTime: time.Now(), UserID: &u, BrowserFamily: "Firefox"}},
		{Session: &behavior.Session{SessionID: "a"}},
		{PageView: &behavior.PageView{URL: "https://x/y", Path: "/y", Referrer: "ref", Timestamp: time.Now(), Session: behavior.Session{SessionID: "a"}, EventKey: "k"}},
		{PageView: &behavior.PageView{URL: "https://x/z", Path: "/z", Timestamp: time.Now(), Session: behavior.Session{SessionID: "b"}}},
		{Interaction: &behavior.Interaction{EventType: "click", Metadata: []byte(`{"a":[1,{"b":"c"}]}`), Timestamp: time.Now(), Session: behavior.Session{SessionID: "a"}, EventKey: "k"}},
		{Interaction: &behavior.Interaction{EventType: "click", Metadata: []byte(`{"a":[1,{"b":"c"}]}`), Timestamp: time.Now(), Session: behavior.Session{SessionID: "a"}, EventKey: "k2"}},
	}
	if err := s.Append(ctx, rows); err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		fmt.Println(i, r.Err)
	}
	fmt.Println(s.Sessions(ctx, behavior.Query{}))
	fmt.Println(s.PageViews(ctx, behavior.Query{Limit: 10, Filters: []behavior.Filter{{Field: "session__user_agent", Op: behavior.Contains, Values: []any{"u"}}}, Order: []behavior.Order{{Field: "session__end_time", Desc: true}}}))
	fmt.Println(s.Interactions(ctx, behavior.Query{Limit: 10, Filters: []behavior.Filter{{Field: "metadata", Path: []string{"a", "1", "b"}, Values: []any{"c"}}}}))
	fmt.Println(s.Interactions(ctx, behavior.Query{Limit: 10, Filters: []behavior.Filter{{Field: "metadata", Path: []string{"a", "0"}, Values: []any{int64(1), 1.5, true, nil}, Not: true}}}))
	r, err := s.Report(ctx, behavior.LastDays(7, time.Now(), time.UTC))
	fmt.Printf("%+v %v\n", r, err)
	fmt.Println(s.UpdateSession(ctx, 1, func(x *behavior.Session) error { x.SessionID = "c"; return nil }))
	fmt.Println(s.UpdatePageView(ctx, 1, func(x *behavior.PageView) error { x.URL = "u"; return nil }))
	fmt.Println(s.UpdateInteraction(ctx, 1, func(x *behavior.Interaction) error { x.Session.SessionID = "zzz"; return nil }))
	fmt.Println(s.Delete(ctx, behavior.KindSession, []int64{1, 2}))
	fmt.Println(s.Close(), s.Ping(ctx))
}
