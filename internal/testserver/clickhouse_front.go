//go:build linux || darwin

package testserver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
	"github.com/ebitengine/purego"
)

// front answers ClickHouse's HTTP protocol with an engine that is a library.
// It keeps as many sessions as there may be requests at once.
type front struct {
	library
	dir   string // for the bodies of inserts
	slots chan struct{}

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
	library, dir, addr := os.Getenv(libraryVariable), os.Getenv(dirVariable), os.Getenv(addrVariable)
	if library == "" {
		return
	}
	if err := serveFront(library, dir, addr); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serveFront answers requests until the input ends: the parent has gone.
func serveFront(path, dir, addr string) error {
	f := &front{slots: make(chan struct{}, sessionsAtOnce), dir: dir}
	if err := f.load(path); err != nil {
		return err
	}
	for range sessionsAtOnce {
		s, err := f.open(dir + "/data")
		if err != nil {
			return err
		}
		f.free = append(f.free, s)
	}
	l, err := net.Listen("tcp", addr) //nolint:noctx // takes no time
	if err != nil {
		return err
	}
	fmt.Println("listening", l.Addr())
	go func() {
		_ = (&http.Server{Handler: f, ReadHeaderTimeout: time.Minute, MaxHeaderBytes: 16 << 20}).Serve(l)
	}()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
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
	args := []string{"clickhouse", "--path=" + data}
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
		if _, stays := settings[name]; !stays {
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

// ServeHTTP answers one query.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer, err := f.answer(r.Context(), r.URL.Query(), body)
	if err != nil {
		w.Header().Set("X-ClickHouse-Exception-Code", exceptionCode(err.Error()))
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(answer) // a client that has gone needs none
}

var exceptions = regexp.MustCompile(`Code: (\d+)`)

func exceptionCode(text string) string {
	if found := exceptions.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return "0"
}

// answer runs a query with the settings and the database of its request.
func (f *front) answer(ctx context.Context, values url.Values, body []byte) ([]byte, error) {
	database, settings := "default", map[string]string{}
	for name := range values {
		if !notSettings[name] {
			settings[name] = values.Get(name)
		}
	}
	if values.Get("database") != "" {
		database = values.Get("database")
	}
	s := f.take(database, settings)
	defer f.give(s)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, statement := range s.changes(database, settings) {
		if _, err := f.run(s, statement); err != nil {
			for name := range settings { // some of them are set
				s.settings[name] = ""
			}
			return nil, err
		}
	}
	s.database, s.settings = database, settings
	text := string(body)
	if values.Has("query") {
		text = values.Get("query")
		if len(body) > 0 {
			clean, err := f.inFile(&text, body)
			if err != nil {
				return nil, err
			}
			defer clean()
		}
	}
	native, err := f.run(s, text)
	if err != nil || len(native) == 0 {
		return nil, err
	}
	return recode(native)
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

// notSettings are parameters of a request that are no settings of a query.
var notSettings = map[string]bool{
	"query": true, "database": true, "default_format": true, "client_protocol_version": true, "query_id": true, "session_id": true,
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

// revision is that of the protocol that the client speaks.
const revision = 54460

// recode puts blocks of revision 0 into that of the client.
func recode(native []byte) ([]byte, error) {
	reader := chproto.NewReader(bufio.NewReader(bytes.NewReader(native)))
	var out chproto.Buffer
	for {
		block := proto.NewBlock()
		switch err := block.Decode(reader, 0); {
		case errors.Is(err, io.EOF):
			return out.Buf, nil
		case err != nil:
			return nil, err
		}
		if err := block.Encode(&out, revision); err != nil {
			return nil, err
		}
	}
}
