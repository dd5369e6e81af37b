package storetest

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

func TestCallsAreOfEachMethod(t *testing.T) {
	t.Parallel()
	want := []string{}
	for method := range reflect.TypeFor[behavior.Store]().Methods() {
		if method.Name != "Close" {
			want = append(want, method.Name)
		}
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(Calls(nil)))); diff != "" {
		t.Errorf("methods (-want +got):\n%s", diff)
	}
}
