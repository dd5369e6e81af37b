package main

import (
	"net/http"
	"net/url"

	"github.com/userbehavior/behavior"
)

// stranger is a request by nobody in particular.
func stranger(s behavior.Settings, method string) *http.Request {
	return &http.Request{Method: method, URL: &url.URL{Path: s.Prefix}, Header: http.Header{}}
}

// open reports whether everybody may use a method on one of the resources.
func open(s behavior.Settings, method string) bool {
	r := stranger(s, method)
	for _, allows := range []behavior.Permission{s.API.Session.Permission, s.API.PageView.Permission, s.API.Interaction.Permission} {
		if allows(r, behavior.User{}) {
			return true
		}
	}
	return false
}

// openToRead reports whether everybody may read records.
func openToRead(s behavior.Settings) bool {
	return (s.API.AllowList == behavior.On || s.API.AllowRetrieve == behavior.On) && open(s, http.MethodGet)
}

// openToWrite reports whether everybody may create records.
func openToWrite(s behavior.Settings) bool {
	return s.API.AllowCreate == behavior.On && open(s, http.MethodPost)
}

// openReport reports whether everybody may see the report.
func openReport(s behavior.Settings) bool {
	return s.ReportPermission(stranger(s, http.MethodGet), behavior.User{})
}

// warnings are what an operator may not have meant.
func warnings(s behavior.Settings) (lines []string) {
	if openToRead(s) {
		lines = append(lines, "everybody can read what the API holds, addresses and user ids too; "+
			"USER_BEHAVIOR_API_EXTRA_PERMISSION_CLASS=rest_framework.permissions.IsAdminUser keeps it to staff")
	}
	if openReport(s) {
		lines = append(lines, "everybody can see the report: USER_BEHAVIOR_REPORT_VIEW_PERMISSION_CLASS is empty or lets everybody in")
	}
	return lines
}
