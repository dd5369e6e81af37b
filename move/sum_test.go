package move

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

// A field that the checksum did not see could differ for ever.
func TestEveryFieldIsInTheChecksum(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		record any
		row    func(any) behavior.Row
	}{
		{&behavior.Session{}, func(r any) behavior.Row { return behavior.Row{Session: r.(*behavior.Session)} }},
		{&behavior.PageView{}, func(r any) behavior.Row { return behavior.Row{PageView: r.(*behavior.PageView)} }},
		{&behavior.Interaction{}, func(r any) behavior.Row { return behavior.Row{Interaction: r.(*behavior.Interaction)} }},
	} {
		seen := map[uint64]string{sumOf(c.row(c.record)): "nothing"}
		typ := reflect.TypeOf(c.record).Elem()
		for i := range typ.NumField() {
			record := reflect.New(typ)
			change(t, record.Elem().Field(i))
			sum := sumOf(c.row(record.Interface()))
			if other, ok := seen[sum]; ok {
				t.Errorf("%s.%s has the checksum of %s", typ.Name(), typ.Field(i).Name, other)
			}
			seen[sum] = typ.Field(i).Name
		}
	}
}

// change gives a field another value than its zero.
func change(t *testing.T, field reflect.Value) {
	t.Helper()
	switch field.Interface().(type) {
	case int, int64, time.Duration:
		field.SetInt(int64(time.Second))
	case string, behavior.EventType:
		field.SetString("x")
	case bool:
		field.SetBool(true)
	case time.Time:
		field.Set(reflect.ValueOf(begin))
	case *time.Time, *string: // empty, but there
		field.Set(reflect.New(field.Type().Elem()))
	case json.RawMessage:
		field.SetBytes([]byte("1"))
	case behavior.Session:
		field.Set(reflect.ValueOf(behavior.Session{ID: 1}))
	default:
		t.Fatalf("a field of type %s: is it in the checksum?", field.Type())
	}
}

func TestTextsDoNotRunIntoOneAnother(t *testing.T) {
	t.Parallel()
	a := sumOf(behavior.Row{PageView: &behavior.PageView{Host: "ab", Path: "c"}})
	b := sumOf(behavior.Row{PageView: &behavior.PageView{Host: "a", Path: "bc"}})
	if a == b {
		t.Error("two page views have one checksum")
	}
}
