package web

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// funnel tells how many took some steps in their order, as JSON or CSV.
func (h *handler) funnel(w http.ResponseWriter, r *http.Request) error {
	return h.question(w, r, endpoint{path: "query/funnel/", describe: describeFunnel}, h.askFunnel)
}

// askFunnel reads a funnel and answers it.
func (h *handler) askFunnel(r *http.Request) (answer, error) {
	fields, err := queryFieldsOf(r, funnelFieldNames)
	if err != nil {
		return answer{}, err
	}
	q, err := h.readFunnel(r.Context(), fields)
	if err != nil {
		return answer{}, err
	}
	counts, err := h.tracker.Funnel(r.Context(), q.funnel)
	if err != nil {
		return answer{}, fmt.Errorf("funnel: %w", err)
	}
	return answer{body: &funnelAnswer{funnelQuery: *q, counts: counts}}, nil
}

// funnelFieldNames are the parts of a funnel.
var funnelFieldNames = []string{"steps", "date_range", "timezone", "filters", "within", "count", "bots"}

// funnelQuery is a funnel as it was read.
type funnelQuery struct {
	funnel behavior.Funnel
	labels []string // of the steps
	within string   // as it was given; empty: no limit
}

// readFunnel reads a funnel.
func (h *handler) readFunnel(ctx context.Context, fields queryFields) (*funnelQuery, error) {
	q := h.newQueryReader(ctx)
	zone := q.zone(fields["timezone"], h.settings.TimeZone)
	var f funnelQuery
	f.funnel.Steps, f.labels = q.steps(fields["steps"])
	f.funnel.Range = q.span("date_range", fields["date_range"], zone)
	f.funnel.Conditions = q.conditions(fields["filters"])
	f.funnel.Within, f.within = q.duration("within", fields["within"])
	f.funnel.BySession = q.bySession(fields["count"])
	f.funnel.Bots = q.bots(fields["bots"])
	if q.err != nil {
		return nil, fmt.Errorf("funnel: %w", q.err)
	}
	if len(q.wrong) > 0 {
		return nil, q.wrong
	}
	return &f, f.funnel.Check()
}

// stepKinds are what takes a step.
var stepKinds = map[string]behavior.Kind{"page_view": behavior.KindPageView, "interaction": behavior.KindInteraction}

const stepsHint = `Steps are a list of objects of "of" (page_view or interaction), "filters" and "label", ` +
	`for example [{"of": "page_view", "filters": [["is", "path", ["/pricing"]]]}, {"of": "interaction", "label": "Sent"}].`

// steps reads the steps of a funnel and what they are called.
func (q *queryReader) steps(raw json.RawMessage) (steps []behavior.FunnelStep, labels []string) {
	var list []struct {
		Of      string          `json:"of"`
		Label   string          `json:"label"`
		Filters json.RawMessage `json:"filters"`
	}
	if !q.read("steps", raw, &list, stepsHint) {
		q.once("steps", stepsHint)
		return nil, nil
	}
	if len(list) > behavior.MaxFunnelSteps {
		q.add("steps", "A funnel has %d steps at most.", behavior.MaxFunnelSteps)
		return nil, nil
	}
	for n, one := range list {
		kind, ok := stepKinds[one.Of]
		if !ok {
			q.add("steps", "Step %d: It is of a page_view or an interaction, not of %q.", n+1, one.Of)
		}
		if one.Label == "" {
			one.Label = "Step " + strconv.Itoa(n+1)
		}
		inner := queryReader{wrong: behavior.Invalid{}}
		steps = append(steps, behavior.FunnelStep{Kind: kind, Conditions: inner.conditions(one.Filters)})
		for _, message := range inner.wrong["filters"] {
			q.add("steps", "Step %d: %s", n+1, message)
		}
		labels = append(labels, one.Label)
	}
	return steps, labels
}

// durationText is a number of seconds, minutes, hours or days.
var durationText = regexp.MustCompile(`^([1-9][0-9]{0,5})([smhd])$`)

const durationHint = `A time is a number of seconds, minutes, hours or days, for example "90s", "30m", "12h" or "7d".`

// duration reads how long something may take.
func (q *queryReader) duration(part string, raw json.RawMessage) (d time.Duration, text string) {
	if !q.read(part, raw, &text, durationHint) {
		return 0, ""
	}
	found := durationText.FindStringSubmatch(text)
	if found == nil {
		q.add(part, durationHint)
		return 0, ""
	}
	n, _ := strconv.Atoi(found[1]) // digits
	unit := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[found[2]]
	if n > int(math.MaxInt64/unit) {
		q.add(part, "%s is too long a time.", text)
		return 0, ""
	}
	return time.Duration(n) * unit, text
}

// countWords are what can be counted; the first is, where nothing is said.
var countWords = []string{"visitors", "sessions"}

// bySession reads what is counted.
func (q *queryReader) bySession(raw json.RawMessage) bool {
	const hint = "What is counted is visitors or sessions."
	word := countWords[0]
	if q.read("count", raw, &word, hint) && !slices.Contains(countWords, word) {
		q.add("count", hint)
	}
	return word == "sessions"
}

// funnelAnswer is the answer to a funnel.
type funnelAnswer struct {
	funnelQuery
	counts []int
}

// funnelStepJSON is one step of the answer. Shares are in percent, null of nothing.
type funnelStepJSON struct {
	Label      string     `json:"label"`
	Count      int        `json:"count"`
	OfFirst    numberJSON `json:"of_first"`
	OfPrevious numberJSON `json:"of_previous"`
	Lost       int        `json:"lost"` // since the step before
}

// funnelMetaJSON tells what the numbers are of.
type funnelMetaJSON struct {
	metaJSON
	Count      string  `json:"count"`
	Within     *string `json:"within"`
	Definition string  `json:"definition"`
}

func (a *funnelAnswer) steps() []funnelStepJSON {
	share := func(n, of int) numberJSON { return numberJSON(100 * float64(n) / float64(of)) }
	var steps []funnelStepJSON
	for n, count := range a.counts {
		before := a.counts[max(0, n-1)]
		steps = append(steps, funnelStepJSON{a.labels[n], count, share(count, a.counts[0]), share(count, before), before - count})
	}
	return steps
}

// counted is the word for what is counted.
func (f *funnelQuery) counted() string {
	if f.funnel.BySession {
		return "sessions"
	}
	return "visitors"
}

// definition says what the numbers mean.
func (f *funnelQuery) definition() string {
	text := "Visitors who took the steps in this order, also in several sessions."
	if f.funnel.BySession {
		text = "Sessions in which the steps were taken in this order."
	}
	text += " Each step is later than the one before; what happens in between does not matter."
	if f.within != "" {
		text += " All are taken within " + f.within + " of the first."
	}
	if !f.funnel.BySession {
		_, visitor, _ := strings.Cut(behavior.MetricVisitors.Definition(), ". ")
		text += " " + visitor
	}
	return text
}

// MarshalJSON writes the answer.
func (a *funnelAnswer) MarshalJSON() ([]byte, error) {
	meta := funnelMetaJSON{metaJSON: newMeta(a.funnel.Range, a.funnel.Bots), Count: a.counted(), Definition: a.definition()}
	if a.within != "" {
		meta.Within = &a.within
	}
	return json.Marshal(struct {
		Results []funnelStepJSON `json:"results"`
		Meta    funnelMetaJSON   `json:"meta"`
	}{a.steps(), meta})
}

// writeCSV answers with a table of the steps.
func (a *funnelAnswer) writeCSV(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+fileName("funnel", a.funnel.Range)+`"`)
	table := bufio.NewWriter(w)
	_ = csvLine(table, []string{"step", "label", "count", "of_first", "of_previous", "lost"}) // Flush tells what goes wrong
	for n, s := range a.steps() {
		cells := append([]string{strconv.Itoa(n + 1), csvCell(s.Label), strconv.Itoa(s.Count)}, csvFigures([]float64{float64(s.OfFirst), float64(s.OfPrevious)})...)
		_ = csvLine(table, append(cells, strconv.Itoa(s.Lost)))
	}
	return table.Flush()
}
