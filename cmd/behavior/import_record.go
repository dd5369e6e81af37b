package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/userbehavior/behavior"
)

// The bounds of an import's memory, whatever is in the file.
const (
	maxLine       = 1 << 20 // longer lines are refused
	maxBatchLines = 5000
	maxBatchBytes = 8 << 20
)

// record is one line of the file, before it is checked.
type record struct {
	Kind      behavior.Kind `json:"kind"`
	SessionID looseText     `json:"session_id"`

	UserAgent string     `json:"user_agent"`
	IPAddress string     `json:"ip_address"`
	StartTime string     `json:"start_time"`
	EndTime   string     `json:"end_time"`
	UserID    *looseText `json:"user_id"`
	Language  string     `json:"language"`
	Screen    string     `json:"screen"`
	Country   string     `json:"country"`

	Timestamp string `json:"timestamp"`
	EventKey  string `json:"event_key"`
	URL       string `json:"url"`
	Title     string `json:"title"`
	Referrer  string `json:"referrer"`

	EventType behavior.EventType `json:"event_type"`
	Element   string             `json:"element"`
	Metadata  json.RawMessage    `json:"metadata"`
}

// looseText is a text that may be written as a number, as ids often are.
type looseText string

// UnmarshalJSON reads a text or a number; null leaves it as it is.
func (t *looseText) UnmarshalJSON(raw []byte) error {
	if raw[0] != '"' && raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		if string(raw) == "null" {
			return nil
		}
		return refusal("session_id or user_id: not a text")
	}
	if raw[0] != '"' {
		*t = looseText(raw)
		return nil
	}
	return json.Unmarshal(raw, (*string)(t))
}

// refusal is the reason why a line is not stored.
type refusal string

func (r refusal) Error() string { return string(r) }

// batch is some consecutive lines: what can be stored, and what cannot.
type batch struct {
	rows    []behavior.Row
	at      []int // the line of each row
	refused []refusedLine
	bytes   int   // of the rows' lines
	line    int   // the last one
	offset  int64 // where it ends
	err     error // why there is no further batch; io.EOF at the end
}

type refusedLine struct {
	line   int
	reason string
}

func (b *batch) full() bool {
	return len(b.rows)+len(b.refused) >= maxBatchLines || b.bytes >= maxBatchBytes
}

// recordReader makes batches of a file's lines.
type recordReader struct {
	tracker *behavior.Tracker
	in      *bufio.Reader
	line    int
	offset  int64
}

func newRecordReader(tracker *behavior.Tracker, in io.Reader) *recordReader {
	return &recordReader{tracker: tracker, in: bufio.NewReaderSize(in, maxLine+len("\r\n"))}
}

// run sends batches until the file or ctx ends.
func (r *recordReader) run(ctx context.Context, to chan<- *batch) {
	for {
		b := r.next()
		select {
		case to <- b:
		case <-ctx.Done():
			return
		}
		if b.err != nil {
			return
		}
	}
}

// next reads one batch.
func (r *recordReader) next() *batch {
	b := &batch{}
	for !b.full() && b.err == nil {
		text, err := r.read()
		if long := refusal(""); errors.As(err, &long) {
			b.refused = append(b.refused, refusedLine{r.line, long.Error()})
			continue
		}
		b.err = err
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		row, err := r.parse(text)
		if err != nil {
			b.refused = append(b.refused, refusedLine{r.line, reason(err)})
			continue
		}
		b.rows, b.at, b.bytes = append(b.rows, row), append(b.at, r.line), b.bytes+len(text)
	}
	b.line, b.offset = r.line, r.offset
	return b
}

// read reads one line. A line that is too long is skipped and a refusal.
func (r *recordReader) read() ([]byte, error) {
	text, err := r.in.ReadSlice('\n')
	r.offset += int64(len(text))
	if len(text) > 0 {
		r.line++
	}
	if !errors.Is(err, bufio.ErrBufferFull) {
		if r.line == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		return text, err
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		text, err = r.in.ReadSlice('\n')
		r.offset += int64(len(text))
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return nil, refusal("the line is longer than 1 MiB")
}

// parse makes a row of a line.
func (r *recordReader) parse(text []byte) (behavior.Row, error) {
	if !utf8.Valid(text) {
		return behavior.Row{}, refusal("not valid UTF-8")
	}
	var in record
	if err := json.Unmarshal(text, &in); err != nil {
		return behavior.Row{}, err
	}
	if err := strict(text); err != nil {
		return behavior.Row{}, err
	}
	switch in.Kind {
	case behavior.KindSession:
		s, err := r.session(in)
		return behavior.Row{Session: s}, err
	case behavior.KindPageView:
		v, err := r.pageView(in)
		return behavior.Row{PageView: v}, err
	case behavior.KindInteraction:
		i, err := r.interaction(in)
		return behavior.Row{Interaction: i}, err
	}
	return behavior.Row{}, refusal("kind: not session, pageview or interaction")
}

func (r *recordReader) session(in record) (*behavior.Session, error) {
	start, err := parseTime("start_time", in.StartTime)
	if err != nil {
		return nil, err
	}
	input := behavior.SessionInput{
		SessionID: string(in.SessionID), UserAgent: in.UserAgent, IPAddress: in.IPAddress, StartTime: start,
		UserID: (*string)(in.UserID), Language: in.Language, Screen: in.Screen, Country: in.Country,
	}
	if in.EndTime != "" {
		end, err := parseTime("end_time", in.EndTime)
		if err != nil {
			return nil, err
		}
		input.EndTime = &end
	}
	s, err := r.tracker.NewSession(input)
	return &s, err
}

func (r *recordReader) pageView(in record) (*behavior.PageView, error) {
	at, err := parseTime("timestamp", in.Timestamp)
	if err != nil {
		return nil, err
	}
	v, err := r.tracker.NewPageView(behavior.ViewInput{
		SessionID: string(in.SessionID), URL: in.URL, Timestamp: at,
		Title: in.Title, Referrer: in.Referrer, EventKey: in.EventKey,
	})
	return &v, err
}

func (r *recordReader) interaction(in record) (*behavior.Interaction, error) {
	at, err := parseTime("timestamp", in.Timestamp)
	if err != nil {
		return nil, err
	}
	i, err := r.tracker.NewInteraction(behavior.InteractionInput{
		SessionID: string(in.SessionID), EventType: in.EventType, Element: in.Element, Metadata: in.Metadata,
		Timestamp: at, URL: in.URL, EventKey: in.EventKey,
	})
	return &i, err
}

// timeForms are the ways in which times are written: with a time zone, or
// without one in UTC.
var timeForms = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999",
}

func parseTime(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, refusal(field + ": This field is required.")
	}
	for _, form := range timeForms {
		// The zero time would stand for "now".
		if at, err := time.Parse(form, text); err == nil && !at.IsZero() {
			return at, nil
		}
	}
	return time.Time{}, refusal(field + ": not a time such as 2025-03-01T12:00:00Z")
}

// reason puts a line's error into few words: lines with the same fault should
// have the same reason.
func reason(err error) string {
	var invalid behavior.Invalid
	var kind *json.UnmarshalTypeError
	var why refusal
	switch {
	case errors.As(err, &why):
		return string(why)
	case errors.As(err, &kind) && kind.Field == "":
		return "not a JSON object"
	case errors.As(err, &kind):
		return kind.Field + ": not a text"
	case errors.As(err, &invalid):
		return strings.TrimPrefix(invalid.Error(), "invalid input: ")
	case errors.Is(err, behavior.ErrConflict):
		return "session_id: a session with this session_id exists already"
	case errors.Is(err, behavior.ErrNoSession):
		return "session_id: there is no such session"
	case errors.Is(err, behavior.ErrDuplicate):
		return "event_key: the session has an event with this key already"
	}
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return "not valid JSON"
	}
	return fmt.Sprint(err)
}
