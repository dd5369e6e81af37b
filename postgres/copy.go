package postgres

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// copyEvents stores events in the server's quickest way, in one round trip.
// With commit that also ends the transaction.
func (w *writer) copyEvents(ctx context.Context, kind behavior.Kind, records [][]any, commit bool) error {
	text := w.store.in(`COPY @` + query.Table(kind) + ` (` + columnNames(kind, "") + `) FROM STDIN (FORMAT binary)`)
	if commit {
		text += "; COMMIT"
	}
	rows, err := binaryRows(records)
	if err != nil {
		return err
	}
	tag, err := w.conn.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(rows), text)
	if err == nil && commit {
		err = committed(tag)
	}
	return w.failed(ctx, err)
}

// binaryRows are records in PostgreSQL's binary format.
func binaryRows(records [][]any) ([]byte, error) {
	size := 64
	for _, values := range records {
		size += 2 + 12*len(values)
		for _, value := range values {
			if text, ok := value.(string); ok {
				size += len(text)
			}
		}
	}
	b := append(make([]byte, 0, size), "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	for _, values := range records {
		b = binary.BigEndian.AppendUint16(b, uint16(len(values)))
		for _, value := range values {
			var err error
			if b, err = appendBinary(b, value); err != nil {
				return nil, err
			}
		}
	}
	return append(b, 0xff, 0xff), nil
}

// epoch is where PostgreSQL's times begin, in microseconds since 1970.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// appendBinary appends a value of an event: a text, a whole number or a time.
func appendBinary(b []byte, value any) ([]byte, error) {
	var number int64
	switch v := value.(type) {
	case string:
		return append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...), nil
	case time.Time:
		number = v.UnixMicro() - epoch
	case int64:
		number = v
	default:
		return nil, fmt.Errorf("no column of an event has a %T", value)
	}
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(b, 8), uint64(number)), nil
}
