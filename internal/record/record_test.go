package record

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// TestFaultSeesEveryField puts what cannot be stored into each field of a
// record, one at a time: none is forgotten, and each is called by its name.
func TestFaultSeesEveryField(t *testing.T) {
	t.Parallel()
	for kind, blank := range map[behavior.Kind]func() (row behavior.Row, record any){
		behavior.KindSession:     func() (behavior.Row, any) { s := &behavior.Session{}; return behavior.Row{Session: s}, s },
		behavior.KindPageView:    func() (behavior.Row, any) { v := &behavior.PageView{}; return behavior.Row{PageView: v}, v },
		behavior.KindInteraction: func() (behavior.Row, any) { i := &behavior.Interaction{}; return behavior.Row{Interaction: i}, i },
	} {
		row, record := blank()
		if err := Fault(row); err != nil {
			t.Errorf("a blank %s: %v", kind, err)
		}
		var want []string
		for _, f := range kind.Fields() {
			if f.Type == behavior.Text || f.Type == behavior.Time || f.Type == behavior.JSON {
				want = append(want, f.Name)
			}
		}
		named := map[string]bool{}
		typ := reflect.TypeOf(record).Elem()
		for n := range typ.NumField() {
			for _, bad := range unstorable(typ.Field(n).Type) {
				row, record := blank()
				reflect.ValueOf(record).Elem().Field(n).Set(bad)
				var invalid behavior.Invalid
				if err := Fault(row); !errors.As(err, &invalid) {
					t.Errorf("%s.%s is %q: error is %v", typ.Name(), typ.Field(n).Name, bad, err)
				}
				for name := range invalid {
					named[name] = true
				}
			}
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(named))); diff != "" {
			t.Errorf("fields of a %s that have been found to be wrong:\n%s", kind, diff)
		}
	}
}

// unstorable are values of a type that cannot be stored.
func unstorable(typ reflect.Type) (bad []reflect.Value) {
	add := func(values ...any) {
		for _, value := range values {
			bad = append(bad, reflect.ValueOf(value).Convert(typ))
		}
	}
	noUTF8, nul, far := "bad\xff", "nul\x00", time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	switch reflect.Zero(typ).Interface().(type) {
	case string, behavior.EventType:
		add(noUTF8, nul)
	case *string:
		add(&noUTF8, &nul)
	case time.Time:
		add(far)
	case *time.Time:
		add(&far)
	case json.RawMessage:
		add("{", "\"bad\xff\"", "\"nul\x00\"")
	}
	return bad
}

func TestFaultOfIDs(t *testing.T) {
	t.Parallel()
	for id, good := range map[int64]bool{-1: false, 0: true, 1: true, MaxID: true, MaxID + 1: false} {
		for _, row := range []behavior.Row{
			{Session: &behavior.Session{ID: id}}, {PageView: &behavior.PageView{ID: id}}, {Interaction: &behavior.Interaction{ID: id}},
		} {
			if err := Fault(row); good != (err == nil) {
				t.Errorf("id %d: %v", id, err)
			}
		}
	}
}

func TestCheckWantsOneRecord(t *testing.T) {
	t.Parallel()
	session, progress := &behavior.Session{}, &behavior.Progress{}
	for _, rows := range [][]behavior.Row{{{}}, {{Session: session}, {Session: session, Progress: progress}}} {
		if err := Check(rows); err == nil {
			t.Errorf("%+v: no error", rows)
		}
	}
	if err := Check([]behavior.Row{{Session: session}, {Progress: progress}}); err != nil {
		t.Error(err)
	}
}

// TestCloneSharesNothing changes what a copy points to.
func TestCloneSharesNothing(t *testing.T) {
	t.Parallel()
	end, user := time.Unix(1, 0), "ann"
	s := behavior.Session{EndTime: &end, UserID: &user}
	copied := Clone(s)
	*copied.EndTime, *copied.UserID = time.Unix(2, 0), "bob"
	if !end.Equal(time.Unix(1, 0)) || user != "ann" {
		t.Errorf("the original is %v, %s", end, user)
	}
	typ := reflect.TypeOf(s)
	for n := range typ.NumField() {
		if k := typ.Field(n).Type.Kind(); (k == reflect.Pointer || k == reflect.Slice || k == reflect.Map) && !slices.Contains([]string{"EndTime", "UserID"}, typ.Field(n).Name) {
			t.Errorf("Clone does not know of %s", typ.Field(n).Name)
		}
	}
}
