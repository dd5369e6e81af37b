//go:build linux || darwin

package testserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"

	"github.com/ClickHouse/ch-go/compress"
	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// nativeClient is a client of ClickHouse's own protocol: packets, each of which
// begins with a byte that says what it is.
type nativeClient struct {
	front    *front
	conn     net.Conn
	in       *chproto.Reader
	out      chproto.Buffer // what is to be sent
	database string
	packed   bool // the blocks of the query under way are compressed
}

// serveNative answers all clients that come.
func (f *front) serveNative(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		c := &nativeClient{front: f, conn: conn, in: chproto.NewReader(conn)}
		go func() {
			c.exception(c.serve())
			_ = errors.Join(c.flush(), conn.Close()) // it may have gone
		}()
	}
}

// serve answers packets until the client goes, or sends what is not understood.
func (c *nativeClient) serve() error {
	err := c.greet()
	for err == nil {
		var code byte
		if code, err = c.in.ReadByte(); err != nil {
			break
		}
		switch chproto.ClientCode(code) {
		case chproto.ClientCodePing:
			chproto.ServerCodePong.Encode(&c.out)
		case chproto.ClientCodeCancel: // of a query that has ended
		case chproto.ClientCodeQuery:
			err = c.query()
		default:
			err = unexpected(code)
		}
		err = errors.Join(err, c.flush())
	}
	return err
}

func unexpected(code byte) error {
	return fmt.Errorf("Code: 101. DB::Exception: Unexpected packet %d from client", code) //nolint:staticcheck // ClickHouse's words
}

func (c *nativeClient) flush() error {
	_, err := c.conn.Write(c.out.Buf)
	c.out.Reset()
	return err
}

// greet is the handshake.
func (c *nativeClient) greet() error {
	code, err := c.in.ReadByte()
	if err != nil {
		return err
	}
	if chproto.ClientCode(code) != chproto.ClientCodeHello {
		return unexpected(code)
	}
	var hello chproto.ClientHello
	if err := hello.Decode(c.in); err != nil {
		return err
	}
	if err := admit(hello.User, hello.Password); err != nil {
		return err
	}
	if hello.ProtocolVersion < revision {
		return fmt.Errorf("the client speaks revision %d, and %d is the only one here", hello.ProtocolVersion, revision)
	}
	c.database = cmp.Or(hello.Database, "default")
	server := chproto.ServerHello{Name: "ClickHouse", DisplayName: "chDB", Revision: revision, Timezone: c.front.zone}
	if _, err := fmt.Sscanf(c.front.version, "%d.%d.%d", &server.Major, &server.Minor, &server.Patch); err != nil {
		return err
	}
	server.EncodeAware(&c.out, revision)
	if err := c.flush(); err != nil {
		return err
	}
	_, err = c.in.Str() // the key of a quota
	return err
}

// insertion is an INSERT whose rows follow in packets.
var insertion = regexp.MustCompile(`(?is)^\s*INSERT\s+INTO\s+([^\s(]+)\s*(?:\(([^)]*)\))?.*\sFORMAT\s+Native\s*$`)

// query answers a query, with an exception if it fails. An error is one of the
// connection.
func (c *nativeClient) query() error {
	var q chproto.Query
	if err := q.DecodeAware(c.in, revision); err != nil {
		return err
	}
	c.packed = q.Compression == chproto.CompressionEnabled
	r := request{database: c.database, settings: map[string]string{}, text: q.Body}
	for _, s := range q.Settings {
		r.settings[s.Key] = s.Value
	}
	for _, p := range q.Parameters {
		r.settings["param_"+p.Key] = unquote(p.Value)
	}
	tables, err := c.rows()
	if err != nil {
		return err
	}
	if len(tables) > 0 {
		c.exception(errors.New("Code: 48. DB::Exception: There are no external tables here")) //nolint:staticcheck // ClickHouse's words
		return nil
	}
	if into := insertion.FindStringSubmatch(q.Body); into != nil {
		if err := c.describe(r, "SELECT "+cmp.Or(into[2], "*")+" FROM "+into[1]); err != nil {
			c.exception(err)
			return nil
		}
		if err := c.flush(); err != nil {
			return err
		}
		if r.rows, err = c.rows(); err != nil {
			return err
		}
		if len(r.rows) == 0 { // nothing to do
			chproto.ServerCodeEndOfStream.Encode(&c.out)
			return nil
		}
	}
	c.exception(c.answer(r))
	return nil
}

// unquote takes a parameter out of the quotes in which it comes.
func unquote(value string) string {
	value = strings.TrimSuffix(strings.TrimPrefix(value, "'"), "'")
	return strings.NewReplacer(`\\`, `\`, `\'`, "'", `\n`, "\n", `\r`, "\r", `\t`, "\t", `\0`, "\x00").Replace(value)
}

// rows reads packets of data up to the empty one that ends them, and returns
// them in the format Native.
func (c *nativeClient) rows() ([]byte, error) {
	var rows chproto.Buffer
	for {
		code, err := c.in.ReadByte()
		if err != nil {
			return nil, err
		}
		if chproto.ClientCode(code) != chproto.ClientCodeData {
			return nil, unexpected(code)
		}
		if _, err := c.in.Str(); err != nil { // the name of an external table
			return nil, err
		}
		if c.packed {
			c.in.EnableCompression()
		}
		block := proto.NewBlock()
		err = block.Decode(c.in, revision)
		c.in.DisableCompression()
		if err != nil || len(block.Columns) == 0 {
			return rows.Buf, err
		}
		if err := block.Encode(&rows, 0); err != nil {
			return nil, err
		}
	}
}

// reading is a statement that has a result, even when that has no rows.
var reading = regexp.MustCompile(`(?i)^[\s(]*(SELECT|WITH)\b`)

// answer runs a statement and puts its result into packets.
func (c *nativeClient) answer(r request) error {
	native, err := c.front.answer(context.Background(), r) // nothing interrupts the engine
	if err != nil {
		return err
	}
	if len(native) == 0 && reading.MatchString(r.text) {
		err = c.describe(r, r.text)
	}
	first := true
	err = errors.Join(err, decode(native, func(b *proto.Block) error {
		if first {
			if err := c.header(b); err != nil {
				return err
			}
			first = false
		}
		return c.data(func(out *chproto.Buffer) error { return b.Encode(out, revision) })
	}))
	if err == nil {
		chproto.ServerCodeEndOfStream.Encode(&c.out)
	}
	return err
}

// describe sends the columns that a question has, without rows.
func (c *nativeClient) describe(r request, question string) error {
	r.text, r.rows = "DESCRIBE ("+question+")", nil
	native, err := c.front.answer(context.Background(), r)
	if err != nil {
		return err
	}
	described := proto.NewBlock()
	err = decode(native, func(b *proto.Block) error {
		for i := range b.Rows() {
			name, typ := fmt.Sprint(b.Columns[0].Row(i, false)), fmt.Sprint(b.Columns[1].Row(i, false))
			if err := described.AddColumn(name, column.Type(typ)); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, c.header(described))
}

// header sends the columns of a block without its rows, as each result begins.
func (c *nativeClient) header(b *proto.Block) error {
	return c.data(func(out *chproto.Buffer) error {
		chproto.BlockInfo{BucketNum: -1}.Encode(out)
		out.PutInt(len(b.Columns))
		out.PutInt(0)
		for _, column := range b.Columns {
			out.PutString(column.Name())
			out.PutString(string(column.Type()))
			out.PutBool(false) // not stored in a special way
		}
		return nil
	})
}

// data sends a block.
func (c *nativeClient) data(encode func(*chproto.Buffer) error) error {
	chproto.ServerCodeData.Encode(&c.out)
	c.out.PutString("") // it is of no external table
	if !c.packed {
		return encode(&c.out)
	}
	var plain chproto.Buffer
	if err := encode(&plain); err != nil {
		return err
	}
	w := compress.NewWriter(compress.LevelZero, compress.LZ4)
	err := w.Compress(plain.Buf)
	c.out.PutRaw(w.Data)
	return err
}

// exception sends an error, if there is one.
func (c *nativeClient) exception(err error) {
	if err == nil {
		return
	}
	code, text := exception(err)
	chproto.ServerCodeException.Encode(&c.out)
	(&chproto.Exception{Code: chproto.Error(code), Name: "DB::Exception", Message: text}).EncodeAware(&c.out, revision)
}
