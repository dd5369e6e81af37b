package tracker_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/userbehavior/behavior/internal/testbrowser"
)

// npmProject copies the npm project beside the built scripts into a folder of
// its own, so that building the package leaves nothing behind.
func npmProject(t *testing.T) string {
	t.Helper()
	modules, err := filepath.Abs("node_modules")
	if err != nil {
		t.Fatal(err)
	}
	_, noModules := os.Stat(modules)
	_, noNPM := exec.LookPath("npm")
	switch err := errors.Join(noModules, noNPM); {
	case err != nil && testbrowser.Required("npm"):
		t.Fatal(err)
	case err != nil:
		t.Skip("npm or node_modules is missing: npm ci --prefix ui/tracker")
	}
	root := t.TempDir()
	project := filepath.Join(root, "tracker")
	for _, folder := range []string{"src", "testdata/sample"} {
		if err := os.CopyFS(filepath.Join(project, folder), os.DirFS(folder)); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"package.json", "tsconfig.json", "tsconfig.build.json", "README.md", "LICENSE", "../dist/tracker.js"} {
		to := filepath.Join(project, file)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, read(t, file), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(modules, filepath.Join(project, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return project
}

// command runs a command and returns its standard output.
func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Dir = dir
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s%s", name, args, err, &stdout, &stderr)
	}
	return stdout.String()
}

// TestPackage packs the npm package, compiles an application against what was
// packed, and runs it in the browser.
func TestPackage(t *testing.T) {
	t.Parallel()
	project := npmProject(t)
	tsc := filepath.Join(project, "node_modules", ".bin", "tsc")
	command(t, project, tsc, "--noEmit")
	archive := strings.TrimSpace(command(t, project, "npm", "pack", "--silent", "--offline"))
	packed := unpack(t, filepath.Join(project, archive[strings.LastIndexByte(archive, '\n')+1:]))

	if !bytes.Equal(packed["dist/tracker.js"], read(t, "../dist/tracker.js")) {
		t.Error("the package's script is not the one that the server serves")
	}
	for _, file := range []string{"README.md", "LICENSE", "dist/index.d.ts", "dist/vitals.d.ts", "dist/errors.d.ts"} {
		if len(packed[file]) == 0 {
			t.Errorf("%s is not in the package", file)
		}
	}
	for file := range packed {
		if strings.HasSuffix(file, ".ts") && !strings.HasSuffix(file, ".d.ts") {
			t.Errorf("%s is in the package", file)
		}
	}

	app := t.TempDir()
	home := filepath.Join(app, "node_modules", "behavior-tracker")
	for file, content := range packed {
		to := filepath.Join(home, filepath.FromSlash(file))
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, content, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(app, "app.ts"), read(t, "testdata/sample/app.ts"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, resolution := range []string{"bundler", "nodenext"} {
		module := map[string]string{"bundler": "esnext", "nodenext": "nodenext"}[resolution]
		command(t, app, tsc, "--noEmit", "--strict", "--target", "es2020", "--lib", "es2020,dom", "--types", "", "--module", module, "--moduleResolution", resolution, "app.ts")
	}
	runModules(t, packed)
}

// runModules lets a page import the package's modules as they are.
func runModules(t *testing.T, packed map[string][]byte) {
	t.Helper()
	s, p := newSite(t), newTab(t)
	outer := s.Config.Handler
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if content, ok := packed[strings.TrimPrefix(r.URL.Path, "/package/")]; ok {
			w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
			w.Write(content)
			return
		}
		outer.ServeHTTP(w, r)
	})
	s.mu.Lock()
	s.pages["/page"] = `<!doctype html><title>x</title><body><script type=module>
		import { init } from '/package/dist/index.js'
		import { vitals } from '/package/dist/vitals.js'
		import { errors } from '/package/dist/errors.js'
		const tracker = window.tracker = init({ endpoint: '/ub/collect/', user: 'ada' })
		vitals(tracker); errors(tracker); tracker.track('ready')
		document.body.click()
	</script>`
	s.mu.Unlock()
	p.Open(s.URL + "/page")
	p.Do(`while (!window.tracker) await new Promise((done) => setTimeout(done, 10)); tracker.flush()`)
	p.Open("about:blank")
	s.waitFor("vitals", 1)
	all := kinds(s.waitFor("end", 1))
	for _, e := range s.wait("", func([]event) bool { return true }) {
		all = append(all, e.K)
	}
	for _, kind := range words("view ready click") {
		if !slices.Contains(all, kind) {
			t.Errorf("no %s among %v", kind, all)
		}
	}
}

// unpack reads a package's files; their names begin after "package/".
func unpack(t *testing.T, archive string) map[string][]byte {
	t.Helper()
	zipped, err := gzip.NewReader(bytes.NewReader(read(t, archive)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for archived := tar.NewReader(zipped); ; {
		header, err := archived.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archived)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimPrefix(header.Name, "package/")] = content
	}
}
