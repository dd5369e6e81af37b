package storetest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// record is one record with its fields by name, those of its session under
// their prefix, as lists see it: string, int64, bool, time.Time or nil.
type record map[string]any

func sessionRecord(prefix string, s behavior.Session) record {
	r := record{
		"id": s.ID, "session_id": s.SessionID, "user_agent": s.UserAgent, "ip_address": s.IPAddress, "start_time": s.StartTime,
		"end_time": nil, "user_id": nil, "visitor": s.Visitor, "browser": s.Browser, "browser_version": s.BrowserVersion,
		"browser_family": s.BrowserFamily, "os": s.OS, "device": s.Device, "bot": s.Bot, "country": s.Country,
		"language": s.Language, "screen": s.Screen, "referrer": s.Referrer, "source": s.Source, "channel": s.Channel,
		"utm_source": s.UTMSource, "utm_medium": s.UTMMedium, "utm_campaign": s.UTMCampaign, "utm_term": s.UTMTerm,
		"utm_content": s.UTMContent, "entry_path": s.EntryPath, "exit_path": s.ExitPath, "bot_reason": s.BotReason,
	}
	if s.EndTime != nil {
		r["end_time"] = *s.EndTime
	}
	if s.UserID != nil {
		r["user_id"] = *s.UserID
	}
	named := record{}
	for name, value := range r {
		named[prefix+name] = value
	}
	return named
}

func viewRecord(v behavior.PageView) record {
	r := sessionRecord(behavior.SessionPrefix, v.Session)
	for name, value := range (record{
		"id": v.ID, "session": v.Session.ID, "url": v.URL, "timestamp": v.Timestamp, "host": v.Host, "path": v.Path,
		"title": v.Title, "referrer": v.Referrer, "event_key": v.EventKey, "visible_ms": v.Visible.Milliseconds(),
		"scroll_depth": int64(v.ScrollDepth),
	}) {
		r[name] = value
	}
	return r
}

func interactionRecord(i behavior.Interaction) record {
	r := sessionRecord(behavior.SessionPrefix, i.Session)
	for name, value := range (record{
		"id": i.ID, "session": i.Session.ID, "event_type": string(i.EventType), "element": i.Element,
		"metadata": string(i.Metadata), "timestamp": i.Timestamp, "host": i.Host, "path": i.Path,
		"x": int64(i.X), "y": int64(i.Y), "viewport": i.Viewport, "event_key": i.EventKey,
	}) {
		r[name] = value
	}
	return r
}

// recount answers a query over records by going through them one by one: the
// ids of the page and the total.
func recount(records []record, q behavior.Query) (ids []int64, total int) {
	var found []record
	for _, r := range records {
		if r.passes(q.Filters) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b record) int {
		for _, o := range q.Order {
			c := compare(a[o.Field], b[o.Field])
			if o.Desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return compare(a["id"], b["id"])
	})
	total = len(found)
	if q.CountLimit > 0 {
		total = min(total, q.CountLimit+1)
	}
	found = found[min(q.Offset, len(found)):]
	if q.Limit > 0 {
		found = found[:min(q.Limit, len(found))]
	}
	for _, r := range found {
		ids = append(ids, r["id"].(int64))
	}
	return ids, total
}

// compare orders two values of one field; nil comes first.
func compare(a, b any) int {
	if a == nil || b == nil {
		return cmp.Compare(toInt(a != nil), toInt(b != nil))
	}
	switch a := a.(type) {
	case string:
		return strings.Compare(a, b.(string))
	case int64:
		return cmp.Compare(a, b.(int64))
	case bool:
		return cmp.Compare(toInt(a), toInt(b.(bool)))
	default:
		return a.(time.Time).Compare(b.(time.Time))
	}
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// passes tells whether a record passes all filters.
func (r record) passes(filters []behavior.Filter) bool {
	return !slices.ContainsFunc(filters, func(f behavior.Filter) bool { return !r.matches(f) })
}

// matches tells whether a record passes a filter.
func (r record) matches(f behavior.Filter) bool {
	match := slices.ContainsFunc(f.Any, r.matches)
	if len(f.Any) == 0 {
		match = slices.ContainsFunc(f.Values, func(value any) bool { return r.compares(f, value) })
	}
	return match != f.Not
}

// compares tells whether a record's field compares with one value.
func (r record) compares(f behavior.Filter, value any) bool {
	have := r[f.Field]
	if f.Field == "metadata" {
		return comparesMetadata(have.(string), f, value)
	}
	if have == nil || value == nil {
		return f.Op == behavior.Is && have == nil && value == nil
	}
	switch f.Op {
	case behavior.Contains, behavior.StartsWith, behavior.EndsWith:
		if n, ok := have.(int64); ok {
			have = strconv.FormatInt(n, 10)
		}
		return finds(have.(string), f.Op, value.(string))
	case behavior.AtLeast:
		return compare(have, value) >= 0
	case behavior.AtMost:
		return compare(have, value) <= 0
	case behavior.Less:
		return compare(have, value) < 0
	case behavior.Greater:
		return compare(have, value) > 0
	}
	return compare(have, value) == 0
}

// finds compares text without the case of ASCII letters.
func finds(text string, op behavior.Op, part string) bool {
	fold := func(s string) string {
		return strings.Map(func(r rune) rune {
			if 'A' <= r && r <= 'Z' {
				return r + ('a' - 'A')
			}
			return r
		}, s)
	}
	text, part = fold(text), fold(part)
	switch op {
	case behavior.StartsWith:
		return strings.HasPrefix(text, part)
	case behavior.EndsWith:
		return strings.HasSuffix(text, part)
	}
	return strings.Contains(text, part)
}

// comparesMetadata compares a value within a JSON document.
func comparesMetadata(document string, f behavior.Filter, value any) bool {
	if f.Op != behavior.Is && len(f.Path) == 0 {
		return finds(document, f.Op, value.(string))
	}
	at, ok := walk(document, f.Path)
	if !ok {
		return false
	}
	if f.Op != behavior.Is {
		text, ok := at.(string)
		return ok && finds(text, f.Op, value.(string))
	}
	number, ok := at.(json.Number)
	if !ok {
		return at == value
	}
	return sameNumber(number, value)
}

// walk goes down a JSON document along a path.
func walk(document string, path []string) (any, bool) {
	dec := json.NewDecoder(bytes.NewReader([]byte(document)))
	dec.UseNumber()
	var at any
	if err := dec.Decode(&at); err != nil {
		return nil, false
	}
	for _, step := range path {
		ok := false
		switch in := at.(type) {
		case map[string]any:
			at, ok = in[step]
		case []any:
			n, err := strconv.Atoi(step)
			if ok = err == nil && strconv.Itoa(n) == step && 0 <= n && n < len(in); ok {
				at = in[n]
			}
		}
		if !ok {
			return nil, false
		}
	}
	return at, true
}

// sameNumber compares whole numbers as such and others as float64.
func sameNumber(number json.Number, value any) bool {
	switch v := value.(type) {
	case int64:
		if n, err := strconv.ParseInt(number.String(), 10, 64); err == nil {
			return n == v
		}
		if _, err := strconv.ParseUint(number.String(), 10, 64); err == nil {
			return false // larger than any int64
		}
		return asFloat(number) == float64(v)
	case float64:
		return asFloat(number) == v
	}
	return false
}

func asFloat(number json.Number) float64 {
	f, err := number.Float64()
	if err != nil {
		return math.NaN() // no float64 is so large
	}
	return f
}
