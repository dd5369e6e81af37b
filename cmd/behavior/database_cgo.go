//go:build cgo

package main

import (
	"context"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
)

// embedded is the engine of the file that is made when no database is named.
const embedded = "duckdb"

// fileForms is how files are named for which this build has an engine.
const fileForms = "duckdb:PATH, sqlite:PATH"

func openEmbedded(ctx context.Context, conf config) (behavior.Store, error) {
	return duckdb.OpenWith(ctx, conf.database.source, duckdb.Options{Memory: conf.memory / 2, CacheSessions: cacheSessions(conf.memory)})
}
