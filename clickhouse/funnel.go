package clickhouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Funnel answers a funnel, see [behavior.Store].
func (s *Store) Funnel(ctx context.Context, f behavior.Funnel) (counts []int, err error) {
	asked, err := query.NewFunnel(f)
	if err != nil {
		return nil, err
	}
	err = s.readLong(ctx, "funnel", func(ctx context.Context, r *reader) (err error) {
		counts, err = asked.Counts(s.dialect, r.ask(ctx))
		return err
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}

// All stored times lie between these, in microseconds since 1970.
var (
	firstTime = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	lastTime  = time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC).UnixMicro()
)

// levels is how many times windowFunnel sees in one microsecond, see funnel.
const levels = 16

// funnel counts by windowFunnel, which is exact, but lets a step follow another
// of the same moment. So it sees each microsecond as several times, the last
// step's first: what happened at one moment is then never in the steps' order.
func funnel(rows string, steps int, within int64) string {
	var conditions, counts []string
	for step := 1; step <= steps; step++ {
		conditions = append(conditions, fmt.Sprintf("step = %d", step))
		counts = append(counts, fmt.Sprintf("countIf(level >= %d)", step))
	}
	within = min(within, lastTime-firstTime)
	moment := fmt.Sprintf("toUInt64((moment - (%d)) * %d + %d - step)", firstTime, levels, levels)
	return fmt.Sprintf("SELECT %s FROM (SELECT who, windowFunnel(%d)(%s, %s) AS level FROM (%s) GROUP BY who)",
		strings.Join(counts, ", "), within*levels, moment, strings.Join(conditions, ", "), rows)
}
