package clickhouse

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/migrate"
)

// byBrowser counts page views, and who saw them, by browser.
func byBrowser(t *testing.T, s *Store) map[string][]float64 {
	t.Helper()
	rows, err := s.Insight(t.Context(), behavior.Insight{
		Metrics: []behavior.Metric{behavior.MetricPageViews}, Dimensions: []behavior.Dimension{behavior.DimensionBrowser, behavior.DimensionUser},
		Range: behavior.Range{From: noon.Add(-time.Hour), To: noon.Add(time.Hour)},
	})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]float64{}
	for _, row := range rows {
		found[row.Dimensions[0]+" "+row.Dimensions[1]] = row.Metrics
	}
	return found
}

// onShardsToo runs a test on one server and on several shards.
func onShardsToo(t *testing.T, test func(t *testing.T, by protocol)) {
	t.Helper()
	for name, by := range map[string]protocol{"one server": native, "shards": sharded} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, by)
		})
	}
}

// TestMigrationCopies brings a database of the first version up to date: its
// events have the copies then, and change as others do.
func TestMigrationCopies(t *testing.T) { onShardsToo(t, testMigrationCopies) }

func testMigrationCopies(t *testing.T, by protocol) {
	dsn := databaseBy(t, by, t.Name())
	old := openFirstVersion(t, dsn)
	for _, insert := range []string{
		`INSERT INTO @sessions (id, session_id, start_time, browser, user_id, version) SELECT 1, 'a', ?, 'Firefox', 'ann', 10 UNION ALL SELECT 2, 'b', ?, 'Chrome', NULL, 10`,
		`INSERT INTO @page_views (id, session, "timestamp", event_key, version, deleted) SELECT 1, 1, ?, '', 10, 0 UNION ALL SELECT 2, 2, ?, 'k', 10, 0`,
		`INSERT INTO @page_views (id, session, "timestamp", event_key, version, deleted) SELECT 3, 2, ?, 'gone', 10, 0 UNION ALL SELECT 3, 2, ?, 'gone', 12, 1`,
		`INSERT INTO @interactions (id, session, "timestamp", version) SELECT 1, 1, ?, 10 UNION ALL SELECT 2, 1, ?, 10`,
	} {
		if _, err := old.db.ExecContext(t.Context(), strings.ReplaceAll(insert, "@", old.dialect.Schema), noon.UnixMicro(), noon.UnixMicro()); err != nil {
			t.Fatal(err)
		}
	}
	s := openStore(t, dsn, Options{Migrate: true})
	want := map[string][]float64{"Firefox ann": {1}, "Chrome ": {1}}
	if diff := cmp.Diff(want, byBrowser(t, s)); diff != "" {
		t.Errorf("after the migration (-want +got):\n%s", diff)
	}
	var copies uint64
	err := s.db.QueryRowContext(t.Context(), `SELECT countIf(session__browser = 'Firefox' AND session__user_id = 'ann') FROM `+s.layout.whole("interactions")).Scan(&copies)
	if err != nil || copies != 2 {
		t.Errorf("%d interactions have copies, want 2; error %v", copies, err)
	}
	if _, err := s.UpdateSession(t.Context(), 2, func(s *behavior.Session) error { s.Browser = "Safari"; return nil }); err != nil {
		t.Fatal(err)
	}
	want = map[string][]float64{"Firefox ann": {1}, "Safari ": {1}}
	if diff := cmp.Diff(want, byBrowser(t, s)); diff != "" {
		t.Errorf("after a change (-want +got):\n%s", diff)
	}
}

// openFirstVersion makes the tables of the first version, and connects to them.
func openFirstVersion(t *testing.T, dsn string) *Store {
	t.Helper()
	options := Options{}
	config, err := parse(dsn, &options)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newStore(config, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	text, err := migrations.ReadFile("migrations/0001_records.sql")
	if err != nil {
		t.Fatal(err)
	}
	versions := migrate.ClickHouse(s.layout.database, s.layout.onCluster(), s.layout.plain(migrate.Table))
	first := fstest.MapFS{"0001_records.sql": {Data: text}}
	if err := migrate.Up(t.Context(), s.db, versions, migrate.Filled{FS: first, Fill: s.layout.fill}); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestCopyOfAnotherTime has a process store an event of a session by what it knew
// before another process changed it: it counts as the session is now.
func TestCopyOfAnotherTime(t *testing.T) { onShardsToo(t, testCopyOfAnotherTime) }

func testCopyOfAnotherTime(t *testing.T, by protocol) {
	dsn := databaseBy(t, by, t.Name())
	s := openStore(t, dsn, Options{Migrate: true})
	appendRows(t, s, session("a"), view("a", "/"))
	late := view("a", "/late").PageView
	late.ID, late.Session = 1000, behavior.Session{ID: 1, Browser: ""}
	stale := []step{{kind: behavior.KindPageView, changes: []change{{after: behavior.Row{PageView: late}}}}}

	other := openStore(t, dsn, Options{})
	if _, err := other.UpdateSession(t.Context(), 1, func(s *behavior.Session) error { s.Browser = "Safari"; return nil }); err != nil {
		t.Fatal(err)
	}
	err := s.write(t.Context(), "store", func(ctx context.Context, w *writer) error { return w.storeAll(ctx, stale) })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]float64{"Safari ": {2}}, byBrowser(t, s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMarks marks a session once for each copied field that changes, before it
// is stored, and for nothing else.
func TestMarks(t *testing.T) {
	t.Parallel()
	was := behavior.Session{ID: 7, Visitor: "v", Country: "DE"}
	is := was
	user := "ann"
	is.UserID, is.Visitor, is.ExitPath = &user, user, "/out"
	moved := was
	moved.ExitPath = "/out"
	steps := []step{{kind: behavior.KindSession, changes: []change{
		{after: behavior.Row{Session: &is}},
		{before: behavior.Row{Session: &was}, after: behavior.Row{Session: &moved}},
		{before: behavior.Row{Session: &was}, after: behavior.Row{Session: &is}},
		{before: behavior.Row{Session: &was}},
	}}}
	want := []mark{{"user_id", 7}, {"visitor", 7}}
	if diff := cmp.Diff(want, marks(steps), cmp.AllowUnexported(mark{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
