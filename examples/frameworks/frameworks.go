// Package frameworks shows how to mount behavior in chi, gin and echo. The
// handler keeps its whole path, so nothing is stripped on the way.
package frameworks

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v4"
)

// Chi mounts a handler whose prefix is "/user_behavior/" in a chi router.
func Chi(behavior http.Handler) http.Handler {
	r := chi.NewRouter()
	r.Handle("/user_behavior", behavior) // answers with the redirect to the slash
	r.Handle("/user_behavior/*", behavior)
	return r
}

// Gin mounts the same handler in a gin engine.
func Gin(behavior http.Handler) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.RedirectTrailingSlash = false
	r.Any("/user_behavior/*path", gin.WrapH(behavior))
	return r
}

// Echo mounts the same handler in an echo server.
func Echo(behavior http.Handler) http.Handler {
	e := echo.New()
	e.Any("/user_behavior/*", echo.WrapHandler(behavior))
	return e
}
