package conformance

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"context"
	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/web"
)

// client sends the requests of one scenario to its server.
type client struct {
	base    string
	clock   *atomic.Int64 // how far the server's clock is ahead
	cookies map[string]map[string]string
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) cookies() []*http.Cookie { return (&http.Response{Header: r.header}).Cookies() }

// newClient starts a server on an empty store, until end is called.
func newClient(values map[string]any, people behavior.People, store behavior.Store) (c *client, end func(), err error) {
	settings, err := behavior.ParseSettings(behavior.Environ(environ(values)))
	if err != nil {
		return nil, nil, err
	}
	c = &client{clock: new(atomic.Int64), cookies: make(map[string]map[string]string)}
	if shared, ok := people.(clocked); ok {
		c.clock = shared.clock
	}
	settings.Now = func() time.Time { return time.Now().Add(time.Duration(c.clock.Load())) }
	settings.People = people
	settings.Logger = slog.New(slog.DiscardHandler)
	tracker, err := behavior.New(store, settings)
	if err != nil {
		return nil, nil, err
	}
	server := httptest.NewServer(web.Handler(tracker))
	c.base = server.URL
	return c, func() {
		server.Close()
		_ = tracker.Close()
	}, nil
}

// environ writes settings as an environment has them.
func environ(values map[string]any) []string {
	var lines []string
	for name, value := range values {
		text := fmt.Sprint(value)
		switch v := value.(type) {
		case nil:
			text = ""
		case []any:
			var items []string
			for _, item := range v {
				items = append(items, fmt.Sprint(item))
			}
			text = strings.Join(items, ",")
		}
		lines = append(lines, name+"="+text)
	}
	return lines
}

// send sends a request with its placeholders filled in.
func (c *client) send(req request, names map[string]string) (reply, error) {
	header := [][2]string{}
	for name, value := range req.Headers {
		header = append(header, [2]string{name, fill(value, names, nil)})
	}
	if user, ok := strings.CutPrefix(req.Auth, "session:"); ok {
		jar, err := c.signIn(user)
		if err != nil {
			return reply{}, err
		}
		for i := range header {
			header[i][1] = strings.ReplaceAll(header[i][1], "{csrf}", jar["csrftoken"])
		}
		header = append(header, [2]string{"Cookie", cookieHeader(jar)})
	} else if req.Auth != "" {
		token := base64.StdEncoding.EncodeToString([]byte(req.Auth + ":" + password(req.Auth)))
		header = append(header, [2]string{"Authorization", "Basic " + token})
	}
	var body []byte
	switch {
	case req.BodyB64 != nil:
		raw, err := base64.StdEncoding.DecodeString(*req.BodyB64)
		if err != nil {
			return reply{}, err
		}
		body = raw
	case req.Body != nil:
		body = []byte(fill(*req.Body, names, nil))
	}
	return c.raw(req.Method, fill(req.Path, names, url.PathEscape), header, body)
}

// raw sends a request as it stands: no client library improves it.
func (c *client) raw(method, path string, header [][2]string, body []byte) (reply, error) {
	host := strings.TrimPrefix(c.base, "http://")
	conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", host)
	if err != nil {
		return reply{}, err
	}
	defer conn.Close()
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", method, path, host)
	for _, line := range header {
		fmt.Fprintf(&out, "%s: %s\r\n", line[0], line[1])
	}
	if body != nil || method == "POST" || method == "PUT" || method == "PATCH" {
		fmt.Fprintf(&out, "Content-Length: %d\r\n", len(body))
	}
	fmt.Fprintf(&out, "\r\n%s", body)
	if _, err := conn.Write(out.Bytes()); err != nil {
		return reply{}, err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, text}, err
}

var hiddenToken = regexp.MustCompile(`name="csrfmiddlewaretoken" value="([^"]*)"`)

// signIn returns the cookies of a user who has used the sign-in form.
func (c *client) signIn(user string) (map[string]string, error) {
	const path = "/user_behavior/login/"
	if jar := c.cookies[user]; jar != nil {
		return jar, nil
	}
	jar := make(map[string]string)
	page, err := c.raw("GET", path, [][2]string{{"Accept", "text/html"}}, nil)
	if err != nil {
		return nil, err
	}
	keepCookies(page, jar)
	form := url.Values{"username": {user}, "password": {password(user)}, "next": {path}}
	if found := hiddenToken.FindSubmatch(page.body); found != nil {
		form.Set("csrfmiddlewaretoken", string(found[1]))
	}
	answer, err := c.raw("POST", path, [][2]string{
		{"Content-Type", "application/x-www-form-urlencoded"}, {"Cookie", cookieHeader(jar)},
	}, []byte(form.Encode()))
	keepCookies(answer, jar)
	if err == nil && jar["sessionid"] == "" {
		err = fmt.Errorf("%s could not sign in: %d %s", user, answer.status, answer.body)
	}
	c.cookies[user] = jar
	return jar, err
}

func keepCookies(r reply, jar map[string]string) {
	for _, cookie := range r.cookies() {
		jar[cookie.Name] = cookie.Value
	}
}

func cookieHeader(jar map[string]string) string {
	var pairs []string
	for name, value := range jar {
		pairs = append(pairs, name+"="+value)
	}
	return strings.Join(pairs, "; ")
}

var placeholder = regexp.MustCompile(`\{([a-z][a-z0-9_]*)\}`)

// fill replaces the placeholders whose values are known.
func fill(text string, names map[string]string, escape func(string) string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		value, ok := names[found[1:len(found)-1]]
		switch {
		case !ok:
			return found
		case escape != nil:
			return escape(value)
		}
		return value
	})
}
