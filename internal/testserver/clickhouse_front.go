//go:build linux || darwin

package testserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unsafe"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
	"github.com/ebitengine/purego"
)

// front answers ClickHouse's protocols with an engine that is a library. It
// keeps as many sessions as there may be requests at once.
type front struct {
	library
	dir           string // for the bodies of inserts
	version, zone string // of the engine
	slots         chan struct{}

	mu   sync.Mutex
	free []*session
}

// library is what we call of chDB's C interface.
type library struct {
	connect func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	query   func(conn unsafe.Pointer, query string, length uintptr, format string, formatLength uintptr) unsafe.Pointer
	buffer  func(result unsafe.Pointer) unsafe.Pointer
	length  func(result unsafe.Pointer) uintptr
	failure func(result unsafe.Pointer) string
	destroy func(result unsafe.Pointer)
}

// session is one connection to the engine. Settings stay with it from one
// request to the next.
type session struct {
	conn     unsafe.Pointer
	database string
	settings map[string]string
}

// sessionsAtOnce is how many requests the engine works on at once.
const sessionsAtOnce = 8

// ServeClickHouse makes this process a server when it was started to be one:
// then it does not return before its input ends. A package whose tests need
// ClickHouse calls it first in TestMain.
func ServeClickHouse() {
	library, dir, addrs := os.Getenv(libraryVariable), os.Getenv(dirVariable), os.Getenv(addrsVariable)
	if library == "" {
		return
	}
	if err := serveFront(library, dir, addrs); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serveFront answers requests until the input ends: the parent has gone.
func serveFront(path, dir, addrs string) error {
	f := &front{slots: make(chan struct{}, sessionsAtOnce), dir: dir}
	if err := f.load(path); err != nil {
		return err
	}
	if err := os.WriteFile(dir+"/config.xml", []byte(shardsConfig), 0o600); err != nil {
		return err
	}
	for range sessionsAtOnce {
		s, err := f.open(dir + "/data")
		if err != nil {
			return err
		}
		f.free = append(f.free, s)
	}
	if err := f.ask(); err != nil {
		return err
	}
	var listeners [2]net.Listener
	for i, addr := range strings.Fields(addrs) {
		var err error
		if listeners[i], err = net.Listen("tcp", addr); err != nil { //nolint:noctx // takes no time
			return err
		}
	}
	fmt.Println("listening", listeners[0].Addr(), listeners[1].Addr())
	go func() {
		_ = (&http.Server{Handler: f, ReadHeaderTimeout: time.Minute, MaxHeaderBytes: 16 << 20}).Serve(listeners[0])
	}()
	go f.serveNative(listeners[1])
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// ask asks the engine what it tells its clients of itself.
func (f *front) ask() error {
	native, err := f.answer(context.Background(), request{database: "default", text: "SELECT version(), timezone()"})
	if err != nil {
		return err
	}
	return decode(native, func(b *proto.Block) error {
		f.version, f.zone = fmt.Sprint(b.Columns[0].Row(0, false)), fmt.Sprint(b.Columns[1].Row(0, false))
		return nil
	})
}

func (f *front) load(path string) error {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return err
	}
	for name, function := range map[string]any{
		"chdb_connect": &f.connect, "chdb_query_n": &f.query, "chdb_result_buffer": &f.buffer, "chdb_result_length": &f.length,
		"chdb_result_error": &f.failure, "chdb_destroy_query_result": &f.destroy,
	} {
		purego.RegisterLibFunc(function, handle, name)
	}
	return nil
}

// open connects to the engine. All sessions of a process share one folder.
func (f *front) open(data string) (*session, error) {
	args := []string{"clickhouse", "--path=" + data, "--config-file=" + f.dir + "/config.xml"}
	argv := make([]*byte, 0, len(args)+1)
	for _, a := range args {
		argv = append(argv, &append([]byte(a), 0)[0])
	}
	argv = append(argv, nil)
	conn := f.connect(int32(len(args)), unsafe.Pointer(&argv[0]))
	if conn == nil || *(*unsafe.Pointer)(conn) == nil {
		return nil, errors.New("the engine does not start")
	}
	return &session{conn: *(*unsafe.Pointer)(conn), database: "default", settings: map[string]string{}}, nil
}

// take takes the free session whose settings are most like those of a request.
func (f *front) take(database string, settings map[string]string) *session {
	f.slots <- struct{}{}
	f.mu.Lock()
	defer f.mu.Unlock()
	best, least := 0, math.MaxInt
	for i, s := range f.free {
		if n := len(s.changes(database, settings)); n < least {
			best, least = i, n
		}
	}
	s := f.free[best]
	f.free = slices.Delete(f.free, best, best+1)
	return s
}

func (f *front) give(s *session) {
	f.mu.Lock()
	f.free = append(f.free, s)
	f.mu.Unlock()
	<-f.slots
}

// changes are the statements that make a session that of a request.
func (s *session) changes(database string, settings map[string]string) []string {
	var statements []string
	if database != s.database {
		statements = append(statements, "USE `"+strings.ReplaceAll(database, "`", "``")+"`")
	}
	for name := range s.settings {
		if _, stays := settings[name]; !stays && !strings.HasPrefix(name, "param_") { // no parameter can be taken back
			statements = append(statements, "SET "+name+" = DEFAULT")
		}
	}
	for name, value := range settings {
		if was, set := s.settings[name]; !set || was != value {
			statements = append(statements, "SET "+name+" = '"+strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(value)+"'")
		}
	}
	return statements
}

// request is one query, whichever protocol it came by.
type request struct {
	database string
	settings map[string]string // and values of parameters, as "param_NAME"
	text     string
	rows     []byte // those of an insert, in the format Native
}

// answer runs a query with the settings and in the database of its request. The
// result is in the format Native, and nothing if there are no rows.
func (f *front) answer(ctx context.Context, r request) ([]byte, error) {
	r.alone()
	s := f.take(r.database, r.settings)
	defer f.give(s)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, statement := range s.changes(r.database, r.settings) {
		if _, err := f.run(s, statement); err != nil {
			for name := range r.settings { // some of them are set
				s.settings[name] = ""
			}
			return nil, err
		}
	}
	s.database, s.settings = r.database, maps.Clone(r.settings)
	if len(r.rows) > 0 {
		clean, err := f.inFile(&r.text, r.rows)
		if err != nil {
			return nil, err
		}
		defer clean()
	}
	return f.run(s, r.text)
}

// inFile puts the rows of an insert into a file: within the statement they
// would end at the first blank line.
func (f *front) inFile(text *string, body []byte) (clean func(), err error) {
	file, err := os.CreateTemp(f.dir, "insert-")
	if err != nil {
		return nil, err
	}
	_, err = file.Write(body)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	before, _, _ := strings.Cut(*text, " FORMAT Native")
	*text = before + " FROM INFILE '" + file.Name() + "' FORMAT Native"
	return func() { _ = os.Remove(file.Name()) }, nil
}

// run runs a statement and copies its result.
func (f *front) run(s *session, text string) ([]byte, error) {
	const format = "Native"
	result := f.query(s.conn, text, uintptr(len(text)), format, uintptr(len(format)))
	if result == nil {
		return nil, errors.New("the engine gives no result")
	}
	defer f.destroy(result)
	if failure := f.failure(result); failure != "" {
		return nil, errors.New(failure)
	}
	return bytes.Clone(unsafe.Slice((*byte)(f.buffer(result)), f.length(result))), nil
}

// admit refuses all but the user whom a new server has.
func admit(user, password string) error {
	if user == "default" && password == "" {
		return nil
	}
	//nolint:staticcheck // ClickHouse's words
	return fmt.Errorf("Code: 516. DB::Exception: %s: Authentication failed: password is incorrect, or there is no user with such name", user)
}

var exceptionText = regexp.MustCompile(`(?s)Code: (\d+)\. (.*)`)

// exception is the code of an error of the engine, and what it says.
func exception(err error) (code int, text string) {
	found := exceptionText.FindStringSubmatch(err.Error())
	if found == nil {
		return 0, err.Error()
	}
	code, _ = strconv.Atoi(found[1])
	return code, found[2]
}

// revision is that of the protocols which clients speak.
const revision = 54460

// decode calls do with each block of a result.
func decode(native []byte, do func(*proto.Block) error) error {
	reader := chproto.NewReader(bytes.NewReader(native))
	for {
		block := proto.NewBlock()
		switch err := block.Decode(reader, 0); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := do(block); err != nil {
			return err
		}
	}
}
