package web_test

import (
	"encoding/base64"
	"testing"

	"github.com/userbehavior/behavior"
)

func TestBasicCredentials(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{People: openPeople(t), API: behavior.APISettings{Permission: behavior.IsAuthenticated}})
	encode := func(pair string) string { return base64.StdEncoding.EncodeToString([]byte(pair)) }
	const (
		nobody  = "Authentication credentials were not provided."
		wrong   = "Invalid username/password."
		missing = "Invalid basic header. No credentials provided."
		spaces  = "Invalid basic header. Credentials string should not contain spaces."
		garbled = "Invalid basic header. Credentials not correctly base64 encoded."
	)
	for header, want := range map[string]string{
		"Basic " + encode("alice:"+password("alice")): "",
		"basic " + encode("alice:"+password("alice")): "",
		"Basic " + encode("alice:wrong"):              wrong,
		"Basic " + encode("alice:"):                   wrong,
		"Basic " + encode(":"):                        wrong,
		"Basic " + encode("ivan:"+password("ivan")):   wrong,
		"Basic " + encode("alice"):                    garbled,
		"Basic " + encode("\x00\xff:\xfe"):            wrong,
		"Basic":                                       missing,
		"Basic a b":                                   spaces,
		"Basic !!!":                                   garbled,
		"Bearer abc":                                  nobody,
		"":                                            nobody,
	} {
		res := ask(t, h, "GET", "/user_behavior/sessions/", "", "Authorization: "+header)
		body := res.text()
		if want == "" && res.status != 200 || want != "" && (res.status != 403 || body != `{"detail":"`+want+`"}`) {
			t.Errorf("%q: %d %s", header, res.status, body)
		}
		if challenge := res.header.Get("WWW-Authenticate"); challenge != "" {
			t.Errorf("%q: WWW-Authenticate %s", header, challenge)
		}
	}
}
