//go:build !cgo

package main

import (
	"context"
	"fmt"

	"github.com/userbehavior/behavior"
)

// embedded is the engine of the file that is made when no database is named.
const embedded = "sqlite"

// fileForms is how files are named for which this build has an engine.
const fileForms = "sqlite:PATH"

func openEmbedded(_ context.Context, conf config) (behavior.Store, error) {
	return nil, fmt.Errorf("this build has no engine for %s", conf.database.engine)
}
