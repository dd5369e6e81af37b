package web

import (
	"context"
	"errors"

	"github.com/userbehavior/behavior"
)

// saveForm stores what a form says: a new record, or what differs from the old
// one. [behavior.Invalid]: something is wrong with it, see the form.
func (h *handler) saveForm(ctx context.Context, f *adminForm) (record, error) {
	var old record
	if f.old != nil {
		old = *f.old
	}
	switch f.model.kind {
	case behavior.KindSession:
		return saveRecord(ctx, h, f, sessions{h}, old.session, func(s *behavior.Session) record { return record{session: s} })
	case behavior.KindPageView:
		return saveRecord(ctx, h, f, pageViews{h}, old.view, func(v *behavior.PageView) record { return record{view: v} })
	default:
		return saveRecord(ctx, h, f, interactions{h}, old.interaction, func(i *behavior.Interaction) record { return record{interaction: i} })
	}
}

// saveRecord is saveForm for one kind of record. All that is wrong is found at
// once; what happens between that and the storing is found by the latter.
func saveRecord[T, In any](ctx context.Context, h *handler, f *adminForm, n noun[T, In], old *T, of func(*T) record) (record, error) {
	b := &body{values: f.values, partial: f.old != nil}
	var in In
	if old != nil {
		in = n.input(*old)
	}
	n.read(b, &in)
	if err := h.checkForm(ctx, f, b, n.check(&in)); err != nil {
		return record{}, err
	}
	if old != nil && len(f.values) == 0 {
		return *f.old, nil
	}
	var saved T
	var err error
	if old == nil {
		saved, err = n.create(ctx, in)
	} else {
		saved, err = n.update(ctx, f.old.id(), func(stored *T) error {
			in := n.input(*stored)
			b.wrong = nil // a store may ask more than once
			n.read(b, &in)
			n.assign(stored, in)
			return nil
		})
	}
	var invalid behavior.Invalid
	if errors.As(err, &invalid) {
		f.found(invalid)
	}
	if err != nil {
		return record{}, err
	}
	return of(&saved), nil
}

// checkForm gathers all that is wrong: what was found while reading, what a
// check says, and that a session_id is taken.
func (h *handler) checkForm(ctx context.Context, f *adminForm, b *body, check error) error {
	invalid, err := b.faults(check)
	if err != nil {
		return err
	}
	f.found(invalid)
	name, _ := f.values["session_id"].(string)
	if f.model.kind == behavior.KindSession && name != "" && len(f.wrong["session_id"]) == 0 {
		taken, err := h.sessionNamed(ctx, name)
		switch {
		case errors.Is(err, behavior.ErrNotFound):
		case err != nil:
			return err
		case f.old == nil || taken.ID != f.old.id():
			f.refuse("session_id", "User Session with this Session ID already exists.")
		}
	}
	if len(f.wrong) > 0 {
		return f.wrong
	}
	return nil
}

// entry tells the audit trail what a form has done.
func (f *adminForm) entry(saved record) behavior.AuditEntry {
	if f.old == nil {
		return saved.entry(behavior.DeedAdd)
	}
	e := saved.entry(behavior.DeedChange)
	for _, field := range f.model.fields() {
		before, after := f.old.plain(field.name), saved.plain(field.name)
		if before != after {
			e.Changes = append(e.Changes, behavior.FieldChange{Field: field.name, Before: before, After: after})
		}
	}
	return e
}

// entry is a deed that was done to a record, with what the record has: as it
// is after an addition, and as it was before a deletion.
func (r record) entry(deed behavior.Deed) behavior.AuditEntry {
	m := r.model()
	e := behavior.AuditEntry{Deed: deed, Kind: m.kind, ObjectID: r.plain("id"), Object: r.text()}
	for _, field := range m.fields() {
		text := r.plain(field.name)
		switch {
		case text == "":
		case deed == behavior.DeedAdd:
			e.Changes = append(e.Changes, behavior.FieldChange{Field: field.name, After: text})
		case deed == behavior.DeedDelete:
			e.Changes = append(e.Changes, behavior.FieldChange{Field: field.name, Before: text})
		}
	}
	return e
}
