package django

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// scheme is how a source names what it is. One letter is a drive of Windows.
var scheme = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.]+):(?://)?(.*)$`)

// address is a URL, whatever its scheme is called, and secretive is what may
// hold a password without being one.
var (
	address   = regexp.MustCompile(`^([^/:]{2,})://`)
	secretive = regexp.MustCompile(`(?i)@|password|passwd|pwd`)
)

// What files begin with.
var (
	sqliteMagic = []byte("SQLite format 3\x00")
	gzipMagic   = []byte{0x1f, 0x8b}
	xmlMagic    = []byte("<?xml")
)

// errKind: a file is nothing that can be read.
var errKind = errors.New("it is neither a SQLite database nor a JSON dump; make a dump with: python manage.py dumpdata user_behavior auth.user -o dump.json")

// errAddress is what can be named instead of a server that is not known.
var errAddress = errors.New("name a PostgreSQL database as postgres://USER:PASSWORD@HOST/DATABASE, and make a dump of any other with: python manage.py dumpdata user_behavior auth.user -o dump.json")

// Open opens a source: postgres://…, sqlite:PATH, the path of a SQLite file or
// of a dump, or "-" for a dump on stdin. A dump may be compressed by gzip. Its
// errors are sentences, and hold no password.
func Open(ctx context.Context, name string, stdin io.Reader, o Options) (*Source, error) {
	if name == "-" {
		return fromDump(ctx, stdin, o)
	}
	if parts := scheme.FindStringSubmatch(name); parts != nil {
		switch strings.ToLower(parts[1]) {
		case "postgres", "postgresql":
			return openPostgres(ctx, name, o)
		case "sqlite", "sqlite3":
			return openSQLite(ctx, parts[2], o)
		case "mysql", "mariadb", "oracle", "mssql":
			return nil, fmt.Errorf("there is no way to read %s: directly; make a dump with: python manage.py dumpdata user_behavior auth.user -o dump.json", parts[1])
		}
	}
	if parts := address.FindStringSubmatch(name); parts != nil {
		return nil, fmt.Errorf("there is no way to read %q; %w", parts[1]+"://", errAddress)
	}
	f, err := os.Open(name)
	if err != nil && secretive.MatchString(name) {
		return nil, fmt.Errorf("there is no file of that name; %w", errAddress)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	switch info, err := f.Stat(); {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder", name)
	}
	in := bufio.NewReaderSize(f, 1<<16)
	if start, _ := in.Peek(len(sqliteMagic)); bytes.Equal(start, sqliteMagic) {
		return openSQLite(ctx, name, o)
	}
	s, err := fromDump(ctx, in, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// unpacked is the text of a dump, up to its first bracket.
func unpacked(in io.Reader) (*bufio.Reader, error) {
	text := bufio.NewReaderSize(in, 1<<16)
	if start, _ := text.Peek(len(gzipMagic)); bytes.Equal(start, gzipMagic) {
		unzipped, err := gzip.NewReader(text)
		if err != nil {
			return nil, fmt.Errorf("unpack: %w", err)
		}
		text = bufio.NewReaderSize(unzipped, 1<<16)
	}
	if start, _ := text.Peek(3); bytes.Equal(start, []byte("\ufeff")) {
		_, _ = text.Discard(3)
	}
	for {
		c, err := text.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return nil, errors.New("it is empty")
		case err != nil:
			return nil, fmt.Errorf("read: %w", err)
		case strings.IndexByte(" \t\r\n", c) >= 0:
			continue
		}
		_ = text.UnreadByte()
		if c == '[' || c == '{' {
			return text, nil
		}
		if start, _ := text.Peek(len(xmlMagic)); bytes.Equal(start, xmlMagic) {
			return nil, errors.New("it is XML; make the dump with: python manage.py dumpdata --format json user_behavior auth.user -o dump.json")
		}
		return nil, errKind
	}
}
