package web

import (
	"net/http"
	"time"
)

// themeCookie names the theme that the client wants; without it the system's.
const themeCookie = "theme"

// themes are the themes in the order in which a button leads through them,
// as in the reference.
var themes = []string{"auto", "dark", "light"}

// theme is the theme that the client has chosen: one of themes.
func theme(r *http.Request) string {
	if cookie, err := r.Cookie(themeCookie); err == nil && (cookie.Value == "dark" || cookie.Value == "light") {
		return cookie.Value
	}
	return "auto"
}

// setTheme keeps a choice of theme and leads back. It is as harmless as it
// looks, and works for people who are not signed in: it asks for no token, but
// not from other sites either.
func (h *handler) setTheme(w http.ResponseWriter, r *http.Request) error {
	if err := new(http.CrossOriginProtection).Check(r); err != nil {
		return forged("The request comes from another site.")
	}
	choice := r.PostFormValue("theme")
	if choice != "dark" && choice != "light" {
		choice = "auto"
	}
	http.SetCookie(w, &http.Cookie{
		Name: themeCookie, Value: choice, Path: h.settings.Prefix, Expires: h.settings.Now().Add(365 * 24 * time.Hour),
		SameSite: http.SameSiteLaxMode, Secure: h.secure(r),
	})
	http.Redirect(w, r, h.safeNext(r.PostFormValue("next")), http.StatusSeeOther)
	return nil
}
