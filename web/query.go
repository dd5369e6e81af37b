package web

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// query answers questions about what happened, as JSON or CSV.
func (h *handler) query(w http.ResponseWriter, r *http.Request) error {
	return h.question(w, r, endpoint{path: "query/", describe: describeQuery}, h.ask)
}

// question serves an address for one kind of questions, which ask answers.
// Whoever may see the report may ask.
func (h *handler) question(w http.ResponseWriter, r *http.Request, e endpoint, ask func(*http.Request) (answer, error)) error {
	e.permission = h.settings.ReportPermission
	e.serve = map[string]func(*http.Request) (answer, error){http.MethodGet: ask, http.MethodPost: ask}
	w.Header().Set("Allow", strings.Join(e.allowed(), ", "))
	w.Header().Set("Vary", "Accept, Cookie")
	w.Header().Set("Cache-Control", "no-store")
	a := h.outcome(e, r, nil)
	if found, ok := a.body.(csvWriter); ok && wantsCSV(r) {
		return found.writeCSV(w)
	}
	return writeJSON(w, a, 0)
}

// csvWriter is an answer that can also be a table.
type csvWriter interface {
	writeCSV(w http.ResponseWriter) error
}

// wantsCSV reports whether the client asks for CSV, by ?format=csv or else by
// what it accepts first.
func wantsCSV(r *http.Request) bool {
	if format := r.URL.Query().Get("format"); format != "" {
		return format == "csv"
	}
	first, _, _ := strings.Cut(r.Header.Get("Accept"), ",")
	kind, _, err := mime.ParseMediaType(first)
	return err == nil && kind == "text/csv"
}

// ask reads a question, answers it and what it is to be compared with.
func (h *handler) ask(r *http.Request) (answer, error) {
	fields, err := queryFieldsOf(r, queryFieldNames)
	if err != nil {
		return answer{}, err
	}
	q, err := h.readQuery(r.Context(), fields)
	if err != nil {
		return answer{}, err
	}
	found, err := h.answer(r.Context(), q)
	return answer{body: found}, err
}

// answer asks the tracker all that a query wants to know.
func (h *handler) answer(ctx context.Context, q *insightQuery) (*queryAnswer, error) {
	a := &queryAnswer{query: q}
	var err error
	if a.rows, err = h.tracker.Insight(ctx, q.insight); err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	if q.compare != nil {
		if a.compared, err = h.tracker.Compare(ctx, q.insight, a.rows, *q.compare); err != nil {
			return nil, fmt.Errorf("query: compare: %w", err)
		}
	}
	if q.totals {
		if a.total, a.totalCompared, err = h.total(ctx, q); err != nil {
			return nil, fmt.Errorf("query: totals: %w", err)
		}
	}
	return a, nil
}

// total answers a query without its dimensions.
func (h *handler) total(ctx context.Context, q *insightQuery) (figures, compared []float64, err error) {
	i := q.insight
	i.Dimensions, i.Interval, i.Order, i.Limit, i.Offset = nil, "", nil, 0, 0
	rows, err := h.tracker.Insight(ctx, i)
	if err != nil {
		return nil, nil, err
	}
	if q.compare == nil {
		return rows[0].Metrics, nil, nil
	}
	with, err := h.tracker.Compare(ctx, i, rows, *q.compare)
	if err != nil {
		return nil, nil, err
	}
	return rows[0].Metrics, with[0], nil
}

// insightQuery is a question as it was read.
type insightQuery struct {
	insight     behavior.Insight
	compare     *behavior.Range // nil: nothing
	totals      bool
	definitions bool
}

// rangeText is a range as the answer tells it.
func rangeText(r behavior.Range) []string {
	return []string{r.From.Format(time.RFC3339), r.To.Format(time.RFC3339)}
}
