package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"

	"github.com/userbehavior/behavior"
)

// endpoints are the addresses of the three resources.
func (h *handler) endpoints() []endpoint {
	var all []endpoint
	all = append(all, h.sessions().endpoints()...)
	all = append(all, h.pageViews().endpoints()...)
	return append(all, h.interactions().endpoints()...)
}

// resource is one kind of record in the REST API: T is the record, In what a
// client sends of it.
type resource[T, In any] struct {
	noun[T, In]
	h        *handler
	settings behavior.Resource[T, In]
	kind     behavior.Kind
	path     string // "sessions/"
	title    string // "User Session"
	record   string // "UserSession"
	fields   fields
}

// noun is what differs between the resources.
type noun[T, In any] interface {
	// read puts what was sent into an input.
	read(b *body, in *In)
	check(in *In) error
	sessionID(in In) string

	list(ctx context.Context, q behavior.Query) ([]T, int, error)
	create(ctx context.Context, in In) (T, error)
	update(ctx context.Context, id int64, change func(*T) error) (T, error)
	remove(ctx context.Context, id int64) error

	id(record T) int64
	// input is what would make the record, assign its reverse.
	input(record T) In
	assign(record *T, in In)
	// represent is what a client sees of a record.
	represent(record T) any
	// value is a field of a record, see [behavior.Kind.Field].
	value(record T, field string) any
}

// endpoints are the list of the records and the single record.
func (e *resource[T, In]) endpoints() []endpoint {
	api := e.h.settings.API
	list := endpoint{
		path: e.path, title: e.title + " List", record: e.record, form: e.fields.form(),
		serve:      map[string]func(*http.Request) (answer, error){http.MethodGet: e.getList, http.MethodPost: e.post},
		disabled:   map[string]bool{http.MethodGet: api.AllowList == behavior.Off, http.MethodPost: api.AllowCreate == behavior.Off},
		describe:   e.describeList,
		permission: e.settings.Permission, throttles: e.settings.Throttles,
	}
	one := endpoint{
		path: e.path + "{id}/", title: e.title + " Instance", record: e.record,
		serve:      map[string]func(*http.Request) (answer, error){http.MethodGet: e.getOne},
		disabled:   map[string]bool{http.MethodGet: api.AllowRetrieve == behavior.Off},
		describe:   e.describeOne,
		permission: e.settings.Permission, throttles: e.settings.Throttles,
	}
	if api.AllowUpdate == behavior.On {
		one.serve[http.MethodPatch] = e.patch
	}
	if api.AllowDelete == behavior.On {
		one.serve[http.MethodDelete] = e.delete
	}
	return []endpoint{list, one}
}

// show is what a client sees of a record.
func (e *resource[T, In]) show(record T) any {
	if represent := e.settings.Serializer.Represent; represent != nil {
		return represent(record)
	}
	return e.represent(record)
}

// post creates a record.
func (e *resource[T, In]) post(r *http.Request) (answer, error) {
	b, err := readBody(r, e.settings.Parsers)
	if err != nil {
		return answer{}, err
	}
	record, err := e.make(r.Context(), b)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, body: e.show(record)}, nil
}

// make creates a record of a body. What is wrong is reported all at once.
func (e *resource[T, In]) make(ctx context.Context, b *body) (T, error) {
	var in In
	var none T
	e.read(b, &in)
	err := e.validate(b, &in)
	if err == nil {
		record, failed := e.create(ctx, in)
		if failed == nil {
			return record, nil
		}
		err = failed
	}
	var invalid behavior.Invalid
	if !errors.As(err, &invalid) {
		return none, err
	}
	all, failed := e.faults(ctx, b, &in)
	switch {
	case failed != nil:
		return none, failed
	case len(all) > 0:
		return none, all
	}
	return none, err
}

// validate lets the serializer look at an input without faults.
func (e *resource[T, In]) validate(b *body, in *In) error {
	if b.wrong != nil {
		return b.wrong
	}
	validate := e.settings.Serializer.Validate
	if validate == nil {
		return nil // creating it checks it
	}
	if err := e.check(in); err != nil {
		return err
	}
	return validate(in)
}

// faults is all that is wrong with an input, the session that it names included.
func (e *resource[T, In]) faults(ctx context.Context, b *body, in *In) (behavior.Invalid, error) {
	wrong, err := b.faults(e.check(in))
	if err != nil || len(wrong["session_id"]) > 0 {
		return wrong, err
	}
	named := behavior.Query{
		Filters: []behavior.Filter{{Field: "session_id", Values: []any{e.sessionID(*in)}}}, Limit: 1, Uncounted: true,
	}
	found, _, err := e.h.tracker.Sessions(ctx, named)
	switch {
	case err != nil:
		return nil, err
	case e.kind == behavior.KindSession && len(found) > 0:
		wrong["session_id"] = []string{"User Session with this Session ID already exists."}
	case e.kind != behavior.KindSession && len(found) == 0:
		wrong["session_id"] = []string{"User with this session ID not found"}
	}
	return wrong, nil
}

// getOne answers with one record.
func (e *resource[T, In]) getOne(r *http.Request) (answer, error) {
	record, err := e.find(r)
	if err != nil {
		return answer{}, err
	}
	return answer{body: e.show(record)}, nil
}

// find is the record that the path names, if the request's search and filters
// let it through.
func (e *resource[T, In]) find(r *http.Request) (T, error) {
	var none T
	values, err := parameters(r)
	if err != nil {
		return none, err
	}
	filters, err := e.filters(r.Context(), values)
	if err != nil {
		return none, err
	}
	id, ok := behavior.ParseInteger(r.PathValue("id"))
	if !ok {
		return none, detail(http.StatusNotFound, "Not found.")
	}
	q := behavior.ByID(id)
	q.Filters = append(q.Filters, filters...)
	found, _, err := e.list(r.Context(), q)
	if err != nil {
		return none, err
	}
	if len(found) == 0 {
		return none, behavior.ErrNotFound
	}
	return found[0], nil
}

// patch changes the fields of a record that are sent.
func (e *resource[T, In]) patch(r *http.Request) (answer, error) {
	record, err := e.find(r)
	if err != nil {
		return answer{}, err
	}
	b, err := readBody(r, e.settings.Parsers)
	if err != nil {
		return answer{}, err
	}
	b.partial = true
	changed, err := e.update(r.Context(), e.id(record), func(record *T) error { return e.apply(b, record) })
	if err != nil {
		return answer{}, e.inOrder(err)
	}
	return answer{body: e.show(changed)}, nil
}

// apply puts what was sent into a record.
func (e *resource[T, In]) apply(b *body, record *T) error {
	in := e.input(*record)
	b.wrong = nil // a store may ask for the change more than once
	e.read(b, &in)
	wrong, err := b.faults(e.check(&in))
	// What is stored may be what no client could send: nothing is said of it.
	maps.DeleteFunc(wrong, func(field string, _ []string) bool {
		_, sent := b.get(field)
		return !sent
	})
	switch {
	case err != nil:
		return err
	case len(wrong) > 0:
		return wrong
	}
	if validate := e.settings.Serializer.Validate; validate != nil {
		if err := validate(&in); err != nil {
			return err
		}
	}
	e.assign(record, in)
	return nil
}

// inOrder puts the messages of a [behavior.Invalid] into the order of the fields.
func (e *resource[T, In]) inOrder(err error) error {
	var invalid behavior.Invalid
	if !errors.As(err, &invalid) {
		return err
	}
	return badRequest(invalid, e.fields.names())
}

// badRequest is the answer to an input, its fields in the order of names.
func badRequest(invalid behavior.Invalid, names []string) error {
	return httpError{status: http.StatusBadRequest, body: ordered(invalid, names)}
}

// delete deletes a record.
func (e *resource[T, In]) delete(r *http.Request) (answer, error) {
	record, err := e.find(r)
	if err != nil {
		return answer{}, err
	}
	if err := e.remove(r.Context(), e.id(record)); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusNoContent}, nil
}

// ofSession cuts the prefix off the name of a session's field.
func ofSession(field string) (string, bool) { return strings.CutPrefix(field, behavior.SessionPrefix) }
