package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

const slowBody = `{"session_id":"slow","user_agent":"x","ip_address":"192.0.2.1"}`

// slowRequest begins a POST of slowBody and returns when the server waits for
// the body.
func slowRequest(t *testing.T, s *server) (net.Conn, *bufio.Reader) {
	t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	fmt.Fprintf(c, "POST %ssessions/ HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		u.Path, u.Host, len(slowBody))
	in := bufio.NewReader(c)
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("the server said %q, %v", line, err)
	}
	if _, err := in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return c, in
}

// ending starts a server with a request under way, and asks it to end.
func ending(t *testing.T, signals ...os.Signal) (*server, net.Conn, *bufio.Reader) {
	t.Helper()
	dir := t.TempDir()
	s, err := startServer(dir, cleanEnv(), "--data", dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.end(os.Kill) })
	c, in := slowRequest(t, s)
	for _, signal := range signals {
		if err := s.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	for host := c.RemoteAddr().String(); ; { // until nobody listens any more
		more, err := net.Dial("tcp", host)
		if err != nil {
			return s, c, in
		}
		more.Close()
	}
}

func TestARequestUnderWayIsAnsweredAtTheEnd(t *testing.T) {
	t.Parallel()
	for name, signals := range map[string][]os.Signal{
		"a signal": {syscall.SIGTERM}, "a signal to the process and one to its group": {syscall.SIGTERM, os.Interrupt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answeredAtTheEnd(t, signals...)
		})
	}
}

func answeredAtTheEnd(t *testing.T, signals ...os.Signal) {
	s, c, in := ending(t, signals...)
	fmt.Fprint(c, slowBody)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Errorf("status %s", resp.Status)
	}
	<-s.ended
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

func TestASecondSignalEndsTheServerAtOnce(t *testing.T) {
	t.Parallel()
	s, _, _ := ending(t, syscall.SIGTERM)
	again := time.NewTicker(10 * time.Millisecond) // the first ones come too soon to count
	defer again.Stop()
	for running := true; running; {
		select {
		case <-s.ended:
			running = false
		case <-again.C:
			_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended this moment
		}
	}
	if err := s.cmd.Wait(); err == nil || !strings.Contains(err.Error(), "signal: terminated") {
		t.Errorf("the server ended with %v", err)
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"localhost:0": "http://localhost:8000", ":8000": "http://localhost:8000", "0.0.0.0:8000": "http://localhost:8000",
		"[::]:8000": "http://localhost:8000", "127.0.0.2:8000": "http://127.0.0.2:8000", "[2001:db8::1]:8000": "http://[2001:db8::1]:8000",
		"example.com:http": "http://example.com:8000",
	} {
		if got := address(addr, &net.TCPAddr{IP: net.IPv6loopback, Port: 8000}); got != want {
			t.Errorf("address of %s = %s, want %s", addr, got, want)
		}
	}
}

func TestShellQuote(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "''", "/var/lib/behavior-1.0": "/var/lib/behavior-1.0", "a b": "'a b'", "it's": `'it'\''s'`, "$(reboot)": "'$(reboot)'", "~": "'~'", "é": "'é'",
	} {
		if got := shellQuote(in); got != want {
			t.Errorf("shellQuote(%q) = %s, want %s", in, got, want)
		}
	}
}
