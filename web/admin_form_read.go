package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/userbehavior/behavior"
)

// What the admin says of fields, where that differs from the API.
const (
	messageTime      = "Enter a valid time."
	messageNoChoice  = "Select a valid choice. That choice is not one of the available choices."
	messageAdminJSON = "Enter a valid JSON."
)

// readForm reads what was sent: into texts for the inputs, values for the
// store, and faults. A field of an old record that was not sent, or comes back
// as it was shown, is none of the values: it stays as it is, whatever it is.
func (h *handler) readForm(ctx context.Context, f *adminForm, posted url.Values) error {
	f.texts, f.values, f.wrong = map[string]string{}, map[string]any{}, behavior.Invalid{}
	for _, field := range f.model.fields() {
		if field.readOnly {
			continue
		}
		text, sent := sentText(field, posted)
		if f.texts[field.name] = text; !sent {
			f.texts[field.name] = f.shown[field.name]
		}
		if f.old != nil && (!sent || sameText(field, f.shown[field.name], text)) {
			continue
		}
		if err := h.readField(ctx, f, field, trim(text)); err != nil {
			return err
		}
	}
	return nil
}

// sentText is the text of a field. A moment may come in two inputs, one for
// the day and one for the time, as the reference has them.
func sentText(field adminField, posted url.Values) (text string, sent bool) {
	if posted.Has(field.name) || field.input != momentInput {
		return last(posted, field.name), posted.Has(field.name)
	}
	day, clock := trim(last(posted, field.name+"_0")), trim(last(posted, field.name+"_1"))
	if text = day + "T" + clock; text == "T" {
		text = ""
	}
	return text, posted.Has(field.name+"_0") || posted.Has(field.name+"_1")
}

// readField reads one field. It only finds what the check of the record would
// not find, or would put otherwise.
func (h *handler) readField(ctx context.Context, f *adminForm, field adminField, text string) error {
	switch {
	case text == "" && field.required:
		f.refuse(field.name, messageRequired)
	case field.input == sessionInput:
		return h.readOwner(ctx, f, field, text)
	case field.input == momentInput:
		at, fault := parseInput(text, h.settings.TimeZone)
		if fault != "" {
			f.refuse(field.name, fault)
			return nil
		}
		f.setMoment(field.name, at)
	case field.input == jsonInput:
		f.values[field.name] = json.RawMessage(cmp.Or(text, "{}"))
	case text == "":
		f.values[field.name] = nil
	default:
		f.values[field.name] = text
	}
	return nil
}

// setMoment notes a moment in the form that [body] reads.
func (f *adminForm) setMoment(name string, at *time.Time) {
	if f.values[name] = nil; at != nil {
		f.values[name] = momentText(*at)
	}
}

// readOwner reads the field that names a session.
func (h *handler) readOwner(ctx context.Context, f *adminForm, field adminField, text string) error {
	owner, err := h.namedSession(ctx, text)
	switch {
	case errors.Is(err, behavior.ErrNotFound):
		f.owner = nil
		f.refuse(field.name, messageNoChoice)
		return nil
	case err != nil:
		return err
	}
	f.texts[field.name] = fmt.Sprint(owner.ID)
	if f.old == nil || f.old.owner().ID != owner.ID {
		f.values["session_id"] = owner.SessionID
	}
	f.owner = owner
	return nil
}

func (f *adminForm) refuse(name, message string) { f.wrong[name] = append(f.wrong[name], message) }

// found adds what a check found, in the words of the admin. A field of which
// something has been said already is left alone, and so is one of an old record
// that stays as it is.
func (f *adminForm) found(invalid behavior.Invalid) {
	for name, messages := range invalid {
		value, read := f.values[name]
		if f.old != nil && !read {
			continue
		}
		if name == "session_id" && f.model.kind != behavior.KindSession {
			name = "session"
		}
		if len(f.wrong[name]) > 0 {
			continue
		}
		for _, message := range messages {
			text, _ := value.(string)
			f.refuse(name, adminWords(message, text))
		}
	}
}

var (
	tooLong    = regexp.MustCompile(`^Ensure this field has no more than (\d+) characters\.$`)
	noChoice   = regexp.MustCompile(`(?s)^"(.*)" is not a valid choice\.$`)
	otherWords = map[string]string{
		"This field may not be blank.":        messageRequired,
		messageNull:                           messageRequired,
		messageJSON:                           messageAdminJSON,
		messageRange:                          messageFilterMoment,
		"User with this session ID not found": messageNoChoice,
		"Null characters are not allowed.":    messageNUL,
	}
)

// adminWords puts what a check says of a text into the words of the admin.
func adminWords(message, text string) string {
	if words, ok := otherWords[message]; ok {
		return words
	}
	if limit := tooLong.FindStringSubmatch(message); limit != nil {
		return fmt.Sprintf("Ensure this value has at most %s characters (it has %d).", limit[1], utf8.RuneCountInString(text))
	}
	if choice := noChoice.FindStringSubmatch(message); choice != nil {
		return "Select a valid choice. " + shorten(choice[1], maxNamed) + " is not one of the available choices."
	}
	return strings.TrimSpace(message)
}
