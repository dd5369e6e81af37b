package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTheShop(t *testing.T) {
	t.Parallel()
	h := demoFront("/stats/", http.NotFoundHandler())
	ask := func(method, path string) *httptest.ResponseRecorder {
		out := httptest.NewRecorder()
		h.ServeHTTP(out, httptest.NewRequest(method, path, strings.NewReader("name=<script>")))
		return out
	}
	for path, want := range map[string]string{
		"/shop/": "200 Things for a quiet room", "/shop/chairs/": "200 Things", "/shop/product/desk/": "200 One drawer",
		"/shop/checkout/": "200 Checkout", "/shop/thanks/?name=%3Cscript%3E": "200 Thank you", "/shop/shop.js": "200 pushState",
		"/shop/shop.css": "200 prefers-color-scheme", "/shop/icon.svg": "200 <svg",
		"/shop/%3Cscript%3E/": "404 nothing here", "/shop/product/..%2f/": "404 nothing here", "/shop/list.html/": "404 nothing here", "/shop/a/b/c": "404 nothing here",
	} {
		res := ask(http.MethodGet, path)
		status, text, _ := strings.Cut(want, " ")
		if http.StatusText(res.Code) == "" || status != res.Result().Status[:3] || !strings.Contains(res.Body.String(), text) {
			t.Errorf("%s: %d %s", path, res.Code, res.Body)
		}
		if strings.Contains(res.Body.String(), "<script>") || res.Header().Get("Content-Security-Policy") != shopCSP {
			t.Errorf("%s: %q %s", path, res.Header(), res.Body)
		}
	}
	if res := ask(http.MethodGet, "/shop/"); !strings.Contains(res.Body.String(), `src="/stats/tracker.js"`) || !strings.Contains(res.Body.String(), `href="/stats/report/"`) {
		t.Error(res.Body)
	}
	if res := ask(http.MethodGet, "/"); res.Code != http.StatusFound || res.Header().Get("Location") != shopRoot {
		t.Errorf("the root is %d %s", res.Code, res.Header())
	}
}
