package storetest

import (
	"testing"

	"github.com/userbehavior/behavior"
)

var keyCases = []testCase{
	{"a key is stored once", keyOnce},
	{"events without a key are never the same", keyNone},
	{"each session has its own keys", keyPerSession},
	{"page views and interactions share the keys", keyShared},
	{"keys are known again after reopening", keyReopened},
	{"a deleted event frees its key", keyDeleted},
	{"a refused event does not take its key", keyRefused},
	{"an updated event moves its key", keyUpdated},
}

// click is an interaction of a session with a key.
func click(session, key string) *behavior.Interaction {
	i := newInteraction(session, behavior.Click)
	i.EventKey = key
	return i
}

func keyOnce(t *testing.T, h *house) {
	add(t, h, newSession("a"), keyed(newView("a", "/first"), "k"))
	errs := try(t, h, keyed(newView("a", "/second"), "k"), keyed(newView("a", "/third"), "l"), keyed(newView("a", "/fourth"), "l"), keyed(newView("a", "/fifth"), "K"))
	wantErrs(t, errs, behavior.ErrDuplicate, nil, behavior.ErrDuplicate, nil)
	var paths []string
	for _, v := range views(t, h) {
		paths = append(paths, v.Path)
	}
	same(t, "paths", []string{"/first", "/third", "/fifth"}, paths)
}

func keyNone(t *testing.T, h *house) {
	add(t, h, newSession("a"), newView("a", "/"), newView("a", "/"), newView("a", "/"))
	same(t, "count of page views", 3, len(views(t, h)))
}

func keyPerSession(t *testing.T, h *house) {
	add(t, h, newSession("a"), newSession("b"), keyed(newView("a", "/"), "k"), keyed(newView("b", "/"), "k"))
	wantErrs(t, try(t, h, keyed(newView("b", "/"), "k")), behavior.ErrDuplicate)
}

func keyShared(t *testing.T, h *house) {
	add(t, h, newSession("a"), keyed(newView("a", "/"), "k"))
	wantErrs(t, try(t, h, click("a", "k"), click("a", "l"), keyed(newView("a", "/"), "l")),
		behavior.ErrDuplicate, nil, behavior.ErrDuplicate)
}

func keyReopened(t *testing.T, h *house) {
	add(t, h, newSession("a"), newSession("b"), keyed(newView("a", "/"), "k"), click("b", "l"), click("a", "m"))
	h.reopen(t)
	errs := try(t, h, click("a", "k"), keyed(newView("b", "/"), "l"), click("a", "l"), click("a", "m"), click("b", "k"))
	wantErrs(t, errs, behavior.ErrDuplicate, behavior.ErrDuplicate, nil, behavior.ErrDuplicate, nil)
}

func keyDeleted(t *testing.T, h *house) {
	v, i := keyed(newView("a", "/"), "k"), click("a", "l")
	add(t, h, newSession("a"), v, i)
	remove(t, h, behavior.KindPageView, v.ID)
	remove(t, h, behavior.KindInteraction, i.ID)
	add(t, h, click("a", "k"), keyed(newView("a", "/"), "l"))
	wantErrs(t, try(t, h, keyed(newView("a", "/"), "k")), behavior.ErrDuplicate)

	gone := sessions(t, h)[0]
	remove(t, h, behavior.KindSession, gone.ID)
	add(t, h, newSession("a"), click("a", "k"))
}

func keyRefused(t *testing.T, h *house) {
	add(t, h, newSession("a"))
	bad := keyed(newView("a", "/"), "k")
	bad.URL = "\xff"
	errs := try(t, h, bad, keyed(newView("b", "/"), "k"), click("a", "k"))
	if errs[0] == nil || errs[2] != nil {
		t.Errorf("errors are %v, want only the last row stored", errs)
	}
}

func keyUpdated(t *testing.T, h *house) {
	v, i := keyed(newView("a", "/"), "k"), click("a", "l")
	add(t, h, newSession("a"), newSession("b"), v, i)
	_, err := h.UpdatePageView(t.Context(), v.ID, func(v *behavior.PageView) error { v.EventKey = "l"; return nil })
	wantErrs(t, []error{err}, behavior.ErrDuplicate)
	_, err = h.UpdatePageView(t.Context(), v.ID, func(v *behavior.PageView) error { v.EventKey = "m"; return nil })
	wantErrs(t, []error{err}, nil)
	_, err = h.UpdateInteraction(t.Context(), i.ID, func(i *behavior.Interaction) error {
		i.Session = behavior.Session{SessionID: "b"}
		return nil
	})
	wantErrs(t, []error{err}, nil)
	errs := try(t, h, click("a", "k"), click("a", "m"), click("a", "l"), click("b", "l"))
	wantErrs(t, errs, nil, behavior.ErrDuplicate, nil, behavior.ErrDuplicate)
}
