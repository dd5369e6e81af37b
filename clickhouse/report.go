package clickhouse

import (
	"context"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Report answers the report's questions.
func (s *Store) Report(ctx context.Context, r behavior.ReportRange) (report behavior.Report, err error) {
	asked := query.NewReport(r)
	err = s.readLong(ctx, "report", func(ctx context.Context, r *reader) error {
		return asked.Fill(&report, s.dialect, r.ask(ctx))
	})
	if err != nil {
		return behavior.Report{}, err
	}
	return report, nil
}
