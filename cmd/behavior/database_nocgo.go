//go:build !cgo

package main

import (
	"context"
	"fmt"

	"github.com/userbehavior/behavior"
)

// embedded is the engine of the file that is made when no database is named.
const embedded = "sqlite"

func openEmbedded(_ context.Context, conf config) (behavior.Store, error) {
	return nil, fmt.Errorf("this build has no engine for %s", conf.database.engine)
}
