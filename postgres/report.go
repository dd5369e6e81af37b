package postgres

import (
	"context"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Report answers the report's questions at one moment of the store, and in one
// round trip.
func (s *Store) Report(ctx context.Context, r behavior.ReportRange) (report behavior.Report, err error) {
	asked := query.NewReport(r)
	err = s.readLong(ctx, "report", func(ctx context.Context, r *reader) error {
		b := r.batch()
		if err := asked.Fill(&report, s.dialect, gather(b)); err != nil {
			return err
		}
		return r.finish(ctx, b)
	})
	if err != nil {
		return behavior.Report{}, err
	}
	return report, nil
}
