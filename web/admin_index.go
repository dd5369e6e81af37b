package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// recentActions is how many deeds the start of the admin shows.
const recentActions = 10

// indexPage is what the page "admin_index" shows.
type indexPage struct {
	Title string
	Cards []indexCard
	Links []ui.Link

	Kept     bool // there is a log
	Everyone bool // of everybody, not only of who looks at it
	May      bool // see those of everybody
	Recent   []logEntry
	LogURL   string

	Storage bool // it can be used
	Health  []healthRow
	Refused []healthRow
	Bots    []healthRow // nil: none, or they could not be counted
}

// indexCard is what there is of one kind of record.
type indexCard struct {
	Title, URL string // no URL: it may not be seen
	Icon       string
	Count      string // empty: it could not be counted
	Today      string
	Add        string // address; empty without the right
	Change     bool   // else what is seen cannot be changed
	Spark      *spark // nil: it could not be counted
}

// spark is a small chart: the columns of the last days.
type spark struct {
	Width, Height int
	Label         string
	Bars          []sparkBar
}

type sparkBar struct {
	X, Y, Width, Height int
	Title               string
	Partial             bool // the day is not over
}

// healthRow is one figure and what it is.
type healthRow struct{ Name, Value string }

// adminIndex is the start of the admin.
func (h *handler) adminIndex(w http.ResponseWriter, r *http.Request, user behavior.User) error {
	p := indexPage{Title: h.settings.Admin.Site.IndexTitle, Links: h.adminMenu(user), Kept: h.settings.Audit != nil, May: user.Superuser}
	counts := h.overview.read(r.Context())
	for _, v := range counts.bots {
		reason, _ := v.Value.(string)
		p.Bots = append(p.Bots, healthRow{botWord(reason), grouped(v.Count)})
	}
	for _, m := range adminModels {
		if card, ok := h.indexCard(user, m, counts); ok {
			p.Cards = append(p.Cards, card)
		}
	}
	if p.Kept {
		q := behavior.AuditQuery{UserID: user.ID, Limit: recentActions}
		if p.Everyone = p.May && r.URL.Query().Get("actions") == "everyone"; p.Everyone {
			q.UserID = ""
		}
		entries, _, err := h.settings.Audit.Entries(r.Context(), q)
		if err != nil {
			return err
		}
		p.Recent, p.LogURL = h.logEntries(entries, user), h.adminPath("log/")
		if p.May && !p.Everyone {
			p.LogURL += "?user=" + user.ID
		}
	}
	h.fillHealth(r.Context(), &p)
	return h.adminPage(w, r, http.StatusOK, "admin_index", p)
}

// indexCard is the card of a kind of record, for somebody who may do anything
// with it.
func (h *handler) indexCard(user behavior.User, m adminModel, counts overviewCounts) (indexCard, bool) {
	add, change := h.may(user, m, behavior.CanAdd), h.may(user, m, behavior.CanChange)
	view, remove := h.may(user, m, behavior.CanView), h.may(user, m, behavior.CanDelete)
	if !add && !change && !view && !remove {
		return indexCard{}, false
	}
	card := indexCard{Title: m.plural, Change: change}
	if add {
		card.Add = h.adminPath(m.path, "/add/")
	}
	if !view {
		return card, true
	}
	card.URL = h.adminPath(m.path, "/")
	if c, ok := counts.kinds[m.kind]; ok {
		card.Count, card.Spark = countedUp(c.Total), newSpark(c.Days)
		card.Today = countedUp(c.Days[len(c.Days)-1].Count)
	}
	return card, true
}

// The measures of a spark.
const (
	sparkStep   = 10
	sparkWidth  = 8
	sparkHeight = 32
)

// newSpark draws the counts of days, the oldest first.
func newSpark(days []dayCount) *spark {
	highest := days[0]
	for _, d := range days {
		if d.Count > highest.Count {
			highest = d
		}
	}
	s := &spark{Width: len(days)*sparkStep - (sparkStep - sparkWidth), Height: sparkHeight}
	for i, d := range days {
		bar := sparkBar{X: i * sparkStep, Width: sparkWidth, Height: 1, Title: shortDay(d.Day) + ": " + countedUp(d.Count), Partial: i == len(days)-1}
		if d.Count > 0 {
			bar.Height = max(2, d.Count*sparkHeight/highest.Count)
		}
		bar.Y = sparkHeight - bar.Height
		s.Bars = append(s.Bars, bar)
	}
	s.Label = fmt.Sprintf("Added on each of the last %d days: none.", len(days))
	if highest.Count > 0 {
		s.Label = fmt.Sprintf("Added on each of the last %d days: highest on %s, %s; today %s.",
			len(days), shortDay(highest.Day), countedUp(highest.Count), countedUp(days[len(days)-1].Count))
	}
	return s
}

func shortDay(day time.Time) string { return monthNames[day.Month()-1] + " " + strconv.Itoa(day.Day()) }

// refusalWords are the reasons for which events of browsers are not stored.
var refusalWords = map[behavior.Refusal]string{
	behavior.RefusedType:     "Unknown event type",
	behavior.RefusedURL:      "No good address",
	behavior.RefusedMetadata: "Metadata too long, or no JSON",
	behavior.RefusedStore:    "Cannot be stored",
}

// fillHealth fills in how the server does, since it started.
func (h *handler) fillHealth(ctx context.Context, p *indexPage) {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	p.Storage = h.tracker.Ping(ctx) == nil
	s := h.tracker.Stats()
	p.Health = []healthRow{
		{"Rows stored", groupedCount(s.Rows)},
		{"Rows that wait", grouped(s.Queue)},
		{"Time to store a group", appendWords(s.Appends)},
		{"Events of browsers stored", groupedCount(s.Stored)},
		{"Sent twice, stored once", groupedCount(s.Duplicate)},
		{"Lost in browsers", groupedCount(s.Lost)},
	}
	for _, why := range behavior.Refusals() {
		p.Refused = append(p.Refused, healthRow{refusalWords[why], groupedCount(s.Refused[why])})
	}
}

// botWord is the kind of a program as people read it: "Search engine".
func botWord(reason string) string {
	if reason == "ai-crawler" {
		return "AI crawler"
	}
	word := strings.ReplaceAll(reason, "-", " ")
	if word == "" {
		return "Unknown"
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

func groupedCount(n uint64) string { return grouped(int(min(n, 1<<62))) }

// appendWords says how long the store takes: the mean, and what nearly all
// stay under.
func appendWords(a behavior.Histogram) string {
	if a.Count == 0 {
		return "-"
	}
	mean := inMilliseconds(a.Sum / float64(a.Count))
	for i, n := range a.Counts {
		if float64(n) >= 0.95*float64(a.Count) {
			return mean + " on average, 95 % within " + inMilliseconds(a.Bounds[i])
		}
	}
	return mean + " on average"
}

// inMilliseconds writes seconds.
func inMilliseconds(seconds float64) string {
	return strconv.FormatFloat(seconds*1000, 'f', 1, 64) + " ms"
}

// adminMenu is where somebody goes in the admin, besides its records.
func (h *handler) adminMenu(user behavior.User) []ui.Link {
	if !h.mayEnter(user) {
		return nil
	}
	var links []ui.Link
	if user.Superuser && h.signIns != nil {
		links = append(links, ui.Link{Text: "People", URL: h.adminPath("people/")})
	}
	name := "My actions"
	if user.Superuser {
		name = "Log"
	}
	links = append(links, ui.Link{Text: name, URL: h.adminPath("log/")})
	if user.Superuser && h.settings.Given != nil {
		links = append(links, ui.Link{Text: "Settings", URL: h.adminPath("settings/")})
	}
	return links
}
