package duckdb

import (
	"context"
	"database/sql"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Report answers the report's questions at one moment of the store.
func (s *Store) Report(ctx context.Context, r behavior.ReportRange) (report behavior.Report, err error) {
	asked := query.NewReport(r)
	err = s.readLong(ctx, "report", func(ctx context.Context, tx *sql.Tx) error {
		return asked.Fill(&report, dialect, query.AskBy(ctx, tx))
	})
	if err != nil {
		return behavior.Report{}, err
	}
	return report, nil
}
