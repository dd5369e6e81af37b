package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/userbehavior/behavior"
)

// momentInputs are the forms of a moment in an input: as browsers send it, the
// one that we write first.
var momentInputs = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"}

// fields are all fields of the model's forms.
func (m adminModel) fields() []adminField {
	var all []adminField
	for _, set := range m.fieldsets {
		all = append(all, set.fields...)
	}
	return all
}

// label is what a field is called on the pages.
func (m adminModel) label(name string) string {
	all := m.fields()
	if i := slices.IndexFunc(all, func(f adminField) bool { return f.name == name }); i >= 0 {
		return all[i].label
	}
	return name
}

// texts are what stands in the inputs of a record's form, by the field's name.
func (r record) texts(h *handler) map[string]string {
	texts := map[string]string{}
	for _, field := range r.model().fields() {
		switch value := r.field(field.name); {
		case field.input == momentInput && value != nil:
			texts[field.name] = value.(time.Time).In(h.settings.TimeZone).Format(momentInputs[0])
		case field.input == jsonInput:
			texts[field.name] = indented(r.interaction.Metadata)
		default:
			texts[field.name] = r.plain(field.name)
		}
	}
	return texts
}

// field is what a record has in a field of its form; nil for none.
func (r record) field(name string) any {
	if name == "metadata" {
		return string(r.interaction.Metadata)
	}
	return r.value(name)
}

// plain is a field as the audit trail writes it: "" for none, moments in UTC.
func (r record) plain(name string) string {
	switch value := r.field(name).(type) {
	case string:
		return value
	case int64:
		return strconv.FormatInt(value, 10)
	case time.Time:
		return isoMoment(value)
	}
	return ""
}

// maxIndented is the longest JSON text that is laid out for its readers.
const maxIndented = 1 << 15

// indented lays a JSON text out, if it gains by that.
func indented(raw json.RawMessage) string {
	var out bytes.Buffer
	if len(raw) > maxIndented || json.Indent(&out, raw, "", "  ") != nil || out.Len() > 4*maxIndented {
		return string(raw)
	}
	return out.String()
}

// prefill puts what the query string has for the fields into the inputs of a
// form for a new record.
func (h *handler) prefill(ctx context.Context, f *adminForm, query url.Values) error {
	f.shown = map[string]string{}
	for _, field := range f.model.fields() {
		text := trim(strings.ToValidUTF8(query.Get(field.name), ""))
		switch {
		case field.readOnly:
			continue
		case field.input == momentInput:
			if at, fault := parseInput(text, h.settings.TimeZone); fault == "" && at != nil {
				f.shown[field.name] = at.In(h.settings.TimeZone).Format(momentInputs[0])
			}
			continue
		case field.input == jsonInput && text == "":
			text = "{}"
		case field.input == sessionInput && text != "":
			owner, err := h.namedSession(ctx, text)
			if err != nil && !errors.Is(err, behavior.ErrNotFound) {
				return err
			}
			if f.owner = owner; owner != nil {
				text = strconv.FormatInt(owner.ID, 10)
			}
		}
		f.shown[field.name] = text
	}
	return nil
}

// sameText reports whether a browser that was given one text sends the other
// although nobody has changed it: line breaks become CR LF, or are lost in an
// input of one line, and white space around does not count.
func sameText(field adminField, shown, sent string) bool {
	fold := strings.NewReplacer("\r\n", "\n", "\r", "\n")
	if field.input != longInput && field.input != jsonInput {
		fold = strings.NewReplacer("\r", "", "\n", "")
	}
	if trim(fold.Replace(shown)) == trim(fold.Replace(sent)) {
		return true
	}
	return field.input == jsonInput && sameJSON(shown, sent)
}

// sameJSON reports whether two texts differ at most in the white space between
// the tokens of JSON.
func sameJSON(a, b string) bool {
	var left, right bytes.Buffer
	return json.Compact(&left, []byte(a)) == nil && json.Compact(&right, []byte(b)) == nil && bytes.Equal(left.Bytes(), right.Bytes())
}

// cleanLine is a text without what no text may hold, nor line may.
func cleanLine(text string) string {
	return strings.Map(func(c rune) rune {
		if c == utf8.RuneError || unicode.IsControl(c) {
			return -1
		}
		return c
	}, text)
}

// shorten is the beginning of a text for the words of a page, where it must
// not turn the direction of what stands around it.
func shorten(text string, max int) string { return showTurns(clip(text, max)) }

// parseInput reads a moment in the form that inputs have it, by the clocks of
// a time zone; nil for a blank one. What is wrong with it comes back in words.
func parseInput(text string, zone *time.Location) (at *time.Time, fault string) {
	if text = trim(text); text == "" {
		return nil, ""
	}
	for _, layout := range momentInputs {
		local, err := time.ParseInLocation(layout, text, zone)
		if err != nil {
			continue
		}
		if wall, _ := time.Parse(layout, text); !inCalendar(local.UTC()) {
			return nil, messageFilterMoment
		} else if wall.Format(momentInputs[0]) != local.Format(momentInputs[0]) {
			return nil, wall.Format("2006-01-02 15:04:05") + " couldn’t be interpreted in time zone " + zone.String() + "; it may be ambiguous or it may not exist."
		}
		utc := local.UTC()
		return &utc, ""
	}
	return nil, faultOf(text)
}

// faultOf says which half of a moment is wrong.
func faultOf(text string) string {
	end := strings.IndexAny(text, "T ")
	if end < 0 {
		if isInput("2006-01-02", text) {
			return messageTime
		}
		return messageFilterMoment
	}
	day, clock := isInput("2006-01-02", text[:end]), isInput("15:04:05", text[end+1:]) || isInput("15:04", text[end+1:])
	switch {
	case day && !clock:
		return messageTime
	case clock && !day:
		return messageFilterDate
	}
	return messageFilterMoment
}

func isInput(layout, text string) bool {
	_, err := time.Parse(layout, text)
	return err == nil
}
