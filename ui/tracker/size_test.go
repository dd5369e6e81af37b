package tracker_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

// TestSize holds the tracker to what docs/tracker.md promises, and docs/tracker.md
// to how large it is.
func TestSize(t *testing.T) {
	t.Parallel()
	core, vitals := read(t, "../dist/tracker.js"), read(t, "../dist/tracker-vitals.js")
	docs := string(read(t, "../../docs/tracker.md"))
	for _, c := range []struct {
		what      string
		got, most int
	}{
		{"core, gzip", gzipped(t, core), 4096},
		{"core, brotli", brotlied(t, core), 3600},
		{"core and vitals, gzip", gzipped(t, core) + gzipped(t, vitals), 4864},
	} {
		t.Logf("%s: %d of %d bytes", c.what, c.got, c.most)
		if c.got > c.most {
			t.Errorf("%s: %d bytes, at most %d", c.what, c.got, c.most)
		}
		if figure := fmt.Sprintf("| %d,%03d |", c.got/1000, c.got%1000); !strings.Contains(docs, figure) {
			t.Errorf("%s: docs/tracker.md has no %q", c.what, figure)
		}
	}
}

func gzipped(t *testing.T, content []byte) int {
	t.Helper()
	return compressed(t, content, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzip.BestCompression) })
}

func brotlied(t *testing.T, content []byte) int {
	t.Helper()
	return compressed(t, content, func(w io.Writer) (io.WriteCloser, error) {
		return brotli.NewWriterLevel(w, brotli.BestCompression), nil
	})
}

func compressed(t *testing.T, content []byte, to func(io.Writer) (io.WriteCloser, error)) int {
	t.Helper()
	var out bytes.Buffer
	w, err := to(&out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}
