package clickhouse

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// TestShardsCount reads the plans of questions to a cluster: each shard counts its
// rows, or sorts them and gives a page. It sends no rows for another to count.
func TestShardsCount(t *testing.T) {
	t.Parallel()
	s := openStore(t, databaseBy(t, sharded, t.Name()), Options{Migrate: true})
	appendRows(t, s, session("a"), view("a", "/"), behavior.Row{Interaction: &behavior.Interaction{
		EventType: "click", Timestamp: noon, Session: behavior.Session{SessionID: "a"},
	}})
	for name, statements := range shardQuestions(t, s) {
		for _, st := range statements {
			var plan []struct{ Plan planStep }
			var text string
			if err := s.db.QueryRowContext(t.Context(), "EXPLAIN json = 1 "+st.SQL, st.Args...).Scan(&text); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := json.Unmarshal([]byte(text), &plan); err != nil {
				t.Fatal(err)
			}
			sources := plan[0].Plan.sources(false, false)
			if len(sources) < clusterShards {
				t.Errorf("%s: %d sources of rows: not every shard is asked\n%s", name, len(sources), text)
			}
			for _, counted := range sources {
				if !counted {
					t.Errorf("%s: a shard sends rows\n%s\n%s", name, st.SQL, text)
					break
				}
			}
		}
	}
}

// clusterShards is how many shards a sharded database has.
const clusterShards = 2

// planStep is a step of a plan, with those that it has its rows from.
type planStep struct {
	Type  string `json:"Node Type"`
	Plans []planStep
}

// sources tells of each source of rows whether they are counted, or cut to a
// page, before they are put together with those of others.
func (p planStep) sources(united, counted bool) (all []bool) {
	switch p.Type {
	case "Union":
		united, counted = true, false
	case "Aggregating", "Limit":
		counted = united
	}
	for _, from := range p.Plans {
		all = append(all, from.sources(united, counted)...)
	}
	if len(p.Plans) == 0 {
		all = append(all, counted)
	}
	return all
}

// shardQuestions are the statements of questions of each form.
func shardQuestions(t *testing.T, s *Store) map[string][]query.Statement {
	t.Helper()
	all := map[string][]query.Statement{}
	metrics := []behavior.Metric{
		behavior.MetricVisitors, behavior.MetricSessions, behavior.MetricPageViews, behavior.MetricInteractions, behavior.MetricVisibleTime,
		behavior.MetricBounceRate, behavior.MetricViewsPerSession, behavior.MetricSessionLength, behavior.MetricSessionLengthMedian,
	}
	for _, m := range metrics {
		for _, d := range [][]behavior.Dimension{
			nil, {behavior.DimensionBrowser}, {behavior.DimensionSource}, {behavior.DimensionPath}, {behavior.DimensionPath, behavior.DimensionSource}, {behavior.DimensionTime},
		} {
			for _, of := range []behavior.Dimension{behavior.DimensionCountry, behavior.DimensionChannel, behavior.DimensionEventType} {
				i := behavior.Insight{
					Metrics: []behavior.Metric{m}, Dimensions: d, Limit: 10,
					Range:      behavior.Range{From: noon.Add(-time.Hour), To: noon.Add(time.Hour)},
					Conditions: []behavior.Condition{{Dimension: of, Values: []string{"x"}}},
				}
				if slices.Contains(d, behavior.DimensionTime) {
					i.Interval = behavior.Day
				}
				all[fmt.Sprint(m, " by ", d, " of ", of)] = insightStatements(t, s, i)
			}
		}
	}
	for _, kind := range kinds {
		for name, compile := range map[string]func(q behavior.Query) (query.Statement, error){
			"page":   func(q behavior.Query) (query.Statement, error) { return query.IDs(s.dialect, kind, q) },
			"total":  func(q behavior.Query) (query.Statement, error) { return query.Count(s.dialect, kind, q) },
			"values": func(q behavior.Query) (query.Statement, error) { return query.Values(s.dialect, kind, "id", q) },
		} {
			st, err := compile(behavior.Query{Limit: 10, Filters: []behavior.Filter{{Field: "id", Op: behavior.Greater, Values: []any{int64(0)}}}})
			if err != nil {
				t.Fatal(err)
			}
			all[fmt.Sprint(name, " of ", kind)] = []query.Statement{st}
		}
	}
	return all
}

// insightStatements are the statements of an insight.
func insightStatements(t *testing.T, s *Store, i behavior.Insight) (all []query.Statement) {
	t.Helper()
	in, err := query.NewInsight(i)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Rows(s.dialect, func(st query.Statement, _ func(query.Cursor) error) error {
		all = append(all, st)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}
