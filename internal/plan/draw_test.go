package plan

import (
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/record"
)

var (
	names        = []string{"a", "b", "c", "d", "e"}
	sessionNames = rapid.SampledFrom(append(slices.Clone(names), "bad\xff"))
	keys         = rapid.SampledFrom([]string{"", "", "k", "l", "m"})
	given        = rapid.SampledFrom([]int64{0, 0, 0, 0, 0, 0, -1, 3, 9, 17, 40})
	moments      = rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(1_700_000_000, 0).UTC().Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "seconds")) * (time.Second + 1))
	})
)

// drawRow draws a row of any kind.
func (g *game) drawRow(t *rapid.T) behavior.Row {
	switch rapid.IntRange(0, 6).Draw(t, "kind") {
	case 0, 1:
		return behavior.Row{Session: drawSession(t)}
	case 2, 3:
		return behavior.Row{PageView: &behavior.PageView{
			ID: given.Draw(t, "id"), Session: g.drawHome(t), Timestamp: moments.Draw(t, "timestamp"), EventKey: keys.Draw(t, "key"),
			Path: rapid.SampledFrom([]string{"", "/1", "/2", "/3"}).Draw(t, "path"), Referrer: rapid.SampledFrom([]string{"", "https://elsewhere.example/"}).Draw(t, "referrer"),
			Visible: time.Duration(rapid.IntRange(0, 3).Draw(t, "visible")) * time.Millisecond,
		}}
	case 4:
		return behavior.Row{Interaction: &behavior.Interaction{
			ID: given.Draw(t, "id"), Session: g.drawHome(t), Timestamp: moments.Draw(t, "timestamp"), EventKey: keys.Draw(t, "key"), EventType: behavior.Click,
		}}
	default:
		told := &behavior.Progress{
			SessionID: sessionNames.Draw(t, "session"), ViewKey: keys.Draw(t, "key"), UserID: rapid.SampledFrom([]string{"", "ann", "bob"}).Draw(t, "user"),
			Country: rapid.SampledFrom([]string{"", "BR", "DE"}).Draw(t, "country"), Visible: time.Duration(rapid.IntRange(0, 5).Draw(t, "visible")) * time.Millisecond,
		}
		if rapid.Bool().Draw(t, "moves on") {
			told.At = moments.Draw(t, "at")
		}
		return behavior.Row{Progress: told}
	}
}

func drawSession(t *rapid.T) *behavior.Session {
	s := &behavior.Session{ID: given.Draw(t, "id"), SessionID: sessionNames.Draw(t, "name"), StartTime: moments.Draw(t, "start")}
	if rapid.Bool().Draw(t, "has an end") {
		end := moments.Draw(t, "end")
		s.EndTime = &end
	}
	if rapid.Bool().Draw(t, "has a user") {
		user := "eve"
		s.UserID = &user
	}
	return s
}

// drawHome names a session, mostly by its name.
func (g *game) drawHome(t *rapid.T) behavior.Session {
	if len(g.world.sessions) > 0 && rapid.IntRange(0, 4).Draw(t, "by id") == 0 {
		return behavior.Session{ID: g.someSession(t).ID}
	}
	return behavior.Session{SessionID: sessionNames.Draw(t, "session")}
}

// someSession is one of the sessions that there are.
func (g *game) someSession(t *rapid.T) *behavior.Session {
	var all []*behavior.Session
	for _, s := range g.world.sessions {
		all = append(all, s)
	}
	if len(all) == 0 {
		t.Skip("there is no session yet")
	}
	slices.SortFunc(all, func(a, b *behavior.Session) int { return strings.Compare(a.SessionID, b.SessionID) })
	return rapid.SampledFrom(all).Draw(t, "session that is there")
}

// someEvent is one of the events that there are.
func (g *game) someEvent(t *rapid.T) *event {
	if len(g.world.events) == 0 {
		t.Skip("there is no event yet")
	}
	return g.world.events[rapid.IntRange(0, len(g.world.events)-1).Draw(t, "event")]
}

// cloneRows copies rows and what they point to.
func cloneRows(rows []behavior.Row) []behavior.Row {
	copies := slices.Clone(rows)
	for i, row := range rows {
		switch {
		case row.Session != nil:
			s := record.Clone(*row.Session)
			copies[i].Session = &s
		case row.PageView != nil:
			v := *row.PageView
			copies[i].PageView = &v
		case row.Interaction != nil:
			in := *row.Interaction
			copies[i].Interaction = &in
		}
	}
	return copies
}
