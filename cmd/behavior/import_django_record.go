package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/django"
)

// djangoBatch is some records of one kind: what can be stored, and what cannot.
type djangoBatch struct {
	rows    []behavior.Row
	ids     []string // in the source, of each row
	refused []djangoRefusal
	bytes   int
	err     error // why there is no further batch; nil at the end
}

type djangoRefusal struct{ id, reason string }

func (b *djangoBatch) full() bool {
	return len(b.rows)+len(b.refused) >= maxBatchLines || b.bytes >= maxBatchBytes
}

// takeRecords takes over the records of a kind, one batch while the next one is
// read.
func (t *takeover) takeRecords(ctx context.Context, k django.Kind) error {
	total, err := t.source.Count(ctx, k)
	if err != nil {
		return err
	}
	t.tally.begin(k, total)
	ctx, cancel := context.WithCancel(ctx)
	batches := make(chan *djangoBatch)
	go t.read(ctx, k, batches)
	defer func() {
		cancel()
		for range batches { // until the source is free for the next kind
		}
	}()
	for b := range batches {
		// The batch is stored whole, also when the signal comes meanwhile.
		if err := t.tracker.Record(context.WithoutCancel(ctx), b.rows); err != nil {
			return err
		}
		if err := t.count(ctx, k, b); err != nil {
			return err
		}
		if b.err != nil {
			return b.err
		}
	}
	return ctx.Err()
}

// read sends the records of a kind as batches, until there are no more or ctx
// ends.
func (t *takeover) read(ctx context.Context, k django.Kind, to chan<- *djangoBatch) {
	defer close(to)
	b := &djangoBatch{}
	send := func() bool {
		select {
		case to <- b:
			b = &djangoBatch{}
			return true
		case <-ctx.Done():
			return false
		}
	}
	for r, err := range t.source.Records(ctx, k) {
		if err != nil {
			b.err = err
			break
		}
		id, _ := r.Text("id")
		row, err := t.row(k, r)
		if err != nil {
			b.refused = append(b.refused, djangoRefusal{id, reason(err)})
		} else {
			b.rows, b.ids, b.bytes = append(b.rows, row), append(b.ids, id), b.bytes+r.Size()
		}
		if b.full() && !send() {
			return
		}
	}
	send()
}

// row makes a row of a record.
func (t *takeover) row(k django.Kind, r django.Record) (row behavior.Row, err error) {
	id, err := djangoID(r)
	if err != nil {
		return behavior.Row{}, err
	}
	switch k {
	case django.Sessions:
		row.Session, err = t.session(r, id)
	case django.PageViews:
		row.PageView, err = t.pageView(r, id)
	default:
		row.Interaction, err = t.interaction(r, id)
	}
	return row, err
}

// maxDjangoID leaves as many ids above it as below: records to come are counted
// on from the highest.
const maxDjangoID = 1 << 52

func djangoID(r django.Record) (int64, error) {
	text, _ := r.Text("id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 || id > maxDjangoID {
		return 0, refusal("id: not a whole number from 1 to 4503599627370496")
	}
	return id, nil
}

func (t *takeover) session(r django.Record, id int64) (*behavior.Session, error) {
	start, err := t.moment(r, "start_time")
	if err != nil {
		return nil, err
	}
	in := behavior.SessionInput{StartTime: start}
	in.SessionID, _ = r.Text("session_id")
	in.UserAgent, _ = r.Text("user_agent")
	in.IPAddress, _ = r.Text("ip_address")
	in.IPAddress = withoutMask(in.IPAddress)
	if user, ok := r.Text("user_id"); ok {
		in.UserID = &user
	}
	if _, ok := r.Text("end_time"); ok {
		end, err := t.moment(r, "end_time")
		if err != nil {
			return nil, err
		}
		in.EndTime = &end
	}
	s, err := t.tracker.NewSession(in)
	s.ID = id
	return &s, err
}

// withoutMask is an address without the length of its network, with which
// PostgreSQL writes also single addresses.
func withoutMask(addr string) string {
	if single, ok := strings.CutSuffix(addr, "/32"); ok && !strings.Contains(single, ":") {
		return single
	}
	return strings.TrimSuffix(addr, "/128")
}

func (t *takeover) pageView(r django.Record, id int64) (*behavior.PageView, error) {
	at, session, err := t.event(r)
	if err != nil {
		return nil, err
	}
	in := behavior.ViewInput{SessionID: session, Timestamp: at}
	in.URL, _ = r.Text("url")
	v, err := t.tracker.NewPageView(in)
	v.ID = id
	return &v, err
}

func (t *takeover) interaction(r django.Record, id int64) (*behavior.Interaction, error) {
	at, session, err := t.event(r)
	if err != nil {
		return nil, err
	}
	in := behavior.InteractionInput{SessionID: session, Timestamp: at}
	event, _ := r.Text("event_type")
	in.EventType = behavior.EventType(event)
	in.Element, _ = r.Text("element")
	metadata, _ := r.Text("metadata")
	in.Metadata = json.RawMessage(metadata)
	i, err := t.tracker.NewInteraction(in)
	if err == nil && string(i.Metadata) == "{}" && strings.TrimSpace(metadata) != "" {
		// What counts as nothing when it is sent, null or [] for example, the
		// site has stored as it is.
		var compact bytes.Buffer
		if json.Compact(&compact, []byte(metadata)) == nil {
			i.Metadata = compact.Bytes()
		}
	}
	i.ID = id
	return &i, err
}

// event is the time of a page view or interaction, and the name of its session.
func (t *takeover) event(r django.Record) (at time.Time, session string, err error) {
	if at, err = t.moment(r, "timestamp"); err != nil {
		return time.Time{}, "", err
	}
	session, ok := r.Text(django.SessionName)
	if !ok {
		return time.Time{}, "", refusal("session: the site has no such session")
	}
	return at, session, nil
}

// djangoTimes are the ways in which databases and dumps write times. Those
// without a time zone are in the site's.
var djangoTimes = []string{
	"2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999Z07:00",
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999",
}

// moment is a time of a record.
func (t *takeover) moment(r django.Record, column string) (time.Time, error) {
	text, ok := r.Text(column)
	if !ok {
		return time.Time{}, refusal(column + ": it is empty")
	}
	for _, form := range djangoTimes {
		// The zero time would stand for "now".
		if at, err := time.ParseInLocation(form, text, t.zone); err == nil && !at.IsZero() {
			return at, nil
		}
	}
	return time.Time{}, refusal(column + ": not a time such as 2025-03-01 12:00:00")
}

// count adds a batch that has been stored, row by row.
func (t *takeover) count(ctx context.Context, k django.Kind, b *djangoBatch) error {
	var taken []int // rows whose id or session_id is in use
	for i, row := range b.rows {
		switch {
		case row.Err == nil:
			t.tally.taken[k]++
		case errors.Is(row.Err, behavior.ErrConflict):
			taken = append(taken, i)
		case errors.Is(row.Err, behavior.ErrNoSession):
			t.tally.refuse(k, b.ids[i], "session: its session was not taken over")
		default:
			t.tally.refuse(k, b.ids[i], reason(row.Err))
		}
	}
	for _, r := range b.refused {
		t.tally.refuse(k, r.id, r.reason)
	}
	t.tally.show(k, len(b.rows)+len(b.refused))
	return t.countThere(ctx, k, b, taken)
}

// countThere tells of rows that could not be stored which are there already, as
// they are when this is the second time, and which of them others have the id
// of.
func (t *takeover) countThere(ctx context.Context, k django.Kind, b *djangoBatch, at []int) error {
	if len(at) == 0 {
		return nil
	}
	values := make([]any, len(at))
	for n, i := range at {
		values[n] = rowRecord(b.rows[i]).id
	}
	there, err := t.stored(ctx, k, behavior.Query{Filters: []behavior.Filter{{Field: "id", Values: values}}, Uncounted: true})
	if err != nil {
		return err
	}
	for _, i := range at {
		mine := rowRecord(b.rows[i])
		other, ok := there[mine.id]
		switch {
		case ok && other == mine:
			t.tally.there[k]++
		case ok:
			t.tally.refuse(k, b.ids[i], "id: another "+djangoNouns[k].one+" has it")
		default:
			t.tally.refuse(k, b.ids[i], "session_id: another session has it")
		}
	}
	return nil
}

// known is what a record is recognized by. Edits of it do not count; nor does
// what a dump leaves out, which is all below a millisecond.
type known struct {
	id      int64
	session string
	at      int64
}

func rowRecord(row behavior.Row) known {
	switch {
	case row.Session != nil:
		return known{row.Session.ID, row.Session.SessionID, row.Session.StartTime.UnixMilli()}
	case row.PageView != nil:
		return known{row.PageView.ID, row.PageView.Session.SessionID, row.PageView.Timestamp.UnixMilli()}
	}
	return known{row.Interaction.ID, row.Interaction.Session.SessionID, row.Interaction.Timestamp.UnixMilli()}
}

// stored is what the store has of a kind, by id.
func (t *takeover) stored(ctx context.Context, k django.Kind, q behavior.Query) (map[int64]known, error) {
	there := map[int64]known{}
	note := func(row behavior.Row) {
		r := rowRecord(row)
		there[r.id] = r
	}
	switch k {
	case django.Sessions:
		list, _, err := t.tracker.Sessions(ctx, q)
		for i := range list {
			note(behavior.Row{Session: &list[i]})
		}
		return there, err
	case django.PageViews:
		list, _, err := t.tracker.PageViews(ctx, q)
		for i := range list {
			note(behavior.Row{PageView: &list[i]})
		}
		return there, err
	}
	list, _, err := t.tracker.Interactions(ctx, q)
	for i := range list {
		note(behavior.Row{Interaction: &list[i]})
	}
	return there, err
}
