// Command passwords refreshes account/common_passwords.txt.gz, the passwords
// that package account refuses as too common, from the npm package
// @zxcvbn-ts/language-common. Run it in tools:
//
//	npm pack @zxcvbn-ts/language-common
//	go run ./passwords zxcvbn-ts-language-common-*.tgz > ../account/common_passwords.txt.gz
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
	"maps"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

const source = "@zxcvbn-ts/language-common"

// others is how many of the passwords are kept that other rules refuse anyway:
// the most frequent, so that they are called common too.
const others = 500

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: passwords PACKAGE.tgz > FILE.txt.gz")
	}
	files, err := unpack(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if err := write(os.Stdout, files); err != nil {
		log.Fatal(err)
	}
}

// unpack reads the files of a package.
func unpack(path string) (map[string][]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
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

// write writes the list: where it is from and its licence, an empty line, then
// a password a line, in the order of their bytes.
func write(w io.Writer, files map[string][]byte) error {
	var about struct{ Version string }
	var frequent []string // the most frequent first
	if err := json.Unmarshal(files["package/package.json"], &about); err != nil {
		return err
	}
	if err := json.Unmarshal(files["package/src/passwords.json"], &frequent); err != nil {
		return err
	}
	packed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(packed)
	fmt.Fprintf(out, "Common passwords in lower case. Made by tools/passwords from %s %s, whose licence is:\n", source, about.Version)
	for line := range strings.Lines(strings.TrimSpace(string(files["package/LICENSE.txt"]))) {
		if line = strings.TrimSpace(line); line != "" {
			fmt.Fprintln(out, line)
		}
	}
	fmt.Fprintln(out)
	for _, password := range slices.Sorted(maps.Keys(kept(frequent))) {
		fmt.Fprintln(out, password)
	}
	return errors.Join(out.Flush(), packed.Close())
}

// kept are the passwords that no other rule refuses, and some others.
func kept(frequent []string) map[string]bool {
	list, left := map[string]bool{}, others
	for _, password := range frequent {
		password = strings.TrimSpace(strings.ToLower(password))
		refused := utf8.RuneCountInString(password) < 8 || strings.Trim(password, "0123456789") == ""
		switch {
		case password == "" || strings.Contains(password, "\n") || list[password]:
		case !refused:
			list[password] = true
		case left > 0:
			list[password] = true
			left--
		}
	}
	return list
}
