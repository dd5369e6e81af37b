package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
)

// TestADeedIsKeptWhenItsClientHasGone: the client of an addition hangs up as
// soon as the record is on disk.
func TestADeedIsKeptWhenItsClientHasGone(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	h := handler(t, behavior.Settings{
		Audit: people,
		Identify: func(*http.Request) (behavior.User, error) {
			return behavior.User{ID: "7", Name: "owner", Staff: true, Superuser: true}, nil
		},
		Observers: []behavior.Observer{func(context.Context, behavior.Event) { hangUp() }},
	})
	token := strings.Repeat("A", 26)
	form := url.Values{"session_id": {"s"}, "user_agent": {"u"}, "ip_address": {"192.0.2.1"}, "csrfmiddlewaretoken": {token}}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/user_behavior/admin/sessions/add/", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "csrftoken", Value: token})
	h.ServeHTTP(httptest.NewRecorder(), r)
	if ctx.Err() == nil {
		t.Fatal("nothing was added")
	}
	entries, total, err := people.Entries(t.Context(), behavior.AuditQuery{Deed: behavior.DeedAdd, Kind: behavior.KindSession})
	if err != nil || total != 1 || entries[0].User != "owner" || entries[0].ObjectID != "1" {
		t.Errorf("%d entries, %v: %v", total, entries, err)
	}
}
