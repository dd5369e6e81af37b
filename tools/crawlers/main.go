// Command crawlers refreshes crawlers.txt, the table by which the root package
// knows robots, from the npm package crawler-user-agents. Run it in tools:
//
//	go run ./crawlers > ../crawlers.txt
package main

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

const source = "crawler-user-agents"

// crawler is one record of the source.
type crawler struct {
	Pattern   string   `json:"pattern"`
	Instances []string `json:"instances"`
	Tags      []string `json:"tags"`
}

// kinds are the tags of the source; of a crawler with several the first here
// counts. The library of a programming language comes last: most crawlers use
// one.
var kinds = []string{
	"ai-crawler", "search-engine", "social-preview", "feed-reader", "monitoring", "seo", "advertising", "archiver", "academic",
	"scanner", "browser-automation", "http-library",
}

// skipped are patterns that are not robots to us, with the reason.
var skipped = map[string]bool{
	`okhttp`:            true, // the library of Android's own applications, which people use
	`MetaIAB Facebook`:  true, // the browser within an application
	`AP3A\.240617\.008`: true, // a build of Android
	`Code\/1\.`:         true, // an editor of programs
	`Trae\/`:            true, // another
	`Fluid`:             true, // a browser for one site
	`Sonic`:             true, // in applications on Electron, too
	`Amazon CloudFront`: true, // the agent of everybody behind it, where it does not pass on theirs
}

func main() {
	log.SetFlags(0)
	files, err := fetch()
	if err != nil {
		log.Fatal(err)
	}
	if err := write(os.Stdout, files); err != nil {
		log.Fatal(err)
	}
}

// fetch downloads the package and returns the files in it that we read.
func fetch() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", source)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	pack := exec.Command("npm", "pack", source, "--silent", "--pack-destination", dir)
	pack.Stderr = os.Stderr
	if err := pack.Run(); err != nil {
		return nil, fmt.Errorf("npm pack: %w", err)
	}
	packed, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil {
		return nil, err
	}
	if len(packed) != 1 {
		return nil, fmt.Errorf("npm pack left %d files", len(packed))
	}
	file, err := os.Open(packed[0])
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return unpack(file)
}

// unpack reads the files at the top of a package.
func unpack(r io.Reader) (map[string][]byte, error) {
	plain, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for archive := tar.NewReader(plain); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if files[header.Name], err = io.ReadAll(archive); err != nil {
			return nil, err
		}
	}
}

// write writes the table: the licence, then a line for each text.
func write(w io.Writer, files map[string][]byte) error {
	var about struct{ Version string }
	var crawlers []crawler
	if err := json.Unmarshal(files["package/package.json"], &about); err != nil {
		return err
	}
	if err := json.Unmarshal(files["package/"+source+".json"], &crawlers); err != nil {
		return err
	}
	lines := map[string]string{}
	for _, c := range crawlers {
		if skipped[c.Pattern] {
			continue
		}
		for _, text := range c.texts() {
			if kind, there := lines[text]; !there || slices.Index(kinds, c.kind()) < slices.Index(kinds, kind) {
				lines[text] = c.kind()
			}
		}
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "# Robots, by what their user agents hold: a kind, a colon and the text, which begins the\n")
	fmt.Fprintf(out, "# agent where a ^ is in front of it and ends it where a $ is behind. Made by\n")
	fmt.Fprintf(out, "# tools/crawlers from %s %s, whose licence is:\n#\n", source, about.Version)
	for line := range strings.Lines(strings.TrimSpace(string(files["package/LICENSE"]))) {
		fmt.Fprintln(out, strings.TrimSpace("# "+strings.TrimSpace(line)))
	}
	texts := make([]string, 0, len(lines))
	for text, kind := range lines {
		texts = append(texts, kind+": "+text)
	}
	slices.Sort(texts)
	for _, text := range texts {
		fmt.Fprintln(out, text)
	}
	return out.Flush()
}

// kind is the first of [kinds] that the crawler is.
func (c crawler) kind() string {
	for _, kind := range kinds {
		if slices.Contains(c.Tags, kind) {
			return kind
		}
	}
	log.Fatalf("%s has none of the kinds that we know: %v", c.Pattern, c.Tags)
	return ""
}

// texts are the texts of which an agent of the crawler has one.
func (c crawler) texts() []string {
	parsed, err := syntax.Parse(c.Pattern, syntax.Perl)
	if err != nil {
		log.Fatal(err)
	}
	texts, ok := expand(parsed.Simplify())
	if !ok {
		texts = []string{longest(parsed.Simplify())}
		log.Printf("%s becomes %q", c.Pattern, texts[0])
	}
	for i, text := range texts {
		if strings.ContainsAny(strings.TrimSuffix(strings.TrimPrefix(text, "^"), "$"), "^$\n") || len(text) < 3 {
			log.Fatalf("%s becomes %q, which the table cannot hold", c.Pattern, text)
		}
		texts[i] = c.tighten(text)
	}
	return texts
}

var word = regexp.MustCompile(`^[A-Za-z0-9]{3,6}$`)

// tighten adds the slash in front of the version to a short word, which else
// might be the name of somebody's telephone, if all known agents have it.
func (c crawler) tighten(text string) string {
	if !word.MatchString(text) {
		return text
	}
	for _, agent := range c.Instances {
		if strings.Contains(agent, text) && !strings.Contains(agent, text+"/") {
			return text
		}
	}
	return text + "/"
}

// most is how many texts a pattern may stand for.
const most = 16

// expand lists all texts that match a pattern. There are too many of some.
func expand(re *syntax.Regexp) (texts []string, ok bool) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return []string{""}, true
	case syntax.OpLiteral:
		return literal(re)
	case syntax.OpBeginText, syntax.OpBeginLine:
		return []string{"^"}, true
	case syntax.OpEndText, syntax.OpEndLine:
		return []string{"$"}, true
	case syntax.OpCapture:
		return expand(re.Sub[0])
	case syntax.OpCharClass:
		for i := 0; i < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= re.Rune[i+1] && len(texts) <= most; r++ {
				texts = append(texts, string(r))
			}
		}
		return texts, len(texts) <= most
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			more, ok := expand(sub)
			if texts = append(texts, more...); !ok || len(texts) > most {
				return nil, false
			}
		}
		return texts, true
	case syntax.OpConcat:
		return expandAll(re.Sub)
	}
	return nil, false
}

// literal lists the spellings of a text: [bB] is one without case.
func literal(re *syntax.Regexp) (texts []string, ok bool) {
	texts = []string{""}
	for _, r := range re.Rune {
		n := len(texts)
		for i := range n {
			if re.Flags&syntax.FoldCase != 0 && unicode.ToLower(r) != unicode.ToUpper(r) {
				texts = append(texts, texts[i]+string(unicode.ToUpper(r)))
				r = unicode.ToLower(r)
			}
			texts[i] += string(r)
		}
		if len(texts) > most {
			return nil, false
		}
	}
	return texts, true
}

// expandAll lists all texts that match patterns one behind the other.
func expandAll(parts []*syntax.Regexp) (texts []string, ok bool) {
	texts = []string{""}
	for _, part := range parts {
		ends, ok := expand(part)
		if !ok || len(ends)*len(texts) > most {
			return nil, false
		}
		var longer []string
		for _, text := range texts {
			for _, end := range ends {
				longer = append(longer, text+end)
			}
		}
		texts = longer
	}
	return texts, true
}

// longest is the longest text that every match of a pattern holds.
func longest(re *syntax.Regexp) (text string) {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range re.Sub {
			if part := longest(sub); len(part) > len(text) {
				text = part
			}
		}
	}
	return text
}
