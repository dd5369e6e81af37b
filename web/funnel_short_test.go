package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzShortStep reads anything as a step of an address: what is written of it
// reads the same, and so do the fields that the form has for its filters.
func FuzzShortStep(f *testing.F) {
	for _, text := range []string{
		"", "page_view", "page_view;is,path,/a%2Cb%3B%25;label,50 %25; off", "interaction;;is,metadata:a,b;is_not,source,;label,%zz", "x;label,a;label,;is", "page_view;contains,path, ;is,path,\xff",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := readShortStep(text)
		if diff := cmp.Diff(s, readShortStep(s.String()), cmp.AllowUnexported(shortStep{})); diff != "" {
			t.Errorf("%q is written %q (-read +again):\n%s", text, s, diff)
		}
		for _, filter := range s.filters {
			fields := newFilterForm(filter)
			if fields.Short != "" {
				continue // it is kept as it is
			}
			was, is := strings.Split(filter, ","), strings.Split(fields.short(), ",")
			before, _ := url.PathUnescape(was[2])
			after, _ := url.PathUnescape(is[2])
			if len(was) != 3 || len(is) != 3 || was[0] != is[0] || was[1] != is[1] || before != after {
				t.Errorf("%q becomes %q in the form", filter, fields.short())
			}
		}
	})
}
