// Package behavior tracks, manages and analyses what people do in a web
// application: sessions, page views and interactions.
//
// A [Store] keeps the records; the sub-packages duckdb and, later, others
// open one. A [Tracker] stands in front of it: it checks what comes in, stamps
// the time, derives what can be known from a URL or a user agent, and answers
// only when the record is on disk. Package web serves the whole over HTTP:
//
//	store, err := duckdb.Open(ctx, "behavior.duckdb")
//	tracker, err := behavior.New(store, behavior.Settings{})
//	mux.Handle("/user_behavior/", web.Handler(tracker))
//
// # Vocabulary
//
// A [Session] is one visit of one browser, named by the client's session_id. A
// [PageView] is one page seen during a session. An [Interaction] is one thing
// done on a page: a click, a scroll, a key press and so on, see [EventTypes].
// Deleting a session deletes its page views and interactions.
//
// # Times
//
// All times are in UTC and cut to the microsecond, as they are stored. Days
// are cut in the time zone of [Settings.TimeZone].
package behavior
