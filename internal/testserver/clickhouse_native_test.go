package testserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/ext"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"
)

func TestMain(m *testing.M) {
	ServeClickHouse()
	code := m.Run()
	Stop()
	os.Exit(code)
}

// TestClickHouseProtocols asks the same by each protocol.
func TestClickHouseProtocols(t *testing.T) {
	t.Parallel()
	server := PrivateClickHouse(t)
	for table, dsn := range map[string]string{
		"native": server.NativeDSN("default"), "compressed": server.NativeDSN("default") + "?compress=lz4",
		"http": strings.TrimPrefix(server.DSN("default"), "clickhouse+"),
	} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			options, err := clickhouse.ParseDSN(dsn)
			if err != nil {
				t.Fatal(err)
			}
			conn, err := clickhouse.Open(options)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			insertAndAsk(t, conn, table)
			askWithSettings(t, conn)
			fail(t, conn)
			if options.Protocol == clickhouse.Native {
				askNative(t, conn)
			}
		})
	}
}

// record is a row of types that are not alike.
type record struct {
	N    int64      `ch:"n"`
	Word string     `ch:"word"`
	List []string   `ch:"list"`
	None *float64   `ch:"none"`
	At   *time.Time `ch:"at"`
	Else string     `ch:"else"`
}

func insertAndAsk(t *testing.T, conn driver.Conn, table string) {
	t.Helper()
	do(t, conn, "CREATE TABLE "+table+" (n Int64, word LowCardinality(String), list Array(LowCardinality(String)), "+
		"none Nullable(Float64), at Nullable(DateTime64(6)), `else` String DEFAULT 'unsaid') ENGINE = MergeTree ORDER BY n")
	do(t, conn, "INSERT INTO "+table+" (n, word) VALUES (0, 'typed')")
	batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO "+table+" (word, n, list, none, at)")
	if err != nil {
		t.Fatal(err)
	}
	at, half := time.Date(2025, 3, 14, 15, 9, 26, 535897000, time.UTC), 0.5
	for n, word := range []string{"", "two\n\nlines'\\\x00"} {
		if err := batch.Append(word, int64(n+1), []string{word, "ä"}, &half, &at); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	empty, err := conn.PrepareBatch(t.Context(), "INSERT INTO "+table)
	if err != nil {
		t.Fatal(err)
	}
	if err := empty.Send(); err != nil {
		t.Errorf("an insert of no rows: %v", err)
	}
	want := []record{
		{Word: "typed", List: []string{}, Else: "unsaid"},
		{1, "", []string{"", "ä"}, &half, &at, "unsaid"},
		{2, "two\n\nlines'\\\x00", []string{"two\n\nlines'\\\x00", "ä"}, &half, &at, "unsaid"},
	}
	var got []record
	err = conn.Select(t.Context(), &got, "SELECT * FROM "+table+" ORDER BY n")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, rows (-want +got):\n%s", err, diff)
	}
	var many []struct {
		Number uint64 `ch:"number"`
	}
	if err := conn.Select(t.Context(), &many, "SELECT number FROM numbers(200000) WHERE {least:UInt64} <= number ORDER BY number", clickhouse.Named("least", 7)); err != nil ||
		len(many) != 199_993 || many[0].Number != 7 || many[len(many)-1].Number != 199_999 {
		t.Errorf("%d of many rows, error %v", len(many), err)
	}
}

// askWithSettings sends a parameter, and a setting that counts for one question
// and no more.
func askWithSettings(t *testing.T, conn driver.Conn) {
	t.Helper()
	const text = "it's\ta \\ and\ntwo lines"
	with := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_block_size": 77}))
	var got string
	var block uint64
	const question = "SELECT {text:String}, toUInt64(getSetting('max_block_size'))"
	if err := conn.QueryRow(with, question, clickhouse.Named("text", text)).Scan(&got, &block); err != nil || got != text || block != 77 {
		t.Errorf("a parameter is %q, a setting %d, error %v", got, block, err)
	}
	if err := conn.QueryRow(t.Context(), "SELECT toUInt64(getSetting('max_block_size'))").Scan(&block); err != nil || block == 77 {
		t.Errorf("the setting is %d later, error %v", block, err)
	}
}

// fail has statements fail, and others work after them.
func fail(t *testing.T, conn driver.Conn) {
	t.Helper()
	for statement, want := range map[string]int32{"SELECT * FROM nothing": 60, "DROP DATABASE nothing": 81, "SELECT (": 62, "SELECT throwIf(1)": 395} {
		wantCode(t, statement, conn.Exec(t.Context(), statement), want)
	}
	_, err := conn.PrepareBatch(t.Context(), "INSERT INTO nothing")
	wantCode(t, "an insert", err, 60)
	wantCode(t, "an unknown setting", conn.Exec(clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"no_such_setting": 1})), "SELECT 1"), 115)
	if err := conn.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	do(t, conn, "SELECT 1")
}

func wantCode(t *testing.T, what string, err error, code int32) {
	t.Helper()
	var e *clickhouse.Exception
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("%s: error is %v, want code %d", what, err, code)
	}
}

// askNative asks for what HTTP does not tell.
func askNative(t *testing.T, conn driver.Conn) {
	t.Helper()
	rows, err := conn.Query(t.Context(), "SELECT 1 AS one, toLowCardinality('x') AS word WHERE 0")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"one", "word"}, rows.Columns()); diff != "" || rows.Next() || rows.ColumnTypes()[1].DatabaseTypeName() != "LowCardinality(String)" {
		t.Errorf("the columns of a result without rows: %s", diff)
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	var version string
	if err := conn.QueryRow(t.Context(), "SELECT version()").Scan(&version); err != nil {
		t.Fatal(err)
	}
	if server, err := conn.ServerVersion(); err != nil || !strings.HasPrefix(version, server.Version.String()) {
		t.Errorf("the server says it is %v, and the engine %s; error %v", server, version, err)
	}
	table, err := ext.NewTable("outside", ext.Column("n", "Int64"))
	if err = errors.Join(err, table.Append(int64(1))); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "an external table", conn.Exec(clickhouse.Context(t.Context(), clickhouse.WithExternalTable(table)), "SELECT * FROM outside"), 48)
}

func do(t *testing.T, conn driver.Conn, statement string) {
	t.Helper()
	if err := conn.Exec(context.WithoutCancel(t.Context()), statement); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", statement, err))
	}
}
