package storetest

import (
	"context"
	"time"

	"github.com/userbehavior/behavior"
)

// Calls are one call of each method of a store but Close, by the method's name.
// All of them succeed in a store that has a session "a", a page view and an
// interaction, each with the id 1. They leave these as they are; Append adds a
// page view.
func Calls(s behavior.Store) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"Append": func(ctx context.Context) error { return put(ctx, s, newView("a", "/called")) },
		"Sessions": func(ctx context.Context) error {
			_, _, err := s.Sessions(ctx, behavior.Query{})
			return err
		},
		"PageViews": func(ctx context.Context) error {
			_, _, err := s.PageViews(ctx, behavior.Query{Limit: 10})
			return err
		},
		"Interactions": func(ctx context.Context) error {
			_, _, err := s.Interactions(ctx, behavior.Query{})
			return err
		},
		"Values": func(ctx context.Context) error {
			_, err := s.Values(ctx, behavior.KindSession, "browser", behavior.Query{})
			return err
		},
		"Insight": func(ctx context.Context) error {
			_, err := s.Insight(ctx, behavior.Insight{Metrics: behavior.Metrics(), Range: oneDay})
			return err
		},
		"Funnel": func(ctx context.Context) error {
			_, err := s.Funnel(ctx, behavior.Funnel{Steps: []behavior.FunnelStep{sees("/"), does("click")}, Range: oneDay})
			return err
		},
		"UpdateSession": func(ctx context.Context) error {
			_, err := s.UpdateSession(ctx, 1, func(*behavior.Session) error { return nil })
			return err
		},
		"UpdatePageView": func(ctx context.Context) error {
			_, err := s.UpdatePageView(ctx, 1, func(*behavior.PageView) error { return nil })
			return err
		},
		"UpdateInteraction": func(ctx context.Context) error {
			_, err := s.UpdateInteraction(ctx, 1, func(*behavior.Interaction) error { return nil })
			return err
		},
		"Delete": func(ctx context.Context) error {
			_, err := s.Delete(ctx, behavior.KindPageView, []int64{1e6})
			return err
		},
		"Report": func(ctx context.Context) error {
			_, err := s.Report(ctx, behavior.LastDays(7, start, time.UTC))
			return err
		},
		"Salt": func(ctx context.Context) error {
			_, err := s.Salt(ctx, start, []byte("fresh"))
			return err
		},
		"Ping": func(ctx context.Context) error { return s.Ping(ctx) },
	}
}
