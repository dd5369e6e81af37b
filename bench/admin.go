package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
	"github.com/userbehavior/behavior/web"
)

// adminSessions is how many sessions the admin lists here.
const adminSessions = 1_000_000

// page is a page that an owner sees, and the SQL that one would type into the
// engine for what it shows.
type page struct {
	what, path string
	limit      float64 // of the ratio
	sql        []string
}

// adminLists are pages of the list of sessions. Each has its records, how many
// there are, and the most frequent users.
func adminLists() []page {
	const (
		all   = "SELECT count(*) FROM sessions"
		users = "SELECT user_id, count(*) FROM sessions %s GROUP BY user_id ORDER BY count(*) DESC, user_id LIMIT 11"
		some  = "WHERE start_time >= '2025-03-10' AND start_time < '2025-03-11'"
	)
	return []page{
		{"admin: newest 100 of %d sessions, with total and top users", "admin/sessions/?size=100", 2,
			[]string{all, "SELECT * FROM sessions ORDER BY id DESC LIMIT 100", fmt.Sprintf(users, "")}},
		{"admin: one day of %d sessions by user, with totals and top users", "admin/sessions/?size=100&o=6&start_time__date=2025-03-10", 3,
			[]string{all, "SELECT count(*) FROM sessions " + some, "SELECT * FROM sessions " + some + " ORDER BY user_id NULLS FIRST, id DESC LIMIT 100", fmt.Sprintf(users, some)}},
	}
}

// measureAdmin asks for pages of the admin, and the engine for what is on them.
func measureAdmin(ctx context.Context, p plan) ([]line, error) {
	path := filepath.Join(p.dir, "admin.duckdb")
	if err := fillWith(ctx, path, fmt.Sprintf(fillSessions, adminSessions, 6*adminSessions)); err != nil {
		return nil, err
	}
	const times = 30
	pages := adminLists()
	var bareList []question
	for _, page := range pages {
		bareList = append(bareList, question{sql: page.sql})
	}
	ours, bare := make([][]float64, len(pages)), make([][]float64, len(pages))
	for range p.rounds {
		if err := throughPages(ctx, path, pages, times, ours); err != nil {
			return nil, err
		}
		if err := throughSQL(ctx, path, bareList, times, bare); err != nil {
			return nil, err
		}
	}
	var lines []line
	for i, page := range pages {
		l := line{what: fmt.Sprintf(page.what, adminSessions), ours: median(ours[i]), bare: median(bare[i]), unit: "ms", promise: fmt.Sprintf("≤ %g", page.limit)}
		l.holds = l.ours <= page.limit*l.bare
		lines = append(lines, l)
	}
	return lines, nil
}

// throughPages adds the milliseconds of each page to out, rendered as a whole.
func throughPages(ctx context.Context, path string, pages []page, times int, out [][]float64) error {
	store, err := duckdb.Open(ctx, path)
	if err != nil {
		return err
	}
	defer store.Close()
	settings := quiet()
	settings.Identify = func(*http.Request) (behavior.User, error) {
		return behavior.User{ID: "1", Name: "owner", Staff: true, Superuser: true}, nil
	}
	tracker, err := behavior.New(store, settings)
	if err != nil {
		return err
	}
	defer tracker.Close()
	h := web.Handler(tracker)
	for i, page := range pages {
		ms, err := timed(times, func() error {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, tracker.Settings().Prefix+page.path, nil))
			if w.Code != http.StatusOK {
				return fmt.Errorf("%s: status %d", page.path, w.Code)
			}
			return nil
		})
		if err != nil {
			return err
		}
		out[i] = append(out[i], ms...)
	}
	return nil
}
