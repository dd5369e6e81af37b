package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/userbehavior/behavior"
)

// Lengths of texts in a list, in characters. What is longer is cut.
const (
	maxCell  = 60   // in a cell
	maxLine  = 160  // in a line of its own
	maxTitle = 1000 // in what is shown beside it
)

// listRow is a record of a list.
type listRow struct {
	ID    string
	Text  string // the record in one line
	Name  string // the same, shorter
	Cells []listCell
}

// listCell is a value of a record. Without a text and a time there is none.
type listCell struct {
	Label  string // of the column
	Text   string
	Tail   string // the end of an id, which is never cut; Text is what comes before it
	Full   string // the whole text where Text is less
	Folded bool   // Text opens to show Full
	Copy   string // what a button copies; empty for no button
	Time   *adminTime

	URL   string // opens the record; empty except for the first column
	Owner string // address of the session that the record belongs to
	Steps string // address of what happened in a session
}

// listRows puts records into words.
func (h *handler) listRows(user behavior.User, s listState, records []record) []listRow {
	now, query := h.settings.Now(), s.formQuery()
	seesSessions := h.may(user, modelOf(behavior.KindSession), behavior.CanView)
	var rows []listRow
	for _, rec := range records {
		row := listRow{ID: strconv.FormatInt(rec.id(), 10), Text: clip(rec.text(), maxTitle), Name: clip(rec.text(), maxLine)}
		for i, column := range s.model.columns {
			cell := rec.cell(column.field, now, h.settings.TimeZone)
			cell.Label = column.label
			if i == 0 {
				cell.URL = h.adminPath(s.model.path, "/", row.ID, "/change/", query)
			}
			owner := strconv.FormatInt(rec.owner().ID, 10)
			if i == 0 && seesSessions && !s.popup {
				if rec.session != nil {
					cell.Steps = h.adminPath("sessions/", owner, "/timeline/")
				} else {
					cell.Owner = h.adminPath("sessions/", owner, "/change/")
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		rows = append(rows, row)
	}
	return rows
}

// keptFilters is the parameter that tells a form which list it was opened from.
func keptFilters(query string) string { return "_changelist_filters=" + url.QueryEscape(query) }

// cell is a value of the record, drawn for its field.
func (r record) cell(field string, now time.Time, zone *time.Location) listCell {
	switch field {
	case "session":
		return nameCell(r.owner())
	case "session_id":
		return idCell(r.session.SessionID)
	case "user_agent":
		return agentCell(r.session)
	case "event_type":
		return textCell(r.interaction.EventType.Label())
	}
	switch value := r.value(field).(type) {
	case time.Time:
		at := newAdminTime(value, now, zone)
		return listCell{Time: &at}
	case string:
		return textCell(value)
	}
	return listCell{}
}

// textCell shows a text; a long one opens.
func textCell(text string) listCell {
	short := clip(text, maxCell)
	if short == text {
		return listCell{Text: text}
	}
	return listCell{Text: short, Full: clip(text, maxTitle), Folded: true}
}

// idTail is how much of the end of an id is always seen.
const idTail = 6

// idCell shows an id that a style sheet may cut in its middle.
func idCell(id string) listCell {
	head, tail := cutID(id)
	return listCell{Text: head, Tail: tail, Full: id, Copy: id}
}

// nameCell shows the text form of a session, in which its id may be cut.
func nameCell(s *behavior.Session) listCell {
	name := sessionName(s)
	head, tail := cutID(s.SessionID)
	before, after, _ := strings.Cut(name, s.SessionID)
	if tail == "" || len(after) > maxCell {
		return listCell{Text: clip(name, maxLine), Full: clip(name, maxTitle)}
	}
	return listCell{Text: before + head, Tail: tail + after, Full: name}
}

// cutID cuts an id before its end; a short one has no tail.
func cutID(id string) (head, tail string) {
	runes := []rune(id)
	if len(runes) <= 2*idTail {
		return id, ""
	}
	return string(runes[:len(runes)-idTail]), string(runes[len(runes)-idTail:])
}

// agentCell shows what a user agent stands for: "Chrome 126 · Windows".
func agentCell(s *behavior.Session) listCell {
	version, _, _ := strings.Cut(s.BrowserVersion, ".")
	name := strings.TrimSpace(s.Browser + " " + version)
	switch {
	case s.Browser == "":
		return textCell(s.UserAgent)
	case s.OS != "":
		name += " · " + s.OS
	}
	return listCell{Text: clip(name, maxCell), Full: clip(s.UserAgent, maxTitle), Folded: true}
}

// clip cuts a text that has more than max characters.
func clip(text string, max int) string {
	if len(text) <= max || utf8.RuneCountInString(text) <= max {
		return text
	}
	for i := range text {
		if max == 0 {
			return strings.TrimRight(text[:i], " ") + "…"
		}
		max--
	}
	return text
}
