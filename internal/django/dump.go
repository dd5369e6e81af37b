package django

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
)

// maxObject bounds one object of a dump, so that no file can fill the memory.
const maxObject = 64 << 20

// object is one record of a dump.
type object struct {
	Model  string                     `json:"model"`
	PK     json.RawMessage            `json:"pk"`
	Fields map[string]json.RawMessage `json:"fields"`
}

// fromDump reads a dump into tables of a temporary file, where its records can
// be read by kind and id whatever their order was. The file is as large as the
// dump, lies in the folder that TMPDIR names, and goes when the source is closed.
func fromDump(ctx context.Context, in io.Reader, o Options) (_ *Source, err error) {
	text, err := unpacked(in)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp("", "behavior-dump-*.sqlite")
	if err != nil {
		return nil, fmt.Errorf("read the dump: %w", err)
	}
	path := f.Name()
	s := &Source{dump: true, tables: o.tables(), end: func() error { return os.Remove(path) }}
	if err := f.Close(); err != nil {
		return nil, errors.Join(err, s.end())
	}
	// What is lost in a crash is read again from the dump.
	if s.db, err = openFile(path, url.Values{"_pragma": {"journal_mode(OFF)", "synchronous(OFF)", "locking_mode(EXCLUSIVE)", "temp_store(FILE)"}}); err != nil {
		return nil, errors.Join(err, s.end())
	}
	defer func() {
		if err != nil {
			_ = s.Close() // of no interest beside why it could not be read
		}
	}()
	if s.tx, err = s.db.BeginTx(ctx, nil); err != nil {
		return nil, fmt.Errorf("read the dump: %w", err)
	}
	if err := s.spool(ctx, text); err != nil {
		return nil, err
	}
	if err := s.look(ctx, sqliteColumns); err != nil {
		return nil, err
	}
	return s, nil
}

// spool stores the objects of a dump. A table is made with its first record:
// what a dump has none of is not there.
func (s *Source) spool(ctx context.Context, text *bufio.Reader) error {
	inserts := map[string]*sql.Stmt{}
	defer func() {
		for _, insert := range inserts {
			_ = insert.Close() // it only read memory
		}
	}()
	err := eachObject(text, func(o object) error {
		k, ok := s.kind(o.Model)
		if !ok {
			return nil // of an app that is not asked for
		}
		insert := inserts[o.Model]
		if insert == nil {
			var err error
			if insert, err = s.table(ctx, k); err != nil {
				return err
			}
			inserts[o.Model] = insert
		}
		_, err := insert.ExecContext(ctx, o.values(k)...)
		return err
	})
	if err != nil {
		return err
	}
	for k := range kinds {
		if s.tables[k] == "" {
			continue
		}
		statement := fmt.Sprintf("CREATE INDEX %s ON %s (id)", quote(s.tables[k]+"_id"), quote(s.tables[k]))
		if _, err := s.tx.ExecContext(ctx, statement); err != nil && !strings.Contains(err.Error(), "no such table") {
			return err
		}
	}
	return nil
}

// kind is the kind of a model's records.
func (s *Source) kind(model string) (Kind, bool) {
	app, name, _ := strings.Cut(model, ".")
	for k, table := range s.tables {
		if strings.EqualFold(table, app+"_"+name) {
			return Kind(k), true
		}
	}
	return 0, false
}

// table makes the table of a kind and the statement that fills it. Ids become
// numbers where they can.
func (s *Source) table(ctx context.Context, k Kind) (*sql.Stmt, error) {
	name, marks := quote(s.tables[k]), strings.Repeat(", ?", len(columns[k])-1)
	list := "id INTEGER"
	for _, column := range columns[k][1:] {
		list += ", " + quote(column) + " TEXT"
	}
	if k != Sessions && k != Users {
		list = strings.Replace(list, `"session_id" TEXT`, `"session_id" INTEGER`, 1)
	}
	if _, err := s.tx.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS "+name+" ("+list+")"); err != nil {
		return nil, err
	}
	return s.tx.PrepareContext(ctx, "INSERT INTO "+name+" VALUES (?"+marks+")")
}

// values are an object's values in the order of its kind's columns.
func (o object) values(k Kind) []any {
	values := []any{plainText(o.PK)}
	for _, column := range columns[k][1:] {
		switch {
		case column == "metadata": // it stays JSON
			if raw := o.Fields[column]; len(raw) > 0 {
				values = append(values, string(raw))
				continue
			}
			values = append(values, nil)
		case column == "session_id" && k != Sessions: // the key of a model's field goes by the field's name
			values = append(values, plainText(o.Fields["session"]))
		default:
			values = append(values, plainText(o.Fields[column]))
		}
	}
	return values
}

// plainText is a JSON value as text: strings without their quotes, all else as
// it is written, null as nil.
func plainText(raw json.RawMessage) any {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var text string
	if raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

// eachObject calls f with the objects of a dump: of an array, after which nothing
// else may come, or one after the other as JSON lines have them.
func eachObject(text *bufio.Reader, f func(object) error) error {
	in := &bounded{in: text, left: maxObject}
	decoder := json.NewDecoder(in)
	fault := func(err error) error {
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF):
			return fmt.Errorf("the dump breaks off after byte %d", decoder.InputOffset())
		case errors.As(err, &syntax):
			return fmt.Errorf("the dump is not valid JSON at byte %d", decoder.InputOffset())
		case errors.As(err, &kind):
			return fmt.Errorf("the dump has something before byte %d that is no record of Django", decoder.InputOffset())
		}
		return fmt.Errorf("read the dump: %w", err)
	}
	start, err := text.Peek(1)
	array := err == nil && start[0] == '['
	if array {
		if _, err := decoder.Token(); err != nil {
			return fault(err)
		}
	}
	for !array || decoder.More() {
		var o object
		err := decoder.Decode(&o)
		switch {
		case errors.Is(err, io.EOF) && !array:
			return nil
		case errors.Is(err, io.EOF):
			return fault(io.ErrUnexpectedEOF)
		case err != nil:
			return fault(err)
		}
		if err := f(o); err != nil {
			return fmt.Errorf("read the dump: %w", sqliteError(err))
		}
		in.left = maxObject
	}
	switch _, err := decoder.Token(); { // the bracket at the end
	case errors.Is(err, io.EOF):
		return fault(io.ErrUnexpectedEOF)
	case err != nil:
		return fault(err)
	}
	in.left = maxObject
	return ended(in, decoder)
}

// ended reports an error when something comes after the array of a dump: what
// a second dump that was added to the file has would be lost.
func ended(in io.Reader, decoder *json.Decoder) error {
	at := decoder.InputOffset()
	rest := bufio.NewReader(io.MultiReader(decoder.Buffered(), in))
	for {
		switch c, err := rest.ReadByte(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the dump: %w", err)
		case strings.IndexByte(" \t\r\n", c) < 0:
			return fmt.Errorf("the dump goes on at byte %d, after the end of its list; give each dump by itself", at)
		}
		at++
	}
}

// bounded fails when too much is read at a stretch.
type bounded struct {
	in   io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("a record is larger than %d MiB", maxObject>>20)
	}
	n, err := b.in.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
