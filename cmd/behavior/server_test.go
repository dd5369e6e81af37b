package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// server is a "behavior serve", or "behavior demo", in a process of its own.
type server struct {
	url    string // with the prefix
	cmd    *exec.Cmd
	stderr bytes.Buffer

	mu     sync.Mutex
	stdout bytes.Buffer
	ended  chan struct{} // closed when stdout has ended
}

// startServer starts a server on a free port and returns when it listens.
func startServer(workdir string, env []string, args ...string) (*server, error) {
	return startCommand("serve", workdir, env, args...)
}

// startCommand starts a command that serves, as startServer does.
func startCommand(name, workdir string, env []string, args ...string) (*server, error) {
	program, err := exec.LookPath("behavior")
	if err != nil {
		return nil, err
	}
	s := &server{cmd: exec.Command(program, append([]string{name, "--addr", "localhost:0"}, args...)...), ended: make(chan struct{})}
	s.cmd.Dir, s.cmd.Env, s.cmd.Stderr = workdir, env, &s.stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	listening := make(chan string, 1)
	go s.follow(out, listening)
	select {
	case s.url = <-listening:
		return s, nil
	case <-s.ended:
		err := s.cmd.Wait()
		return nil, fmt.Errorf("the server did not start: %w\n%s%s", err, s.output(), s.stderr.String())
	}
}

// follow reads what the server prints.
func (s *server) follow(out io.Reader, listening chan<- string) {
	defer close(s.ended)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		s.mu.Lock()
		s.stdout.WriteString(lines.Text() + "\n")
		s.mu.Unlock()
		if url, ok := strings.CutPrefix(lines.Text(), "Listening on "); ok {
			listening <- url
		}
	}
}

// output is what the server has printed.
func (s *server) output() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stdout.String()
}

// end sends a signal and waits for the end. It may be called again.
func (s *server) end(signal os.Signal) error {
	if err := s.cmd.Process.Signal(signal); err != nil {
		if errors.Is(err, os.ErrProcessDone) {
			return nil
		}
		return err
	}
	<-s.ended
	return s.cmd.Wait()
}

// cleanEnv is the environment without settings, with those given.
func cleanEnv(settings ...string) (env []string) {
	for _, line := range os.Environ() {
		if !strings.HasPrefix(line, "USER_BEHAVIOR_") {
			env = append(env, line)
		}
	}
	return append(env, settings...)
}
