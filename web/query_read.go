package web

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// queryFields are the parts of a question by their names, as JSON.
type queryFields map[string]json.RawMessage

// queryFieldNames are the parts that there are. "f" is short for "filters" in
// an address.
var queryFieldNames = []string{
	"metrics", "date_range", "dimensions", "interval", "timezone", "filters", "order_by", "include", "pagination", "bots",
}

// queryFieldsOf reads the parts of a question, of which there are those of names:
// those of the object that a POST carries, or the parameters of a GET.
func queryFieldsOf(r *http.Request, names []string) (queryFields, error) {
	if r.Method != http.MethodPost {
		return fieldsOfParameters(parametersOf(r), names)
	}
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read query: %w", err)
	}
	var fields queryFields
	if err := json.Unmarshal(content, &fields); err != nil || fields == nil {
		return nil, detail(http.StatusBadRequest, "The body must be a JSON object of "+strings.Join(names, ", ")+".")
	}
	wrong := behavior.Invalid{}
	for name := range fields {
		if !slices.Contains(names, name) {
			wrong[name] = []string{"There is no such part of the question. There are " + strings.Join(names, ", ") + "."}
		}
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return fields, nil
}

// parameterParts are the parts that parameters of other names belong to.
var parameterParts = map[string]string{
	"compare": "include", "totals": "include", "definitions": "include", "limit": "pagination", "offset": "pagination",
	"f": "filters", "step": "steps",
}

// fieldsOfParameters makes JSON of the parameters of an address, for the parts
// that there are: lists are written with commas, filters as JSON or with "f",
// steps of a funnel as JSON or with "step".
func fieldsOfParameters(params url.Values, names []string) (queryFields, error) {
	fields, include, page := queryFields{}, map[string]any{}, map[string]any{}
	wrong := behavior.Invalid{}
	for name, values := range params {
		value := values[len(values)-1]
		if name != "format" && !slices.Contains(names, cmp.Or(parameterParts[name], name)) {
			wrong[name] = []string{"There is no such parameter."}
			continue
		}
		switch name {
		case "metrics", "dimensions":
			fields[name] = jsonOf(strings.Split(value, ","))
		case "date_range", "interval", "timezone", "bots", "count", "within":
			fields[name] = jsonOf(value)
		case "filters", "steps":
			fields[name] = json.RawMessage(value)
		case "order_by":
			fields[name] = jsonOf(orderOfText(value))
		case "compare":
			include["comparisons"] = comparisonOfText(value)
		case "totals", "definitions":
			include[name] = value != "false" && value != "0"
		case "limit", "offset":
			page[name] = json.Number(value)
			if _, err := strconv.Atoi(value); err != nil {
				wrong[name] = []string{"A valid integer is required."}
			}
		}
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	if len(include) > 0 {
		fields["include"] = jsonOf(include)
	}
	if len(page) > 0 {
		fields["pagination"] = jsonOf(page)
	}
	fields, err := fields.withShortSteps(params["step"])
	if err != nil {
		return nil, err
	}
	return fields.withShortFilters(params["f"])
}

// jsonOf writes what cannot fail to be written.
func jsonOf(value any) json.RawMessage {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err) // texts, lists of them and numbers
	}
	return raw
}

// orderOfText reads "visitors:desc,path".
func orderOfText(text string) [][2]string {
	var order [][2]string
	for part := range strings.SplitSeq(text, ",") {
		name, direction, ok := strings.Cut(part, ":")
		if !ok {
			direction = "asc"
		}
		order = append(order, [2]string{name, direction})
	}
	return order
}

// comparisonOfText reads the name of a comparison, or a range.
func comparisonOfText(text string) map[string]any {
	switch text {
	case "previous_period", "year_over_year":
		return map[string]any{"mode": text}
	case "year_over_year_weekday":
		return map[string]any{"mode": "year_over_year", "match_day_of_week": true}
	}
	return map[string]any{"mode": "custom", "date_range": text}
}

// withShortFilters adds filters in their short form, "is,country,DE,BR": an
// operator, a dimension and values, in which commas are written %2C once more.
func (fields queryFields) withShortFilters(short []string) (queryFields, error) {
	if len(short) == 0 {
		return fields, nil
	}
	var all []json.RawMessage
	if fields["filters"] != nil && json.Unmarshal(fields["filters"], &all) != nil {
		return nil, behavior.Invalid{"filters": {filtersHint}}
	}
	for _, text := range short {
		parts := strings.Split(text, ",")
		if len(parts) < 3 {
			return nil, behavior.Invalid{"f": {"A filter is an operator, a dimension and values: is,country,DE."}}
		}
		var values []string
		for _, part := range parts[2:] {
			value, err := url.PathUnescape(part)
			if err != nil {
				return nil, behavior.Invalid{"f": {"A % in a value is written %25, a comma %2C."}}
			}
			values = append(values, value)
		}
		all = append(all, jsonOf([]any{parts[0], parts[1], values}))
	}
	fields["filters"] = jsonOf(all)
	return fields, nil
}

// queryReader reads the parts of a question and gathers what is wrong.
type queryReader struct {
	insightQuery
	now   time.Time
	since func() (time.Time, error)
	wrong behavior.Invalid
	err   error // other than the client's
}

func (h *handler) newQueryReader(ctx context.Context) queryReader {
	return queryReader{now: h.settings.Now(), wrong: behavior.Invalid{}, since: func() (time.Time, error) { return h.tracker.Since(ctx) }}
}

// readQuery reads a question.
func (h *handler) readQuery(ctx context.Context, fields queryFields) (*insightQuery, error) {
	q := h.newQueryReader(ctx)
	q.insight.Limit = defaultQueryLimit
	zone := q.zone(fields["timezone"], h.settings.TimeZone)
	q.insight.Metrics = names[behavior.Metric](&q, "metrics", fields["metrics"], metricAliases)
	q.dimensions(fields["dimensions"])
	q.insight.Range = q.span("date_range", fields["date_range"], zone)
	q.interval(fields["interval"])
	q.insight.Conditions = q.conditions(fields["filters"])
	q.order(fields["order_by"])
	q.include(fields["include"], zone)
	q.page(fields["pagination"])
	q.insight.Bots = q.bots(fields["bots"])
	if q.err != nil {
		return nil, fmt.Errorf("query: %w", q.err)
	}
	if len(q.wrong) > 0 {
		return nil, q.wrong
	}
	return &q.insightQuery, q.insight.Check()
}

// add notes what is wrong with a part.
func (q *queryReader) add(part, format string, args ...any) {
	q.wrong[part] = append(q.wrong[part], fmt.Sprintf(format, args...))
}

// read reads a part into what it should be; nothing where it is not there.
func (q *queryReader) read(part string, raw json.RawMessage, into any, hint string) bool {
	if raw == nil || bytes.Equal(raw, []byte("null")) {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil || d.More() {
		q.add(part, "%s", hint)
		return false
	}
	return true
}

// names reads a list of names, some of which are known by others.
func names[T ~string](q *queryReader, part string, raw json.RawMessage, aliases map[string]T) []T {
	var list []string
	if !q.read(part, raw, &list, "A list of names is needed, for example [\"visitors\"].") {
		return nil
	}
	var out []T
	for _, name := range list {
		out = append(out, nameOf(name, aliases))
	}
	return out
}

func nameOf[T ~string](name string, aliases map[string]T) T {
	if known, ok := aliases[name]; ok {
		return known
	}
	return T(name)
}

// zone reads a time zone; without one it is the site's.
func (q *queryReader) zone(raw json.RawMessage, site *time.Location) *time.Location {
	name := ""
	if !q.read("timezone", raw, &name, "A time zone is a name, for example \"Europe/Berlin\".") {
		return site
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		q.add("timezone", "There is no time zone %q.", name)
		return site
	}
	return zone
}

// span reads a range: a name, or a list of two dates.
func (q *queryReader) span(part string, raw json.RawMessage, zone *time.Location) behavior.Range {
	name, dates := "7d", []string(nil)
	if raw != nil && json.Unmarshal(raw, &dates) == nil && len(dates) == 2 {
		name = strings.Join(dates, ",")
	} else if raw != nil && !q.read(part, raw, &name, "A range is a name, for example \"7d\", or a list of two dates.") {
		return behavior.Range{}
	}
	var since time.Time
	if name == "all" {
		if since, q.err = q.since(); q.err != nil {
			return behavior.Range{}
		}
	}
	r, err := behavior.ParseRange(name, q.now, since, zone)
	if err != nil {
		q.add(part, "%s.", err)
	}
	return r
}

// interval reads the length of steps; "time" without one gets what suits the range.
func (q *queryReader) interval(raw json.RawMessage) {
	name := ""
	switch {
	case q.read("interval", raw, &name, "An interval is minute, hour, day, week or month."):
		q.insight.Interval = behavior.Interval(name)
	case q.insight.Interval == "" && slices.Contains(q.insight.Dimensions, behavior.DimensionTime):
		q.insight.Interval = q.insight.Range.BestInterval()
	}
}

// order reads pairs of a name and a direction.
func (q *queryReader) order(raw json.RawMessage) {
	var pairs [][]string
	if !q.read("order_by", raw, &pairs, orderHint) {
		return
	}
	for _, pair := range pairs {
		if len(pair) != 2 || pair[1] != "asc" && pair[1] != "desc" {
			q.add("order_by", orderHint)
			return
		}
		o := behavior.InsightOrder{Desc: pair[1] == "desc"}
		if m := nameOf(pair[0], metricAliases); slices.Contains(q.insight.Metrics, m) {
			o.Metric = m
		} else {
			o.Dimension, _ = dimensionOf(pair[0])
		}
		q.insight.Order = append(q.insight.Order, o)
	}
}

const orderHint = `An order is a list of pairs, for example [["visitors", "desc"]].`

// queryInclude is what else the answer is to have.
type queryInclude struct {
	Totals      bool `json:"totals"`
	Definitions bool `json:"definitions"`
	Comparisons *struct {
		Mode           string          `json:"mode"`
		DateRange      json.RawMessage `json:"date_range"`
		MatchDayOfWeek bool            `json:"match_day_of_week"`
	} `json:"comparisons"`
}

func (q *queryReader) include(raw json.RawMessage, zone *time.Location) {
	var in queryInclude
	if !q.read("include", raw, &in, `What to include is an object of "totals", "definitions" and "comparisons", for example {"totals": true, "comparisons": {"mode": "previous_period"}}.`) {
		return
	}
	q.totals, q.definitions = in.Totals, in.Definitions
	if in.Comparisons == nil || len(q.wrong) > 0 {
		return
	}
	var with behavior.Range
	switch in.Comparisons.Mode {
	case "previous_period":
		with = q.insight.Range.Previous()
	case "year_over_year":
		with = q.insight.Range.YearBefore(in.Comparisons.MatchDayOfWeek)
	case "custom":
		with = q.span("include", in.Comparisons.DateRange, zone)
	default:
		q.add("include", "A comparison is previous_period, year_over_year or custom.")
	}
	q.compare = &with
}

// The bounds of a page.
const (
	defaultQueryLimit = 10_000
	maxQueryLimit     = 100_000
)

func (q *queryReader) page(raw json.RawMessage) {
	page := struct {
		Limit  *int `json:"limit"`
		Offset int  `json:"offset"`
	}{}
	if !q.read("pagination", raw, &page, `A page is an object of "limit" and "offset", for example {"limit": 100, "offset": 0}.`) {
		return
	}
	if page.Limit != nil {
		q.insight.Limit = *page.Limit
	}
	if q.insight.Limit < 1 || q.insight.Limit > maxQueryLimit {
		q.add("pagination", "A limit is from 1 to %d.", maxQueryLimit)
	}
	q.insight.Offset = page.Offset
}

func (q *queryReader) bots(raw json.RawMessage) behavior.Bots {
	name := ""
	if !q.read("bots", raw, &name, botsHint) {
		return behavior.WithoutBots
	}
	ways := map[string]behavior.Bots{"without": behavior.WithoutBots, "with": behavior.WithBots, "only": behavior.OnlyBots}
	way, ok := ways[name]
	if !ok {
		q.add("bots", botsHint)
	}
	return way
}

const botsHint = "Bots are counted without, with or only."
