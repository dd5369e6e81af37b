package postgres

import (
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Describe names the database that a DSN leads to, without its password.
func Describe(dsn string) string {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return "postgres"
	}
	return fmt.Sprintf("postgres:%s on %s:%d", config.Database, config.Host, config.Port)
}
