package main

import (
	"database/sql"
	"math"
	"path/filepath"
	"testing"

	"github.com/userbehavior/behavior/duckdb"
)

// TestInsightsAreWhatIsTyped compares the answers of the library with those of
// the SQL that measureInsights sets beside it: else it would compare two
// different questions.
func TestInsightsAreWhatIsTyped(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "large.duckdb")
	if err := fill(t.Context(), path, 100_000); err != nil {
		t.Fatal(err)
	}
	var ours [][][]float64
	store, err := duckdb.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range insights() {
		rows, err := a.of(t.Context(), store)
		if err != nil {
			t.Fatalf("%s: %v", a.what, err)
		}
		var figures [][]float64
		for _, row := range rows {
			figures = append(figures, row.Metrics)
		}
		ours = append(ours, figures)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for i, a := range insights() {
		typed := typedFigures(t, db, a)
		if len(typed) == 0 || len(typed) != len(ours[i]) {
			t.Errorf("%s: %d rows, and %d of what is typed", a.what, len(ours[i]), len(typed))
			continue
		}
		for row := range typed {
			for j, want := range typed[row] {
				if got := ours[i][row][j]; math.Abs(got-want) > 1e-9*math.Abs(want) {
					t.Errorf("%s: row %d has %v, and %v in what is typed", a.what, row, ours[i][row], typed[row])
					break
				}
			}
		}
	}
}

// typedFigures are the figures of the rows of what is typed: all columns but
// those of the dimensions.
func typedFigures(t *testing.T, db *sql.DB, a asked) [][]float64 {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), a.sql)
	if err != nil {
		t.Fatalf("%s: %v", a.what, err)
	}
	defer rows.Close()
	var all [][]float64
	for rows.Next() {
		figures := make([]float64, len(a.insight.Metrics)+len(a.funnel.Steps))
		var targets []any
		for range a.insight.Dimensions {
			targets = append(targets, new(any))
		}
		for i := range figures {
			targets = append(targets, &figures[i])
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatalf("%s: %v", a.what, err)
		}
		all = append(all, figures)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
