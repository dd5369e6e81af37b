package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

const settingsPath = adminStart + "settings/"

func TestOwnersReadTheSettings(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{Given: []behavior.GivenSetting{
		{Name: "USER_BEHAVIOR_PREFIX", Value: "/user_behavior/", Source: "environment"},
		{Name: "USER_BEHAVIOR_ADMIN_SITE_TITLE", Value: "<script>alert(1)</script>", Source: "<b>.toml"},
	}})
	doc := page(t, a.as("owner").ask(t, "GET", settingsPath, nil))
	var got []string
	for _, row := range doc.Find("tbody tr").EachIter() {
		got = append(got, strings.Join(strings.Fields(row.Text()), " "))
	}
	want := []string{"USER_BEHAVIOR_PREFIX /user_behavior/ environment", "USER_BEHAVIOR_ADMIN_SITE_TITLE <script>alert(1)</script> <b>.toml"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := doc.Find(".columns li").Length(); n != len(behavior.SettingNames())-2 {
		t.Errorf("%d have their default", n)
	}
	if doc.Find("header.top a[href='"+settingsPath+"']").Length() != 1 {
		t.Error("the menu does not lead there")
	}
	viewer := a.as("viewer")
	if status := viewer.ask(t, "GET", settingsPath, nil).status; status != http.StatusForbidden {
		t.Errorf("a viewer: %d", status)
	}
	if page(t, viewer.ask(t, "GET", adminStart, nil)).Find("a[href='"+settingsPath+"']").Length() > 0 {
		t.Error("a viewer is led there")
	}
}

func TestHostsNeedNoPageOfSettings(t *testing.T) {
	t.Parallel()
	owner := newAdminHost(t, behavior.Settings{}).as("owner")
	if status := owner.ask(t, "GET", settingsPath, nil).status; status != http.StatusNotFound {
		t.Errorf("%d", status)
	}
}
