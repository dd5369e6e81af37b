package django

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior/internal/testserver"
)

func TestMain(m *testing.M) {
	code := m.Run()
	testserver.Stop()
	os.Exit(code)
}

func fixture(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sqliteFile makes a file of statements.
func sqliteFile(t testing.TB, statements string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db.sqlite3")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), statements)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// postgresSite makes a database of the fixture.
func postgresSite(t *testing.T) (dsn string) {
	t.Helper()
	dsn = testserver.SharedPostgres(t).Database(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.PgConn().Exec(t.Context(), fixture(t, "site.postgres.sql")).ReadAll(); err != nil {
		t.Fatal(err)
	}
	return dsn
}

// contents is everything in a source: of each kind a line for each record.
func contents(t *testing.T, s *Source) (all [kinds][]string) {
	t.Helper()
	for k := range kinds {
		for r, err := range s.Records(t.Context(), k) {
			if err != nil {
				t.Fatal(err)
			}
			var line []string
			for _, name := range r.columns {
				text, ok := r.Text(name)
				if !ok {
					text = "NULL"
				}
				line = append(line, text)
			}
			all[k] = append(all[k], strings.Join(line, "|"))
		}
		if n, err := s.Count(t.Context(), k); err != nil || int(n) != len(all[k]) {
			t.Errorf("count of %d: %d, %v", k, n, err)
		}
	}
	return all
}

func opened(t *testing.T, name string, in io.Reader, o Options) *Source {
	t.Helper()
	s, err := Open(t.Context(), name, in, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestEverySourceHasItsRecords(t *testing.T) {
	t.Parallel()
	const agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"
	path, dump := sqliteFile(t, fixture(t, "site.sqlite.sql")), fixture(t, "site.json")
	dumped := [kinds]string{
		Users:        "3|erin|erin@example.com|pbkdf2_sha1$260000$saltOfTheUser3$ALaqIIyi5Jq70xGjS7XASFcB0tI=|false|true|true|2023-05-06T07:08:09.123Z|2025-02-03T04:05:06Z",
		Sessions:     "2|visit-2|" + agent + "|2001:db8::1|2025-03-01T12:00:00.123Z|2025-03-01T12:30:00.500Z|NULL",
		PageViews:    "2|1|https://shop.example.com/products?utm_source=news&page=2|2025-03-01T12:01:00Z|visit-1",
		Interactions: "12|5|form_submit|form → #1|\"text\"|2025-03-30T01:00:00Z|Zoë's visit",
	}
	cases := []struct {
		name string
		open func(*testing.T) *Source
		want [kinds]string // a record of each kind
	}{
		{"SQLite", func(t *testing.T) *Source { return opened(t, path, nil, Options{}) }, [kinds]string{
			Users:        "3|erin|erin@example.com|pbkdf2_sha1$260000$saltOfTheUser3$ALaqIIyi5Jq70xGjS7XASFcB0tI=|0|1|1|2023-05-06 07:08:09.123456|2025-02-03 04:05:06",
			Sessions:     "2|visit-2|" + agent + "|2001:db8::1|2025-03-01 12:00:00.123456|2025-03-01 12:30:00.500000|NULL",
			PageViews:    "2|1|https://shop.example.com/products?utm_source=news&page=2|2025-03-01 12:01:00|visit-1",
			Interactions: `4|2|hover|a|{"big": 12345678901234567890, "ok": true}|2025-03-01 12:00:33|visit-2`,
		}},
		{"PostgreSQL", func(t *testing.T) *Source { return opened(t, postgresSite(t), nil, Options{}) }, [kinds]string{
			Users:        "3|erin|erin@example.com|pbkdf2_sha1$260000$saltOfTheUser3$ALaqIIyi5Jq70xGjS7XASFcB0tI=|false|true|true|2023-05-06 07:08:09.123456+00|2025-02-03 04:05:06+00",
			Sessions:     "2|visit-2|" + agent + "|2001:db8::1/128|2025-03-01 12:00:00.123456+00|2025-03-01 12:30:00.5+00|NULL",
			PageViews:    "2|1|https://shop.example.com/products?utm_source=news&page=2|2025-03-01 12:01:00+00|visit-1",
			Interactions: `4|2|hover|a|{"ok": true, "big": 12345678901234567890}|2025-03-01 12:00:33+00|visit-2`,
		}},
		{"a named SQLite file", func(t *testing.T) *Source { return opened(t, "sqlite:"+path, nil, Options{}) }, [kinds]string{}},
		{"a dump", func(t *testing.T) *Source { return opened(t, "-", strings.NewReader(dump), Options{}) }, dumped},
		{"a file of a dump", func(t *testing.T) *Source { return opened(t, "testdata/site.json", nil, Options{}) }, dumped},
		{"a compressed dump", func(t *testing.T) *Source { return opened(t, "-", zipped(t, dump), Options{}) }, dumped},
		{"JSON lines, the last first", func(t *testing.T) *Source {
			return opened(t, "-", strings.NewReader("\ufeff\n"+backwards(t, dump)), Options{})
		}, dumped},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := contents(t, c.open(t))
			for k, n := range [kinds]int{Users: 7, Sessions: 4, PageViews: 4, Interactions: 5} {
				if len(got[k]) != n || !strings.Contains("\n"+strings.Join(got[k], "\n"), "\n"+c.want[k]) {
					t.Errorf("not %d records with %s:\n%s", n, c.want[k], strings.Join(got[k], "\n"))
				}
			}
		})
	}
}

// backwards is a dump as JSON lines, in the opposite order.
func backwards(t *testing.T, dump string) string {
	t.Helper()
	var objects []json.RawMessage
	if err := json.Unmarshal([]byte(dump), &objects); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, o := range slices.Backward(objects) {
		var line bytes.Buffer
		if err := json.Compact(&line, o); err != nil {
			t.Fatal(err)
		}
		out.WriteString(line.String() + "\n")
	}
	return out.String()
}

func zipped(t *testing.T, text string) io.Reader {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return &out
}

func TestOtherNames(t *testing.T) {
	t.Parallel()
	path := sqliteFile(t, `
		CREATE TABLE "a""b_usersession" (id integer, session_id text);
		CREATE TABLE "a""b_pageview" (id integer, session_id integer, url text);
		INSERT INTO "a""b_usersession" VALUES (1, 'one'), (2, 'two'), (2, 'twice'), (NULL, NULL), ('x', x'00ff');
		INSERT INTO "a""b_pageview" VALUES (1, 1, 'u'), (2, 2, 5.5), (3, 9, NULL);
		CREATE TABLE people (id text, email text, password text);
		INSERT INTO people VALUES ('c0ffee', 'ann@example.com', '!');`)
	s := opened(t, path, nil, Options{App: `a"b`, UserTable: "people"})
	got := contents(t, s)
	want := [kinds][]string{
		Users:     {"c0ffee|NULL|ann@example.com|!|NULL|NULL|NULL|NULL|NULL"},
		Sessions:  {"NULL|NULL|NULL|NULL|NULL|NULL|NULL", "1|one|NULL|NULL|NULL|NULL|NULL", "2|two|NULL|NULL|NULL|NULL|NULL", "2|twice|NULL|NULL|NULL|NULL|NULL", "x|\x00\xff|NULL|NULL|NULL|NULL|NULL"},
		PageViews: {"1|1|u|NULL|one", "2|2|5.5|NULL|two", "3|9|NULL|NULL|NULL"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s.Has(Interactions) || !s.hasColumn(Users, "email") || s.hasColumn(Users, "username") {
		t.Error("it has what it has not, or the other way round")
	}
}

func TestWhatIsNoSourceIsSaidInASentence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	site := sqliteFile(t, fixture(t, "site.sqlite.sql"))
	whole, err := os.ReadFile(site)
	if err != nil {
		t.Fatal(err)
	}
	wide := `[{"model":"user_behavior.usersession","pk":1,"fields":{"session_id":"` + strings.Repeat("x", maxObject+1<<20) + `"}}]`
	cases := []struct{ name, source, in, want string }{
		{"nothing there", filepath.Join(dir, "none"), "", "no such file"},
		{"nothing there, by its kind", "sqlite:" + filepath.Join(dir, "none"), "", "no such file"},
		{"a folder", dir, "", "is a folder"},
		{"a folder, by its kind", "sqlite:" + dir, "", "is a folder"},
		{"an empty file", write("empty", ""), "", "it is empty"},
		{"blanks", "-", " \n", "it is empty"},
		{"XML", write("dump.xml", "<?xml version='1.0'?>"), "", "--format json"},
		{"YAML", "-", "- model: auth.user", "neither a SQLite database nor a JSON dump"},
		{"not SQLite", "sqlite:" + write("text", strings.Repeat("text", 300)), "", "it is not a SQLite database"},
		{"half a SQLite file", write("half", string(whole[:len(whole)/2])), "", "the file is damaged"},
		{"another database", sqliteFile(t, "CREATE TABLE x (id integer)"), "", "none of the tables auth_user, user_behavior_usersession"},
		{"another dump", "-", `[{"model":"sessions.session","pk":"x","fields":{}}]`, "records of none of"},
		{"an empty dump", "-", "[]", "records of none of auth_user, user_behavior_usersession"},
		{"a dump that breaks off", "-", `[{"model":"user_behavior.usersession","pk":1,"fie`, "breaks off after"},
		{"a dump that breaks off between records", "-", `[{"model":"user_behavior.usersession","pk":1,"fields":{}}`, "breaks off after"},
		{"a dump after a dump", "-", `[{"model":"user_behavior.usersession","pk":1,"fields":{}}]` + "\n[]", "the dump goes on at byte 59, after"},
		{"anything after a dump", "-", "[{\"model\":\"auth.user\",\"pk\":1,\"fields\":{}}] \n}", "the dump goes on at byte 44, after"},
		{"no JSON", "-", `[{"model":"user_behavior.usersession","pk":1,}]`, "not valid JSON at byte"},
		{"no records", "-", `[1, 2]`, "no record of Django"},
		{"records of another form", "-", `[{"model":"user_behavior.usersession","pk":1,"fields":[]}]`, "no record of Django"},
		{"a record that fills the memory", "-", wide, "larger than 64 MiB"},
		{"half an archive", "-", "\x1f\x8b\x08", "unpack"},
		{"another server", "mysql://ann:secret@db/site", "", "no way to read mysql:"},
		{"another tool's address", "psql://ann:secret@db/site", "", `no way to read "psql://"; name a PostgreSQL database as postgres://`},
		{"another tool's address", "pgsql://ann:secret@db/site", "", `no way to read "pgsql://"`},
		{"another tool's address", "postgis://ann:secret@db/site", "", `no way to read "postgis://"`},
		{"another tool's address", "mysql2_x-y://ann:secret@db/site", "", `no way to read "mysql2_x-y://"`},
		{"a driver in the address", "postgresql+psycopg://ann:secret@db/site", "", `no way to read "postgresql+psycopg://"`},
		{"a driver in the address", "mysql+pymysql://ann:secret@db/site", "", `no way to read "mysql+pymysql://"`},
		{"an address without slashes", "psql:ann:secret@db/site", "", "there is no file of that name"},
		{"an address of words", "host=db user=ann password=secret", "", "there is no file of that name"},
		{"no address", "postgres://ann:secret@db:port/site", "", "this is no address of a PostgreSQL database: "},
		{"no server", "postgres://ann:secret@127.0.0.1:1/site", "", "cannot connect to PostgreSQL at 127.0.0.1:1: "},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := Open(t.Context(), c.source, strings.NewReader(c.in), Options{})
			if err == nil {
				_ = s.Close()
				t.Fatal("it was opened")
			}
			if text := err.Error(); !strings.Contains(text, c.want) || strings.Contains(text, "secret") || strings.Contains(text, "\n") {
				t.Error(text)
			}
		})
	}
}

func TestAServerThatSaysNo(t *testing.T) {
	t.Parallel()
	p := testserver.SharedPostgres(t)
	dsn := postgresSite(t)
	if _, err := Open(t.Context(), p.DSN("no_such_database"), nil, Options{}); err == nil || !strings.Contains(err.Error(), `database "no_such_database" does not exist`) {
		t.Error(err)
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	role := fmt.Sprintf("django_reader_%d", os.Getpid())
	if _, err := conn.PgConn().Exec(t.Context(), "CREATE ROLE "+role+" LOGIN; GRANT SELECT ON user_behavior_usersession, user_behavior_pageview, user_behavior_userinteraction TO "+role).ReadAll(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, dsn)
		if err == nil {
			_, err = conn.PgConn().Exec(ctx, "DROP OWNED BY "+role+"; DROP ROLE "+role).ReadAll()
			err = errors.Join(err, conn.Close(ctx))
		}
		if err != nil {
			t.Error(err)
		}
	})
	at, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	at.User = url.User(role)
	if _, err := Open(t.Context(), at.String(), nil, Options{}); err == nil || !strings.Contains(err.Error(), role+" may not read it: permission denied for table auth_user") {
		t.Error(err)
	}
	if all := contents(t, opened(t, at.String(), nil, Options{NoUsers: true})); len(all[Users]) != 0 || len(all[Interactions]) != 5 {
		t.Errorf("without users: %v", all)
	}
}

// A source is not changed, whatever is read.
func TestASourceIsReadOnly(t *testing.T) {
	t.Parallel()
	path := sqliteFile(t, fixture(t, "site.sqlite.sql"))
	for _, name := range []string{path, postgresSite(t)} {
		s := opened(t, name, nil, Options{})
		if _, err := s.tx.ExecContext(t.Context(), "DELETE FROM user_behavior_pageview"); err == nil {
			t.Errorf("%s was changed", name)
		}
	}
	if files, err := filepath.Glob(filepath.Dir(path) + "/*"); err != nil || len(files) != 1 {
		t.Errorf("%v lie there, %v", files, err)
	}
}

// longDump is a dump of many records, which is nowhere as a whole.
func longDump(n int) io.Reader {
	parts, out := io.Pipe()
	go func() {
		w := bufio.NewWriterSize(out, 1<<16)
		for i := range n {
			fmt.Fprintf(w, `{"model":"user_behavior.userinteraction","pk":%d,"fields":{"session":1,"event_type":"click","element":"#e","metadata":{"x":%[1]d,"text":"%s"},"timestamp":"2025-03-01T12:00:00Z"}}`+"\n", i+1, strings.Repeat("x", 300))
		}
		out.CloseWithError(w.Flush())
	}()
	return parts
}

func TestALongDumpDoesNotFillTheMemory(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	const records = 200_000                          // some 90 MB
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // not to measure what is garbage
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := opened(t, "-", longDump(records), Options{})
	n := 0
	for _, err := range s.Records(t.Context(), Interactions) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapSys) - int64(before.HeapSys); n != records || grown > 48<<20 {
		t.Errorf("%d records, and %d MiB more", n, grown>>20)
	}
}

func FuzzDump(f *testing.F) {
	f.Add([]byte(fixture(f, "site.json")))
	for _, text := range []string{"[]", "{}", "[{}]", `{"model":"auth.user","pk":null,"fields":{"password":{}}}`, `[{"model":"user_behavior.pageview","pk":"x","fields":{"session":[1],"url":1e999}}]`, "[null]", "[{}", "\x1f\x8b"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		in, err := unpacked(bytes.NewReader(text))
		if err != nil {
			return
		}
		n := 0
		s := &Source{tables: Options{}.tables()}
		err = eachObject(in, func(o object) error {
			n++
			if k, ok := s.kind(o.Model); ok && len(o.values(k)) != len(columns[k]) {
				t.Errorf("%d values", len(o.values(k)))
			}
			return nil
		})
		if err != nil && (err.Error() == "" || n > len(text)) {
			t.Error(err, n)
		}
	})
}
