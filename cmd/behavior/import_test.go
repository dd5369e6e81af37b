package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
)

const (
	sessionLine = `{"kind":"session","session_id":"s%d","user_agent":"x","ip_address":"192.0.2.1","start_time":"2025-03-01T12:00:00Z"}`
	viewLine    = `{"kind":"pageview","session_id":"s%d","url":"https://example.com/%d","timestamp":"2025-03-01T12:00:00Z"}`
)

// trackerIn returns a tracker on a store of its own.
func trackerIn(t *testing.T, dir string) *behavior.Tracker {
	t.Helper()
	store, err := duckdb.Open(t.Context(), filepath.Join(dir, "behavior.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	tracker, err := behavior.New(store, behavior.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(tracker.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	})
	return tracker
}

// imported imports a text and returns what was stored and what was refused.
func imported(t *testing.T, in io.Reader) (behavior.Counts, map[string]refusals) {
	t.Helper()
	tally := newTally(io.Discard, -1)
	if err := store(t.Context(), trackerIn(t, t.TempDir()), in, tally); err != nil {
		t.Fatal(err)
	}
	refused := map[string]refusals{}
	for reason, r := range tally.refused {
		refused[reason] = *r
	}
	return tally.stored, refused
}

func TestImportReadsLinesAsTheyCome(t *testing.T) {
	t.Parallel()
	session := fmt.Sprintf(sessionLine, 1)
	long := strings.Repeat("x", maxLine)
	cases := []struct {
		name, in string
		stored   int
		refused  map[string]refusals
	}{
		{"nothing", "", 0, map[string]refusals{}},
		{"no end of line", session, 1, map[string]refusals{}},
		{"a byte order mark and carriage returns", "\ufeff" + session + "\r\n\r\n", 1, map[string]refusals{}},
		{"blank lines are counted", "\n \t\n{\n" + session, 1, map[string]refusals{"not valid JSON": {1, 3}}},
		{"a line of 1 MiB", session + strings.Repeat(" ", maxLine-len(session)) + "\n", 1, map[string]refusals{}},
		{"longer lines", long + "xxx\n" + session + "\n" + long + long + "xxxx", 1, map[string]refusals{"the line is longer than 1 MiB": {2, 1}}},
		{"two of one session_id", session + "\n" + session, 1, map[string]refusals{"session_id: a session with this session_id exists already": {1, 2}}},
		{"two objects in a line", session + session, 0, map[string]refusals{"not valid JSON": {1, 1}}},
		{"bytes that are no UTF-8", strings.Replace(session, `"x"`, "\"\xff\"", 1), 0, map[string]refusals{"not valid UTF-8": {1, 1}}},
		{"half characters", strings.Replace(session, `"x"`, `"\ud83d"`, 1) + "\n" + strings.Replace(session, `"x"`, `"\ude00\ud83d"`, 1), 0,
			map[string]refusals{"a text holds half a character (a lone surrogate)": {2, 1}}},
		{"whole characters", strings.Replace(session, `"x"`, `"\ud83d\ude00 \\ud83d \u00e9"`, 1), 1, map[string]refusals{}},
		{"unknown fields", strings.Replace(session, "{", `{"end_tme":"x",`, 1) + "\n" + strings.Replace(session, `"kind"`, `"Kind"`, 1), 0,
			map[string]refusals{`unknown field "end_tme"`: {1, 1}, `unknown field "Kind"`: {1, 2}}},
		{"a field in escapes", strings.Replace(session, `"kind"`, `"\u006bind"`, 1), 1, map[string]refusals{}},
		{"NUL", "\x00", 0, map[string]refusals{"not valid JSON": {1, 1}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			stored, refused := imported(t, strings.NewReader(c.in))
			if stored.Sessions != c.stored {
				t.Errorf("%d sessions, want %d", stored.Sessions, c.stored)
			}
			if diff := cmp.Diff(c.refused, refused, cmp.AllowUnexported(refusals{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestImportAcrossBatches(t *testing.T) {
	t.Parallel()
	var in bytes.Buffer
	for n := range maxBatchLines {
		fmt.Fprintf(&in, sessionLine+"\n", n)
	}
	for n := range maxBatchLines {
		fmt.Fprintf(&in, viewLine+"\n", n, n)
	}
	fmt.Fprintf(&in, viewLine+"\n", maxBatchLines, 0)
	stored, refused := imported(t, &in)
	if diff := cmp.Diff(behavior.Counts{Sessions: maxBatchLines, PageViews: maxBatchLines}, stored); diff != "" {
		t.Error(diff)
	}
	want := map[string]refusals{"session_id: there is no such session": {1, 2*maxBatchLines + 1}}
	if diff := cmp.Diff(want, refused, cmp.AllowUnexported(refusals{})); diff != "" {
		t.Error(diff)
	}
}

// A file of strangers' choice must not fill the memory with reasons.
func TestImportTellsAFewReasonsApart(t *testing.T) {
	t.Parallel()
	var in bytes.Buffer
	for n := range 3 * maxReasons {
		fmt.Fprintf(&in, `{"kind":"interaction","session_id":"s","event_type":"%d%s","element":"x","timestamp":"2025-03-01T12:00:00Z"}`+"\n", n, strings.Repeat("é", 1000))
	}
	_, refused := imported(t, &in)
	if n := len(refused); n != maxReasons+1 {
		t.Errorf("%d reasons", n)
	}
	if diff := cmp.Diff(refusals{2 * maxReasons, maxReasons + 1}, refused["other reasons"], cmp.AllowUnexported(refusals{})); diff != "" {
		t.Error(diff)
	}
	for reason := range refused {
		if len(reason) > maxReason+len("...") {
			t.Errorf("a reason of %d bytes", len(reason))
		}
	}
}

// brokenReader fails after some text, as a disk does.
type brokenReader struct{ io.Reader }

func (r brokenReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errors.New("the disk is gone")
	}
	return n, err
}

func TestImportStoresWhatCameBeforeAReadError(t *testing.T) {
	t.Parallel()
	tally := newTally(io.Discard, -1)
	in := brokenReader{strings.NewReader(fmt.Sprintf(sessionLine+"\n", 1))}
	err := store(t.Context(), trackerIn(t, t.TempDir()), in, tally)
	if err == nil || !strings.Contains(err.Error(), "the disk is gone") || tally.stored.Sessions != 1 {
		t.Errorf("error %v, %d sessions", err, tally.stored.Sessions)
	}
}

var (
	storedForm  = regexp.MustCompile(`^Stored ([\d,]+) sessions?, `)
	stoppedForm = regexp.MustCompile(`stopped after line (\d+);`)
)

func TestAnInterruptedImportSaysHowFarItCame(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("behavior")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	c := exec.CommandContext(t.Context(), program, "import", "-", "--data", dir)
	c.Dir, c.Env, c.Stdout, c.Stderr = dir, cleanEnv(), &stdout, &stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ { // until nobody reads any more
		if _, err := fmt.Fprintf(in, sessionLine+"\n", n); err != nil {
			break
		}
		if n == 3*maxBatchLines {
			if err := c.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := c.Wait(); c.ProcessState.ExitCode() != exitFailed {
		t.Errorf("ended with %v", err)
	}
	told, stopped := storedForm.FindStringSubmatch(stdout.String()), stoppedForm.FindStringSubmatch(stderr.String())
	if told == nil || stopped == nil {
		t.Fatalf("printed %q and %q", stdout.String(), stderr.String())
	}
	_, total, err := trackerIn(t, dir).Sessions(t.Context(), behavior.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if n := fmt.Sprint(total); strings.ReplaceAll(told[1], ",", "") != n || stopped[1] != n {
		t.Errorf("%s sessions are stored; it told %q and %q", n, told[0], stopped[0])
	}
}

func FuzzImportLine(f *testing.F) {
	for _, line := range []string{
		fmt.Sprintf(sessionLine, 1), fmt.Sprintf(viewLine, 1, 2), "{}", "[]", "null", `"x"`, `{"kind":"session","session_id":1e999}`,
		`{"kind":"interaction","session_id":"s","event_type":"click","element":"x","timestamp":"2025-03-01 12:00:00","metadata":[[[1]]]}`,
	} {
		f.Add([]byte(line))
	}
	tracker, err := behavior.New(nil, behavior.Settings{}) // nothing is stored
	if err != nil {
		f.Fatal(err)
	}
	reader := newRecordReader(tracker, strings.NewReader(""))
	f.Fuzz(func(t *testing.T, line []byte) {
		row, err := reader.parse(line)
		switch {
		case err != nil && reason(err) == "":
			t.Error("refused without a reason")
		case err == nil && row.Session == nil && row.PageView == nil && row.Interaction == nil:
			t.Error("neither a row nor an error")
		}
	})
}
