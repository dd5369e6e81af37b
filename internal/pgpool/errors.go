package pgpool

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Code is the SQLSTATE of an error, empty for those that the server did not send.
func Code(err error) string {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return server.Code
	}
	return ""
}

// Unusable reports whether an SQLSTATE says nothing about the question: the
// server, its disk or its memory fails, or our tables are not within reach.
func Unusable(code string) bool {
	switch code {
	case "25006", // read-only: a server that stands by, for example
		"42501", "42P01", "3F000", "3D000": // no right; no table, schema, database
		return true
	}
	for _, class := range []string{"08", "28", "40", "53", "55", "57", "58", "F0", "XX"} { // see the manual's appendix
		if strings.HasPrefix(code, class) {
			return true
		}
	}
	return false
}

// ConnectError says in a sentence why there is no connection.
func ConnectError(err error) string {
	var refused *pgconn.ConnectError
	if !errors.As(err, &refused) {
		return "cannot connect to PostgreSQL: " + OneLine(err)
	}
	at := fmt.Sprintf("%s:%d", refused.Config.Host, refused.Config.Port)
	var server *pgconn.PgError
	var network *net.OpError
	var name *net.DNSError
	switch {
	case errors.As(err, &server):
		return fmt.Sprintf("PostgreSQL at %s refuses the connection: %s", at, server.Message)
	case errors.As(err, &name):
		return fmt.Sprintf("cannot connect to PostgreSQL at %s: there is no host of that name", at)
	case errors.As(err, &network) && network.Op == "dial":
		return fmt.Sprintf("cannot connect to PostgreSQL at %s: %s", at, OneLine(network.Err))
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return fmt.Sprintf("no answer from PostgreSQL at %s in time: does it listen there, and not another server?", at)
	case errors.As(err, &network):
		return fmt.Sprintf("cannot connect to PostgreSQL at %s: %s", at, OneLine(network.Err))
	}
	return fmt.Sprintf("cannot connect to PostgreSQL at %s: %s", at, OneLine(errors.Unwrap(refused)))
}

// OneLine is the first line of an error's text.
func OneLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimSuffix(text, ":")
}
