package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// comparison compares one expected response with a reply.
type comparison struct {
	base  string
	names map[string]string // known before
	bound map[string]string // learnt from this reply
	diffs []string
}

func compare(want expected, got reply, base string, names map[string]string) *comparison {
	c := &comparison{base: base, names: names, bound: make(map[string]string)}
	if want.Status != 0 && want.Status != got.status {
		c.differ("status", want.Status, fmt.Sprintf("%d %s", got.status, got.body))
	}
	for name, value := range want.Headers {
		c.header(name, value, got)
	}
	switch text := string(want.Body); text {
	case "", "null":
	case `""`:
		if len(got.body) > 0 {
			c.differ("body", "none", string(got.body))
		}
	default:
		c.body(want, got.body)
	}
	return c
}

func (c *comparison) differ(where string, want, got any) {
	c.diffs = append(c.diffs, fmt.Sprintf("%s: expected %v, got %v", where, want, got))
}

func (c *comparison) header(name string, want *string, got reply) {
	values, ok := got.header[http1(name)]
	value, where := strings.Join(values, ", "), "header "+name
	if want == nil || !ok {
		if ok != (want != nil) {
			c.differ(where, want, value)
		}
		return
	}
	same := false
	switch name {
	case "Allow":
		same = slices.Equal(words(*want), words(value))
	case "Vary":
		same = !slices.ContainsFunc(words(*want), func(w string) bool { return !slices.Contains(words(value), w) })
	case "Content-Type":
		same = strings.EqualFold(strings.ReplaceAll(*want, " ", ""), strings.ReplaceAll(value, " ", ""))
	case "Location":
		link := c.link(*want)
		same = link == value || link == strings.Replace(value, c.base, "", 1)
	default:
		c.text(where, *want, numberOr(value))
		return
	}
	if !same {
		c.differ(where, *want, value)
	}
}

// http1 is the name of a header as net/http keeps it.
func http1(name string) string {
	if name == "WWW-Authenticate" {
		return "Www-Authenticate"
	}
	return name
}

func words(list string) []string {
	var all []string
	for w := range strings.SplitSeq(strings.ToLower(list), ",") {
		if w = strings.TrimSpace(w); w != "" {
			all = append(all, w)
		}
	}
	slices.Sort(all)
	return all
}

func numberOr(text string) any {
	if _, err := strconv.Atoi(text); err == nil {
		return json.Number(text)
	}
	return text
}

func (c *comparison) body(want expected, got []byte) {
	actual, err := decode(got)
	if err != nil {
		c.differ("body", string(want.Body), string(got))
		return
	}
	exp, err := decode(want.Body)
	if err != nil {
		c.differ("scenario", "JSON", err)
		return
	}
	c.value("body", exp, actual)
	for where, keys := range want.BodyKeys {
		if found := keysOf(got, where == "results[0]"); !slices.Equal(keys, found) {
			c.differ("order of keys at "+where, keys, found)
		}
	}
}

func decode(text []byte) (value any, err error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	err = dec.Decode(&value)
	return value, err
}

// keysOf lists the keys of an object in their order, or those of its first result.
func keysOf(text []byte, ofResult bool) []string {
	if ofResult {
		var list struct{ Results []json.RawMessage }
		if json.Unmarshal(text, &list) != nil || len(list.Results) == 0 {
			return nil
		}
		text = list.Results[0]
	}
	var keys []string
	dec := json.NewDecoder(bytes.NewReader(text))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return nil
	}
	for dec.More() {
		key, err := dec.Token()
		var skipped json.RawMessage
		if err != nil || dec.Decode(&skipped) != nil {
			return nil
		}
		keys = append(keys, key.(string))
	}
	return keys
}

func (c *comparison) value(where string, want, got any) {
	switch want := want.(type) {
	case string:
		c.text(where, want, got)
	case map[string]any:
		c.object(where, want, got)
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			c.differ(where, want, got)
			return
		}
		for i := range want {
			c.value(fmt.Sprintf("%s[%d]", where, i), want[i], list[i])
		}
	case json.Number:
		if n, ok := got.(json.Number); !ok || !sameNumber(want, n) {
			c.differ(where, want, got)
		}
	default: // bool, nil
		if !reflect.DeepEqual(want, got) {
			c.differ(where, want, got)
		}
	}
}

func (c *comparison) object(where string, want map[string]any, got any) {
	object, ok := got.(map[string]any)
	if !ok {
		c.differ(where, want, got)
		return
	}
	for key, value := range want {
		if _, ok := object[key]; !ok {
			c.differ(where+"."+key, value, "nothing")
			continue
		}
		c.value(where+"."+key, value, object[key])
	}
	for key, value := range object {
		if _, ok := want[key]; !ok {
			c.differ(where+"."+key, "nothing", value)
		}
	}
}

// sameNumber compares integers exactly and others as doubles.
func sameNumber(a, b json.Number) bool {
	m, okM := new(big.Int).SetString(a.String(), 10)
	n, okN := new(big.Int).SetString(b.String(), 10)
	if okM && okN {
		return m.Cmp(n) == 0
	}
	x, errX := a.Float64()
	y, errY := b.Float64()
	return errX == nil && errY == nil && x == y
}

var moment = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$`)

// text compares with a text, which may stand for a changing value.
func (c *comparison) text(where, want string, got any) {
	kind, rest, _ := strings.Cut(want, ":")
	number, isNumber := got.(json.Number)
	_, err := number.Int64()
	isInt := isNumber && err == nil
	text, isText := got.(string)
	same := true
	switch kind {
	case "$any":
	case "$int":
		same = isInt && within(number, rest)
	case "$id":
		same = isInt && c.bind(rest, number.String())
	case "$datetime":
		same = isText && moment.MatchString(text) && c.bind(rest, text)
	case "$now":
		at, err := time.Parse(time.RFC3339Nano, text)
		same = err == nil && moment.MatchString(text) && time.Since(at).Abs() < 5*time.Minute
	case "$re":
		same = isText && regexp.MustCompile(`\A(?:`+rest+`)\z`).MatchString(text)
	default:
		same = isText && c.link(want) == text
	}
	if !same {
		c.differ(where, want, got)
	}
}

// within reports whether a number is in a range "LOW:HIGH"; any is in "".
func within(n json.Number, bounds string) bool {
	lowText, highText, ok := strings.Cut(bounds, ":")
	if !ok {
		return true
	}
	value, _ := n.Int64()
	low, _ := strconv.ParseInt(lowText, 10, 64)
	high, _ := strconv.ParseInt(highText, 10, 64)
	return low <= value && value <= high
}

// bind gives a name its value, or compares with the value that it has.
func (c *comparison) bind(name, value string) bool {
	if name == "" {
		return true
	}
	for _, known := range []map[string]string{c.bound, c.names} {
		if v, ok := known[name]; ok {
			return v == value
		}
	}
	c.bound[name] = value
	return true
}

// link fills in an expected link.
func (c *comparison) link(text string) string {
	if !strings.Contains(text, "$base") {
		return fill(text, onlyRepeat(c.names), nil)
	}
	return fill(strings.ReplaceAll(text, "$base", c.base), c.names, url.QueryEscape)
}

// onlyRepeat are the names that expected texts other than links may hold.
func onlyRepeat(names map[string]string) map[string]string {
	few := make(map[string]string)
	for _, name := range []string{"i", "i3"} {
		if value, ok := names[name]; ok {
			few[name] = value
		}
	}
	return few
}
