package django

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresColumns lists the columns of a table in the search path, none where
// it is not there.
const postgresColumns = `SELECT attname::text FROM pg_catalog.pg_attribute
WHERE attrelid = to_regclass(quote_ident($1)) AND attnum > 0 AND NOT attisdropped`

// postgresRead makes times and dates the text that we read, and lets the
// reading take as long as it takes.
const postgresRead = `SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL standard_conforming_strings = on;
SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0`

// openPostgres opens a database for reading, as it is at this moment.
func openPostgres(ctx context.Context, dsn string, o Options) (*Source, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the address of the server cannot be read; write postgres://USER:PASSWORD@HOST/DATABASE")
	}
	// No statement is prepared: a PgBouncer may stand in between.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	if !strings.Contains(dsn, "connect_timeout") && os.Getenv("PGCONNECT_TIMEOUT") == "" {
		config.ConnectTimeout = 5 * time.Second
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(1)
	s := &Source{db: db, tables: o.tables(), who: config.User, end: func() error { return nil }}
	if s.tx, err = db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}); err == nil {
		for statement := range strings.SplitSeq(postgresRead, ";") {
			if _, err = s.tx.ExecContext(ctx, statement); err != nil {
				break
			}
		}
	}
	if err == nil {
		err = s.look(ctx, postgresColumns)
	}
	if err != nil {
		_ = s.Close() // of no interest beside why it could not be read
		return nil, s.plain(connectError(err, config))
	}
	return s, nil
}

// connectError says in a sentence why a server cannot be used.
func connectError(err error, config *pgx.ConnConfig) error {
	var connect *pgconn.ConnectError
	if !errors.As(err, &connect) {
		return err
	}
	where := fmt.Sprintf("%s:%d", config.Host, config.Port)
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return fmt.Errorf("no PostgreSQL server answers at %s: %w", where, cause(err))
	}
	switch server.Code {
	case "28P01", "28000":
		return fmt.Errorf("the server at %s does not let %s in: %s", where, config.User, server.Message)
	case "3D000":
		return fmt.Errorf("the server at %s has no database %s", where, config.Database)
	}
	return fmt.Errorf("the server at %s refuses the connection: %s", where, server.Message)
}

// cause is the innermost of an error's causes: the driver's own words around it
// say everything several times.
func cause(err error) error {
	for {
		switch e := err.(type) { //nolint:errorlint // it walks the chain
		case interface{ Unwrap() error }:
			if inner := e.Unwrap(); inner != nil {
				err = inner
				continue
			}
		case interface{ Unwrap() []error }:
			if all := e.Unwrap(); len(all) > 0 {
				err = all[len(all)-1]
				continue
			}
		}
		return err
	}
}

// plain puts an error of a driver into a sentence; others stay as they are.
func (s *Source) plain(err error) error {
	var server *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &server):
		return sqliteError(err)
	case server.Code == "42501": // no right to it
		return fmt.Errorf("%s may not read it: %s", s.who, server.Message)
	}
	return fmt.Errorf("the server says: %s (%s)", server.Message, server.Code)
}
