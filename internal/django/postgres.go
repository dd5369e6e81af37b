package django

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/userbehavior/behavior/internal/pgpool"
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
	pool, err := pgpool.Config(dsn)
	if err != nil {
		return nil, err
	}
	config := pool.ConnConfig
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // all is text
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
		return nil, s.plain(err)
	}
	return s, nil
}

// plain puts an error of a driver into a sentence; others stay as they are.
func (s *Source) plain(err error) error {
	var connect *pgconn.ConnectError
	var server *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &connect):
		return errors.New(pgpool.ConnectError(err))
	case !errors.As(err, &server):
		return sqliteError(err)
	case server.Code == "42501": // no right to it
		return fmt.Errorf("%s may not read it: %s", s.who, server.Message)
	}
	return fmt.Errorf("the server says: %s (%s)", server.Message, server.Code)
}
