package main

import (
	"context"
	"fmt"
	"time"
)

// measureDashboard asks for the dashboard's first view with all its parts.
func measureDashboard(ctx context.Context, p plan) ([]line, error) {
	path, err := p.large(ctx)
	if err != nil {
		return nil, err
	}
	last := filledFrom.AddDate(0, 0, filledDays-1).Format(time.DateOnly)
	var list []page
	for _, span := range []struct{ days, from string }{
		{"30 days", filledFrom.Format(time.DateOnly)},
		{"7 days, compared with the 7 before", filledFrom.AddDate(0, 0, filledDays-7).Format(time.DateOnly)},
	} {
		list = append(list, page{what: fmt.Sprintf("the dashboard with all its parts, %s of %d events", span.days, p.events),
			path: "dashboard/?panels=all&date_range=" + span.from + "," + last})
	}
	took := make([][]float64, len(list))
	if err := throughPages(ctx, path, list, 3, took); err != nil {
		return nil, err
	}
	var lines []line
	for i, view := range list {
		lines = append(lines, line{what: view.what, ours: median(took[i]), unit: "ms"})
	}
	return lines, nil
}
