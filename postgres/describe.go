package postgres

import (
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior/internal/pgpool"
)

// CheckDSN says in a sentence why a DSN is none that [Open] can read, without
// what may be a password. It asks no server.
func CheckDSN(dsn string) error {
	_, err := pgpool.Config(dsn)
	return err
}

// Describe names the database that a DSN leads to, without its password.
func Describe(dsn string) string {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return "postgres"
	}
	return fmt.Sprintf("postgres:%s on %s:%d", config.Database, config.Host, config.Port)
}
