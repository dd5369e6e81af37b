package check

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A proxy that stands before ours has this address in the tests; ours believes
// what comes from the network that it replaces.
const before = "127.0.0.2"

// behind is a server that tells what reaches it.
func behind(t *testing.T) (addr string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		fmt.Fprint(w, r.Host, " ", strings.Join(r.Header.Values("X-Forwarded-For"), ","), " ", strings.Join(r.Header.Values("X-Forwarded-Proto"), ","))
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), asked
}

// ask asks an address as somebody who has an address of this machine.
func ask(t *testing.T, from, url, host string, header http.Header) (status int, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host, r.Header = host, header
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	client := http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// TestTheProxyTellsWhoAsks: a visitor's own claim is worth nothing, and the
// proxy before ours is believed the one address that it added.
func TestTheProxyTellsWhoAsks(t *testing.T) {
	addr, _ := behind(t)
	front := startProxy(t, ourProxy(t, addr))
	for name, test := range map[string]struct{ from, forwarded, proto, want string }{
		"a visitor":                        {"127.0.0.1", "", "", "127.0.0.1 http"},
		"a visitor with claims":            {"127.0.0.1", "192.0.2.66", "https", "127.0.0.1 http"},
		"a proxy before":                   {before, "203.0.113.9", "https", "203.0.113.9 https"},
		"a visitor with claims through it": {before, "192.0.2.66, 203.0.113.9", "http", "203.0.113.9 http"},
		"one of its own network":           {before, "192.0.2.66, " + before, "https", before + " https"},
		"a proxy that does not say":        {before, "", "gopher", before + " http"},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{}
			if test.forwarded != "" {
				header.Set("X-Forwarded-For", test.forwarded)
			}
			if test.proto != "" {
				header.Set("X-Forwarded-Proto", test.proto)
			}
			_, got := ask(t, test.from, front+"/user_behavior/pageviews/", "stats.example.com:8443", header)
			if want := "stats.example.com:8443 " + test.want; got != want {
				t.Errorf("what reaches the server is %q, want %q", got, want)
			}
		})
	}
}

func TestTheProxyKeepsMetrics(t *testing.T) {
	addr, asked := behind(t)
	front := startProxy(t, ourProxy(t, addr))
	for _, path := range []string{"metrics", "metrics/", "metrics?x=/", "%6detrics", "/metrics", "./metrics", "report/../metrics"} {
		if status, _ := ask(t, before, front+"/user_behavior/"+path, "", http.Header{}); status != http.StatusNotFound || asked.Load() > 0 {
			t.Errorf("%s is answered with %d", path, status)
		}
	}
	if status, _ := ask(t, before, front+"/user_behavior/healthz", "", http.Header{}); status != http.StatusOK || asked.Load() != 1 {
		t.Errorf("healthz is answered with %d", status)
	}
}

// TestTheDocumentedProxy puts nginx with the lines of docs/operating.md before
// ours, as on a machine that runs it by Compose.
func TestTheDocumentedProxy(t *testing.T) {
	text, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)\n```nginx\n(.*?)```\n").FindSubmatch(text)
	if found == nil {
		t.Fatal("it has no lines for nginx")
	}
	addr, _ := behind(t)
	inner := strings.TrimPrefix(startProxy(t, ourProxy(t, addr)), "http://")
	location := replace(t, string(found[1]), "http://127.0.0.1:8000;", "http://"+inner+"; proxy_bind "+before+";")
	front := startProxy(t, "events {}\nhttp {\nserver {\nlisten 8000;\n"+location+"}\n}\n")
	_, got := ask(t, "127.0.0.1", front+"/user_behavior/", "stats.example.com:8443", http.Header{"X-Forwarded-For": {"192.0.2.66"}})
	if want := "stats.example.com:8443 127.0.0.1 http"; got != want {
		t.Errorf("what reaches the server is %q, want %q", got, want)
	}
}

// TestTheProxyPassesLiveOn: each event comes before the next one is sent.
func TestTheProxyPassesLiveOn(t *testing.T) {
	next := make(chan struct{}) // lets the second event go
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: 1\n\n")
		w.(http.Flusher).Flush()
		select {
		case <-next:
		case <-r.Context().Done():
		}
		fmt.Fprint(w, "data: 2\n\n")
	}))
	defer server.Close()
	front := startProxy(t, ourProxy(t, server.Listener.Addr().String()))
	live, err := http.Get(front + "/user_behavior/live/")
	if err != nil {
		t.Fatal(err)
	}
	defer live.Body.Close()
	lines := bufio.NewScanner(live.Body)
	if !lines.Scan() || lines.Text() != "data: 1" {
		t.Fatalf("the first event is %q before the second is sent, error %v", lines.Text(), lines.Err())
	}
	close(next)
}

// ourProxy is our configuration with a server behind it, and the tests' proxy
// before it.
func ourProxy(t *testing.T, behind string) string {
	t.Helper()
	text, err := os.ReadFile("../proxy/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	return replace(t, string(text), "server behavior:8000;", "server "+behind+";", "172.29.200.0/24", before+"/32")
}

// replace puts one text for another, by pairs; each must be there.
func replace(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("there is no %q", pairs[i])
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// startProxy starts nginx with a configuration, and returns where it listens.
func startProxy(t *testing.T, config string) string {
	t.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil {
		if path = "/usr/sbin/nginx"; exec.Command(path, "-v").Run() != nil {
			missing(t, "nginx", "no nginx: on Debian, `apt-get install nginx-light` brings it")
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config = replace(t, config, "listen 8000;", "listen "+at+";",
		"http {", "http { access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;")
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c := exec.CommandContext(ctx, path, "-p", dir, "-c", file, "-e", "stderr", "-g", "daemon off; master_process off; pid nginx.pid;")
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() { gone <- c.Wait() }()
	t.Cleanup(func() { cancel(); <-gone })
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(20 * time.Second); ; {
		if conn, err := net.Dial("tcp", at); err == nil {
			_ = conn.Close()
			return "http://" + at
		}
		select {
		case err := <-gone:
			gone <- err
			t.Fatalf("nginx has ended: %v\n%s", err, &out)
		case <-end:
			t.Fatal("nginx does not answer")
		case <-tick.C:
		}
	}
}
