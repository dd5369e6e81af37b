package main

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/userbehavior/behavior/internal/testbrowser"
	"github.com/userbehavior/behavior/internal/testserver"
)

func TestMain(m *testing.M) {
	testserver.ServeClickHouse()
	testscript.Main(withServers{m}, map[string]func(){"behavior": main})
}

// withServers runs tests that have servers and a browser started, which end with
// them.
type withServers struct{ *testing.M }

func (m withServers) Run() int {
	defer testserver.Stop()
	defer testbrowser.Close()
	return m.M.Run()
}

// The commands of the scripts, beside those of testscript.
func TestScripts(t *testing.T) {
	t.Parallel()
	runScripts(t, "testdata/script", func(*testscript.Env) {})
}

// TestScriptsWithClickHouse runs those that need a ClickHouse server, which is
// at $CLICKHOUSE.
func TestScriptsWithClickHouse(t *testing.T) {
	t.Parallel()
	server := testserver.PrivateClickHouse(t)
	runScripts(t, "testdata/clickhouse", func(e *testscript.Env) { e.Setenv("CLICKHOUSE", server.NativeDSN("behavior")) })
}

// TestScriptsWithPostgres runs those that need a PostgreSQL server: $POSTGRES
// leads to an empty database, as $ALIAS does, and $EMPTY to another.
func TestScriptsWithPostgres(t *testing.T) {
	t.Parallel()
	server := testserver.PrivatePostgres(t)
	runScripts(t, "testdata/postgres", func(e *testscript.Env) {
		dsn := server.Database(e.T().(testing.TB))
		e.Setenv("POSTGRES", dsn)
		e.Setenv("ALIAS", strings.Replace(dsn, "127.0.0.1", "localhost", 1))
		e.Setenv("EMPTY", server.Database(e.T().(testing.TB)))
	})
}

// runScripts runs the scripts of a folder, each in what ready makes of its surroundings.
func runScripts(t *testing.T, dir string, ready func(*testscript.Env)) {
	t.Helper()
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			jar, err := cookiejar.New(nil)
			ready(e)
			for _, name := range []string{"site.sqlite.sql", "site.json"} {
				text, fault := os.ReadFile("../../internal/django/testdata/" + name)
				err = errors.Join(err, fault, os.WriteFile(filepath.Join(e.WorkDir, name), text, 0o600))
			}
			e.Values[serversKey{}] = map[string]*server{}
			e.Values[browserKey{}] = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			}}
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve": scriptServe("serve"),
			"demo":  scriptServe("demo"),
			"end":   scriptEnd,
			"http":  scriptHTTP,
			"login": scriptLogin,
			"sql":   scriptSQL,
			"code":  scriptCode,
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %s", name)
		},
	})
}

type (
	serversKey struct{}
	browserKey struct{}
)

// scriptServe starts a server: serve|demo NAME [flags]. Its address is then $NAME_URL.
func scriptServe(command string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) == 0 {
			ts.Fatalf("usage: %s NAME [flags]", command)
		}
		env := []string{"HOME=" + ts.Getenv("HOME"), "PATH=" + ts.Getenv("PATH"), "TMPDIR=" + ts.Getenv("TMPDIR")}
		for _, name := range []string{"USER_BEHAVIOR_DATA_DIR", "USER_BEHAVIOR_DATABASE_URL", "USER_BEHAVIOR_ACCOUNTS_URL", "USER_BEHAVIOR_BASE_USER_THROTTLE_RATE", "USER_BEHAVIOR_LOG_LEVEL", "USER_BEHAVIOR_PREFIX"} {
			if value := ts.Getenv(name); value != "" {
				env = append(env, name+"="+value)
			}
		}
		s, err := startCommand(command, ts.MkAbs("."), env, args[1:]...)
		ts.Check(err)
		ts.Defer(func() { _ = s.end(os.Kill) })
		ts.Value(serversKey{}).(map[string]*server)[args[0]] = s
		root, err := url.Parse(s.url)
		ts.Check(err)
		ts.Setenv(args[0]+"_URL", strings.TrimSuffix(s.url, "/"))
		ts.Setenv(args[0]+"_ADDR", root.Host)
		ts.Setenv(args[0]+"_PID", fmt.Sprint(s.cmd.Process.Pid))
	}
}

// scriptEnd ends a server: end NAME [TERM|INT|KILL]. What it printed is then
// the standard output and error.
func scriptEnd(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": os.Interrupt, "KILL": os.Kill}
	if len(args) != 2 || signals[args[1]] == nil {
		ts.Fatalf("usage: end NAME TERM|INT|KILL")
	}
	s := ts.Value(serversKey{}).(map[string]*server)[args[0]]
	if err := s.end(signals[args[1]]); (err != nil) != neg {
		ts.Fatalf("the server ended with %v\n%s", err, s.stderr.String())
	}
	_, err := io.Copy(ts.Stdout(), strings.NewReader(s.output()))
	ts.Check(err)
	_, err = io.Copy(ts.Stderr(), &s.stderr)
	ts.Check(err)
}

// scriptHTTP makes a request: http METHOD URL [NAME:PASSWORD|-] [BODY]. The
// answer's status, its Location and its body are then the standard output.
func scriptHTTP(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: http METHOD URL [NAME:PASSWORD|-] [BODY]")
	}
	args = append(args, "-", "")
	body := ""
	if len(args) == 6 {
		body = args[3]
	}
	r, err := http.NewRequest(args[0], args[1], strings.NewReader(body))
	ts.Check(err)
	if name, password, ok := strings.Cut(args[2], ":"); ok {
		r.SetBasicAuth(name, password)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	resp, err := browser(ts).Do(r)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%s\n%s\n%s\n", resp.Status, resp.Header.Get("Location"), bytes.TrimSpace(answer))
}

// browser is the script's own: it keeps cookies and follows no redirects.
func browser(ts *testscript.TestScript) *http.Client { return ts.Value(browserKey{}).(*http.Client) }

// hidden is the token in a form.
var hidden = regexp.MustCompile(`name="csrfmiddlewaretoken" value="([^"]+)"`)

// scriptLogin signs in with the form: login URL NAME PASSWORD. Later requests
// of the script carry the cookie.
func scriptLogin(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: login URL NAME PASSWORD")
	}
	resp, err := browser(ts).Get(args[0])
	ts.Check(err)
	page, err := io.ReadAll(resp.Body)
	ts.Check(errors.Join(err, resp.Body.Close()))
	token := hidden.FindSubmatch(page)
	if token == nil {
		ts.Fatalf("no form at %s: %s\n%s", args[0], resp.Status, page)
	}
	resp, err = browser(ts).PostForm(args[0], url.Values{
		"csrfmiddlewaretoken": {string(token[1])}, "username": {args[1]}, "password": {args[2]},
	})
	ts.Check(err)
	ts.Check(resp.Body.Close())
	fmt.Fprintln(ts.Stdout(), resp.Status)
}

// scriptSQL changes a database: sql sqlite|duckdb FILE STATEMENT. @NAME stands
// for the statements in a file. What a SELECT finds is the standard output.
func scriptSQL(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: sql DRIVER FILE STATEMENT")
	}
	statement := args[2]
	if name, ok := strings.CutPrefix(statement, "@"); ok {
		statement = ts.ReadFile(name)
	}
	db, err := sql.Open(args[0], ts.MkAbs(args[1]))
	ts.Check(err)
	defer db.Close()
	if !strings.HasPrefix(statement, "SELECT ") {
		_, err = db.Exec(statement)
		ts.Check(err)
		return
	}
	rows, err := db.Query(statement)
	ts.Check(err)
	defer rows.Close()
	for rows.Next() {
		var text string
		ts.Check(rows.Scan(&text))
		fmt.Fprintln(ts.Stdout(), text)
	}
	ts.Check(rows.Err())
}

// scriptCode runs a command that must end with an exit code: code N COMMAND [arguments].
func scriptCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND [arguments]")
	}
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("ended with %s, not with %s", got, args[0])
	}
}
