package check

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestProxy puts a real nginx with our configuration before a server that tells
// what reaches it.
func TestProxy(t *testing.T) {
	path, err := exec.LookPath("nginx")
	if err != nil {
		if path = "/usr/sbin/nginx"; exec.Command(path, "-v").Run() != nil {
			missing(t, "nginx", "no nginx: on Debian, `apt-get install nginx-light` brings it")
		}
	}
	next := make(chan struct{}) // lets the second event go
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/user_behavior/live/" {
			fmt.Fprint(w, r.Host, " ", r.Header.Get("X-Forwarded-For"), " ", r.Header.Get("X-Forwarded-Proto"))
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: 1\n\n")
		w.(http.Flusher).Flush()
		select {
		case <-next:
		case <-r.Context().Done():
		}
		fmt.Fprint(w, "data: 2\n\n")
	}))
	defer behind.Close()
	front := startProxy(t, path, behind.Listener.Addr().String())

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, front+"/user_behavior/report/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "stats.example.com"
	r.Header.Set("X-Forwarded-For", "192.0.2.66") // a visitor's own claim
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(answer.Body); err != nil || text.String() != "stats.example.com 127.0.0.1 http" {
		t.Errorf("what reaches the server is %q, error %v", &text, err)
	}

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

// startProxy starts nginx before an address and returns where it listens.
func startProxy(t *testing.T, path, behind string) string {
	t.Helper()
	text, err := os.ReadFile("../proxy/nginx.conf")
	if err != nil {
		t.Fatal(err)
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
	config := strings.NewReplacer("server behavior:8000;", "server "+behind+";", "listen 8000;", "listen "+at+";",
		"http {", "http { access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;",
	).Replace(string(text))
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
