package behavior_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/userbehavior/behavior"

// rooms is the table of packages: which of our own packages each may import,
// and which besides only in its tests. A new package needs a row and a reason.
var rooms = map[string]struct {
	imports string
	tests   string
	reason  string
}{
	".":                    {"", "duckdb storetest", "the nouns, the tracker and the store contract; light enough for every host"},
	"duckdb":               {". internal/datafile internal/gate internal/plan internal/query internal/record internal/migrate", "storetest", "the embedded engine"},
	"sqlite":               {". internal/datafile internal/gate internal/plan internal/query internal/record internal/migrate", "storetest", "the embedded engine without cgo"},
	"postgres":             {". internal/gate internal/query internal/record internal/migrate internal/pgpool", "storetest internal/testserver", "the engine for a host's own server"},
	"clickhouse":           {". internal/gate internal/plan internal/query internal/record internal/migrate", "storetest internal/testserver", "the engine for a server or a cluster of them, past one machine"},
	"internal/datafile":    {". internal/migrate", "", "the files of embedded engines: open once, and nobody else's"},
	"internal/django":      {"internal/pgpool", "internal/testserver", "reads what a Django site has recorded; apart, because three kinds of source are one there"},
	"internal/gate":        {".", "", "how many read a store at once, and for how long; and which errors leave it as they are"},
	"internal/migrate":     {".", "", "goose, as the engines use it"},
	"internal/pgpool":      {"", "", "how a DSN of PostgreSQL is read and what its errors say, for all that has to do with one"},
	"internal/plan":        {". internal/record", "", "what engines without unique keys store of a batch, decided before they do"},
	"internal/query":       {".", "", "compiles lists, insights, funnels and the report for every engine"},
	"internal/record":      {".", "", "which rows can be stored and what becomes of them, in every engine"},
	"internal/testserver":  {"", "", "database servers for tests; imported by tests alone"},
	"internal/testbrowser": {"", "", "the real browser that tests drive"},
	"internal/teststore":   {". account duckdb", "", "stores for tests of what stands on them, made once and copied"},
	"storetest":            {".", "", "the suite that every engine passes; public, for engines written elsewhere"},
	"account":              {". internal/migrate internal/pgpool", "internal/testserver", "people and their sign-ins"},
	"sample":               {".", "sqlite", "visits that nobody has had, for the demo and for the dashboard"},
	"geo":                  {"", "", "countries by a file of the operator; apart, so that the root stays light"},
	"move":                 {".", "duckdb postgres clickhouse sqlite internal/testserver", "carries records from store to store; apart, for a host needs it once"},
	"web":                  {". sample ui", "account duckdb internal/teststore internal/testserver", "all HTTP; knows no engine. A few of its tests start PostgreSQL, for what several nodes share"},
	"web/conformance":      {"", ". account clickhouse duckdb postgres sqlite web internal/testserver internal/teststore", "recorded exchanges replayed on every engine; apart, so that hardly any of web's tests need a server"},
	"web/browser":          {"", ". account duckdb web internal/testbrowser internal/teststore", "tests of web in a real browser; apart, so that these share one and the others need none"},
	"ui":                   {"", "", "what a browser gets"},
	"ui/tracker":           {"", "internal/testbrowser", "tests of the browser tracker, which is TypeScript"},
	"cmd/behavior":         {". duckdb postgres clickhouse sqlite account geo move sample web internal/django", "internal/testbrowser internal/testserver", "the standalone binary, assembled from public calls"},
	"bench":                {". clickhouse duckdb move postgres sqlite web internal/testserver", "", "ratios against the bare engines, of which it starts the servers"},
	"examples/embed":       {". duckdb web", "", "the shortest host application"},
	"examples/custom":      {". duckdb ui web", "", "a host with its own permission, throttle, pagination, parser, filters and serializer"},
}

// light lists the modules that the root package may pull in, so that embedding
// it stays cheap. Each has its reason in DESIGN or beside its import.
var light = []string{"github.com/mileusna/useragent"}

type listed struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Imports,TestImports,XTestImports"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	return packages
}

// room is the row name of an import path: "." for the root package; ok is
// false for packages that are not ours.
func room(path string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(path, module)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	if rest == "" {
		return ".", true
	}
	return rest[1:], true
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "./...") {
		name, _ := room(p.ImportPath)
		row, ok := rooms[name]
		if !ok {
			t.Errorf("package %s has no row in the table of rooms", name)
			continue
		}
		allowed := strings.Fields(row.imports)
		checkImports(t, name, p.Imports, allowed)
		allowed = append(allowed, name)
		checkImports(t, name+" (tests)", slices.Concat(p.TestImports, p.XTestImports), append(allowed, strings.Fields(row.tests)...))
	}
}

func checkImports(t *testing.T, name string, imports, allowed []string) {
	t.Helper()
	for _, path := range imports {
		if other, ours := room(path); ours && !slices.Contains(allowed, other) {
			t.Errorf("%s must not import %s", name, other)
		}
	}
}

func TestRootIsLight(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "-deps", ".") {
		first, _, _ := strings.Cut(p.ImportPath, "/")
		if !strings.Contains(first, ".") || strings.HasPrefix(p.ImportPath, "vendor/") || p.ImportPath == module {
			continue
		}
		if !slices.ContainsFunc(light, func(m string) bool { return p.ImportPath == m || strings.HasPrefix(p.ImportPath, m+"/") }) {
			t.Errorf("the root package pulls in %s", p.ImportPath)
		}
	}
}
