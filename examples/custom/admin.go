package main

import (
	"net/http"

	"github.com/userbehavior/behavior"
)

// currentUser is where the application's own sign-in is asked. It also says
// what staff may do in the admin.
func currentUser(r *http.Request) (behavior.User, error) {
	switch r.Header.Get("X-Token") {
	case "":
		return behavior.User{}, nil // anonymous
	case "let-me-in":
		rights := behavior.ViewRights.With(behavior.KindInteraction, behavior.CanChange)
		return behavior.User{ID: "7", Name: "ada", Staff: true, Rights: rights}, nil
	case "i-own-this":
		return behavior.User{ID: "1", Name: "grace", Staff: true, Superuser: true}, nil
	}
	return behavior.User{}, behavior.ErrCredentials
}

// shopSite is the admin in the shop's words, with a way back to the shop.
var shopSite = behavior.AdminSite{
	Title:      "Shop",
	Header:     "The shop’s visitors",
	IndexTitle: "Records",
	Menu:       []behavior.MenuEntry{{Title: "Back to the shop", URL: "/"}},
}
