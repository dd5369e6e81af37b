package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"
)

// maxPassword bounds what is read for a password.
const maxPassword = 4096

// password asks for a password twice, or reads a line of standard input.
func (p *process) password(fromStdin bool) (string, error) {
	if fromStdin {
		line, err := bufio.NewReader(io.LimitReader(p.stdin, maxPassword)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	terminal := int(p.stdin.Fd())
	if !term.IsTerminal(terminal) {
		return "", usageError("there is no terminal to ask for the password; give it with --password-stdin")
	}
	first, err := p.ask(terminal, "Password: ")
	if err != nil {
		return "", err
	}
	second, err := p.ask(terminal, "Again: ")
	if err != nil {
		return "", err
	}
	if !bytes.Equal(first, second) {
		return "", errors.New("the two passwords differ")
	}
	return string(first), nil
}

// ask reads a line from the terminal without showing it. The terminal is put
// right again when the answer is Ctrl-C.
func (p *process) ask(terminal int, question string) ([]byte, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return nil, fmt.Errorf("read the password: %w", err)
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(interrupted)
	type answer struct {
		text []byte
		err  error
	}
	answers := make(chan answer, 1)
	fmt.Fprint(p.stderr, question)
	go func() {
		text, err := term.ReadPassword(terminal)
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		fmt.Fprintln(p.stderr)
		return a.text, a.err
	case <-interrupted:
		fmt.Fprintln(p.stderr)
		return nil, errors.Join(errors.New("interrupted"), term.Restore(terminal, before))
	}
}
