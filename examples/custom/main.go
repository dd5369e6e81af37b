// Command custom is a web application that brings its own users and policies:
// permission, throttle, pagination, parser, filter set and serializer, and a
// report and an admin of its own.
package main

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
	"github.com/userbehavior/behavior/web"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	store, err := duckdb.Open(context.Background(), "behavior.duckdb")
	if err != nil {
		return err
	}
	defer store.Close()
	tracker, err := behavior.New(store, settings())
	if err != nil {
		return err
	}
	defer tracker.Close()
	handler, err := web.HandlerWith(tracker, options(tracker))
	if err != nil {
		return err
	}
	http.Handle("/stats/", handler)
	return http.ListenAndServe("localhost:8000", nil)
}

func settings() behavior.Settings {
	s := behavior.Settings{
		Prefix:           "/stats/",
		Identify:         currentUser,
		EventTypes:       []behavior.EventType{"purchase"},
		ReportPermission: behavior.IsAuthenticated,
		Observers:        []behavior.Observer{announce},
	}
	s.Admin.Site = shopSite
	s.API.Permission = readersAreStaff
	s.API.Session.Serializer.Represent = slimSession
	s.API.PageView.Serializer.Validate = onlyOurPages
	s.API.PageView.Pagination = behavior.PageNumber{PageSize: 25}
	s.API.PageView.Parsers = []behavior.Parser{behavior.JSONParser, csvParser}
	s.API.PageView.FilterSet = append(behavior.FilterSet{
		{Name: "path", Field: "path"},
		{Name: "browser", Field: "session__browser"},
		{Name: "section", Field: "path", Parse: section},
	}, behavior.PageViewFilters...)
	s.API.Interaction.Throttles = []behavior.Throttle{officeHours}
	return s
}

// readersAreStaff is a permission: everybody may record, staff may read.
func readersAreStaff(r *http.Request, user behavior.User) bool {
	return r.Method == http.MethodPost || r.Method == http.MethodOptions || user.Staff
}

// officeHours is a throttle: no recording of interactions at night.
func officeHours(_ *http.Request, _ behavior.Caller) (time.Duration, bool) {
	now := time.Now()
	if now.Hour() >= 6 {
		return 0, true
	}
	six := time.Date(now.Year(), now.Month(), now.Day(), 6, 0, 0, 0, now.Location())
	return six.Sub(now), false
}

// slimSession is a serializer that keeps addresses and agents to itself.
func slimSession(s behavior.Session) any {
	return struct {
		ID      int64     `json:"id"`
		Browser string    `json:"browser"`
		Start   time.Time `json:"start"`
	}{s.ID, s.Browser, s.StartTime}
}

// onlyOurPages refuses page views of other sites.
func onlyOurPages(in *behavior.ViewInput) error {
	if !strings.HasPrefix(in.URL, "https://example.com/") {
		return behavior.Invalid{"url": {"Not a page of ours."}}
	}
	return nil
}

// csvParser takes a page view as one line: session_id,url.
var csvParser = behavior.Parser{
	MediaType: "text/csv",
	Parse: func(body io.Reader, _ map[string]string) (behavior.Payload, error) {
		fields, err := csv.NewReader(body).Read()
		if err != nil || len(fields) != 2 {
			return behavior.Payload{}, behavior.ParseError("Send one line: session_id,url")
		}
		return behavior.Payload{Value: map[string]any{"session_id": fields[0], "url": fields[1]}}, nil
	},
}

// section is a filter of its own: ?section=blog for all pages below /blog/.
func section(values []string) ([]behavior.Filter, error) {
	name := values[len(values)-1]
	if strings.ContainsAny(name, "/?#") {
		return nil, errors.New("A section is one word.") //nolint:staticcheck // shown to clients as it stands
	}
	return []behavior.Filter{{Field: "path", Op: behavior.StartsWith, Values: []any{"/" + name + "/"}}}, nil
}

// announce is an observer.
func announce(_ context.Context, e behavior.Event) {
	if e.Change == behavior.Created && e.Kind == behavior.KindInteraction && e.Interaction.EventType == "purchase" {
		log.Println("sold:", e.Interaction.Element)
	}
}
