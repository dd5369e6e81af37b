package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
)

func TestAStartWithOtherSettingsIsNoted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start := func(settings map[string]string) {
		people, err := account.Open(t.Context(), filepath.Join(dir, peopleName))
		if err != nil {
			t.Fatal(err)
		}
		defer people.Close()
		if err := noteSettings(t.Context(), people, settings); err != nil {
			t.Fatal(err)
		}
	}
	const url = "USER_BEHAVIOR_DATABASE_URL"
	start(map[string]string{}) // the first
	start(map[string]string{"USER_BEHAVIOR_ADDR": ":1", url: "postgres://u:first@h/db"})
	start(map[string]string{"USER_BEHAVIOR_ADDR": ":1", url: "postgres://u:first@h/db"})
	start(map[string]string{"USER_BEHAVIOR_ADDR": ":2", url: "postgres://u:second@h/db"})
	start(map[string]string{url: "postgres://u:second@h/db", "USER_BEHAVIOR_SITE_TOKEN_KEY": "sixteen-letters-"})
	start(map[string]string{})

	entry := func(changes ...behavior.FieldChange) behavior.AuditEntry {
		return behavior.AuditEntry{User: "command line", Deed: behavior.DeedSettings, Note: "The server has started with other settings.", Changes: changes}
	}
	const shown = "postgres://u:***@h/db"
	want := []behavior.AuditEntry{
		entry(behavior.FieldChange{Field: "USER_BEHAVIOR_ADDR", After: ":1"}, behavior.FieldChange{Field: url, After: shown}),
		entry(behavior.FieldChange{Field: "USER_BEHAVIOR_ADDR", Before: ":1", After: ":2"},
			behavior.FieldChange{Field: url, Before: shown, After: shown + " (another secret)"}),
		entry(behavior.FieldChange{Field: "USER_BEHAVIOR_ADDR", Before: ":2"}, behavior.FieldChange{Field: "USER_BEHAVIOR_SITE_TOKEN_KEY", After: "***"}),
		entry(behavior.FieldChange{Field: url, Before: shown}, behavior.FieldChange{Field: "USER_BEHAVIOR_SITE_TOKEN_KEY", Before: "***"}),
	}
	if diff := cmp.Diff(want, auditTrail(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestNoSecretIsKept(t *testing.T) {
	t.Parallel()
	kept, err := keepable(map[string]string{"A_TOKEN": "hush", "URL": "clickhouse://h:9000/db?username=u&password=hush", "DSN": "host=h password='hush hush' user=u"})
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) != 6 {
		t.Errorf("%d values kept: %v", len(kept), kept)
	}
	for name, value := range kept {
		if strings.Contains(value, "hush") {
			t.Errorf("%s = %s", name, value)
		}
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"USER_BEHAVIOR_ADDR", "localhost:8000", "localhost:8000"},
		{"USER_BEHAVIOR_SITE_TOKEN_KEY", "sixteen-letters-", "***"},
		{"USER_BEHAVIOR_SITE_TOKEN_KEY", "", ""},
		{"USER_BEHAVIOR_DATABASE_URL", "duckdb:/srv/b.duckdb", "duckdb:/srv/b.duckdb"},
		{"USER_BEHAVIOR_DATABASE_URL", "postgres://u@h/db", "postgres://u@h/db"},
		{"USER_BEHAVIOR_DATABASE_URL", "postgres://u:p@h/db?sslmode=disable", "postgres://u:***@h/db?sslmode=disable"},
		{"USER_BEHAVIOR_DATABASE_URL", "postgres://u:p/q@r@h/db", "postgres://u:***@h/db"},
		{"USER_BEHAVIOR_DATABASE_URL", "postgres://:p@h/db", "postgres://:***@h/db"},
		{"USER_BEHAVIOR_DATABASE_URL", "https://h/?user=u&Password=p&x=1", "https://h/?user=u&Password=***&x=1"},
		{"USER_BEHAVIOR_DATABASE_URL", "host=h sslpassword = 'a b' port=5", "host=h sslpassword = *** port=5"},
		{"USER_BEHAVIOR_TRUSTED_PROXIES", "2001:db8::/32", "2001:db8::/32"},
	} {
		if got := mask(c.name, c.text); got != c.want {
			t.Errorf("mask(%s, %s) = %s, want %s", c.name, c.text, got, c.want)
		}
	}
}

func TestGivenSettings(t *testing.T) {
	t.Parallel()
	got := givenSettings(map[string]any{
		"A": "text", "B": true, "C": int64(5), "D": []any{"x", int64(1)}, "E": []string{"x", "1"}, "F": nil, "G": "", "H": "from the file",
	}, map[string]string{"H": "flag", "I": "flag", "J": ""})
	want := map[string]string{
		"A": "text", "B": "true", "C": "5", "D": "x, 1", "E": "x, 1", "F": "(empty)", "G": "(empty)", "H": "flag", "I": "flag",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAServerNotesWithWhatItStarts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run := func(args ...string) {
		s, err := startServer(dir, cleanEnv("USER_BEHAVIOR_DATA_DIR="+dir, "USER_BEHAVIOR_SITE_TOKEN_KEY=sixteen-letters-"), args...)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.end(os.Interrupt); err != nil {
			t.Error(err)
		}
	}
	run()
	run()
	run("--database", filepath.Join(dir, "other.duckdb"))
	want := []behavior.AuditEntry{{
		User: "command line", Deed: behavior.DeedSettings, Note: "The server has started with other settings.",
		Changes: []behavior.FieldChange{{Field: "USER_BEHAVIOR_DATABASE_URL", After: filepath.Join(dir, "other.duckdb")}},
	}}
	if diff := cmp.Diff(want, auditTrail(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestOwnersReadWhereSettingsComeFrom(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "own.toml")
	text := "USER_BEHAVIOR_PREFIX = \"/from-file/\"\nUSER_BEHAVIOR_MAX_BODY = 5000\nUSER_BEHAVIOR_SITE_TOKEN_KEY = \"sixteen-letters-\"\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &process{environ: []string{"USER_BEHAVIOR_PREFIX=/from-environ/", "USER_BEHAVIOR_ADDR=:1", "OTHER=x"}}
	conf, err := p.configure(storeOptions{options: options{Config: file}}, ":2")
	if err != nil {
		t.Fatal(err)
	}
	want := []behavior.GivenSetting{
		{Name: "USER_BEHAVIOR_ADDR", Value: ":2", Source: "command line"},
		{Name: "USER_BEHAVIOR_MAX_BODY", Value: "5000", Source: file},
		{Name: "USER_BEHAVIOR_PREFIX", Value: "/from-environ/", Source: "environment"},
		{Name: "USER_BEHAVIOR_SITE_TOKEN_KEY", Value: "***", Source: file},
	}
	if diff := cmp.Diff(want, conf.shownSettings()); diff != "" {
		t.Error(diff)
	}
}
