// Package pgpool is what everything that keeps data in a PostgreSQL server has
// in common: how a DSN is read, which servers will do, and what their errors
// say in a sentence.
package pgpool

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Config reads a DSN and sets what it does not: statements that are described
// and not prepared, as a pooler before the server wants them, 5 seconds to
// connect, 10 connections, and a name for who asks. The error repeats nothing
// of the DSN: it may hold a password.
func Config(dsn string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("this is no address of a PostgreSQL database: %s; %s", fault(dsn, err), form)
	}
	sets := func(option string) bool { return strings.Contains(dsn, option) }
	if !sets("default_query_exec_mode") {
		config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	if !sets("connect_timeout") && os.Getenv("PGCONNECT_TIMEOUT") == "" {
		config.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	if !sets("pool_max_conns") {
		config.MaxConns = 10
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "behavior"
	}
	return config, nil
}

// form is what a DSN looks like.
const form = "write postgres://USER:PASSWORD@HOST:5432/DATABASE, with special characters of the password percent-encoded"

// quoted is what an error repeats of what it is about.
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// fault is what the driver says of a DSN, without what it repeats of it: a
// password that is not percent-encoded may be taken for anything.
func fault(dsn string, err error) string {
	text := OneLine(err)
	if at := strings.LastIndex(text, "`: "); at >= 0 {
		text = text[at+len("`: "):]
	}
	if text = quoted.ReplaceAllString(text, `"..."`); strings.Contains(text, dsn) {
		return "it cannot be read"
	}
	return text
}

// schemaName is what a schema may be called.
var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// Check refuses a schema's name that will not do, and a pool that is too small.
func Check(pool *pgxpool.Pool, schema string) error {
	switch {
	case !schemaName.MatchString(schema) || strings.HasPrefix(schema, "pg_"):
		return fmt.Errorf("%q is no name for a schema: letters a to z, digits and underscores make one, and pg_ does not begin it", schema)
	case pool.Config().MaxConns < 2:
		return errors.New("the pool of connections must allow for two at least")
	}
	return nil
}

// Inspect refuses a server that is too old, or whose text is not UTF-8.
func Inspect(ctx context.Context, db *sql.DB) error {
	var version int
	var encoding string
	err := db.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_encoding')`).Scan(&version, &encoding)
	switch {
	case err != nil:
		return err
	case version < 140000:
		return fmt.Errorf("the server is PostgreSQL %d, and 14 is the oldest that will do", version/10000)
	case encoding != "UTF8":
		return fmt.Errorf("the database's encoding is %s, and UTF8 is the only one that will do", encoding)
	}
	return nil
}
