package main

import (
	"strings"

	"github.com/userbehavior/behavior"
)

// The three steps of the funnel: the second page comes right after the first in
// the sessions of the large store.
const (
	firstPage, secondPage = "/page/7", "/page/2926"
	lastEvent             = "form_submit"
)

func is(d behavior.Dimension, value string) []behavior.Condition {
	return []behavior.Condition{{Dimension: d, Values: []string{value}}}
}

// threeSteps counts the sessions that saw two pages and then submitted a form.
func threeSteps() behavior.Funnel {
	return behavior.Funnel{
		BySession: true,
		Range:     behavior.Range{From: filledFrom, To: filledFrom.AddDate(0, 0, filledDays)},
		Steps: []behavior.FunnelStep{
			{Kind: behavior.KindPageView, Conditions: is(behavior.DimensionPath, firstPage)},
			{Kind: behavior.KindPageView, Conditions: is(behavior.DimensionPath, secondPage)},
			{Kind: behavior.KindInteraction, Conditions: is(behavior.DimensionEventType, lastEvent)},
		},
	}
}

// threeThings counts the sessions that did the same, in whatever order.
func threeThings() behavior.Insight {
	i := ask(0, nil, behavior.MetricSessions)
	for _, step := range threeSteps().Steps {
		i.Conditions = append(i.Conditions, step.Conditions...)
	}
	return i
}

// funnelSQL is what one would type for threeSteps: schema stands before the
// names of tables, and events is the condition on the events that count.
func funnelSQL(schema, events string) string {
	return strings.NewReplacer("{views}", schema+"page_views", "{interactions}", schema+"interactions", "{events}", events,
		"{first}", firstPage, "{second}", secondPage, "{last}", lastEvent).Replace(`
		WITH a AS (SELECT session, min("timestamp") AS t FROM {views} {events} AND path = '{first}' GROUP BY session),
			b AS (SELECT r.session AS session, min(r."timestamp") AS t FROM (SELECT session, "timestamp" FROM {views} {events} AND path = '{second}') r
				JOIN a ON a.session = r.session WHERE r."timestamp" > a.t GROUP BY r.session),
			c AS (SELECT DISTINCT r.session AS session FROM (SELECT session, "timestamp" FROM {interactions} {events} AND event_type = '{last}') r
				JOIN b ON b.session = r.session WHERE r."timestamp" > b.t)
		SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b), (SELECT count(*) FROM c)`)
}

// windowFunnelSQL is what one would type into ClickHouse: events of one moment
// are in order there.
func windowFunnelSQL(events string) string {
	return strings.NewReplacer("{events}", events, "{first}", firstPage, "{second}", secondPage, "{last}", lastEvent).Replace(`
		SELECT countIf(level >= 1), countIf(level >= 2), countIf(level >= 3) FROM (
			SELECT session, windowFunnel(2592000000000)(toUInt64("timestamp"), what = '{first}', what = '{second}', what = '{last}') AS level FROM (
				SELECT session, "timestamp", path AS what FROM page_views FINAL {events} AND path IN ('{first}', '{second}')
				UNION ALL SELECT session, "timestamp", event_type FROM interactions FINAL {events} AND event_type = '{last}')
			GROUP BY session)`)
}
