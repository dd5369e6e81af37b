package web

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/userbehavior/behavior"
)

// nbsp keeps a number and its unit on one line.
const nbsp = "\u00a0"

// figureText writes a figure as its metric is written: "1,234", "43.2 %",
// "2m 05s"; a dash where there is nothing to reckon it from.
func figureText(m behavior.Metric, f float64) string {
	switch {
	case math.IsNaN(f):
		return "–"
	case m.Unit() == "%":
		return strconv.FormatFloat(f, 'f', 1, 64) + nbsp + "%"
	case m.Unit() == "s":
		return lengthText(f)
	case m == behavior.MetricViewsPerSession:
		return strconv.FormatFloat(f, 'f', 2, 64)
	}
	return grouped(int(math.Round(f)))
}

// lengthText writes a number of seconds: "45s", "2m 05s", "1h 03m".
func lengthText(seconds float64) string {
	d := time.Duration(math.Round(seconds)) * time.Second
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm"+nbsp+"%02ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%dh"+nbsp+"%02dm", d/time.Hour, d%time.Hour/time.Minute)
}

// changeWords is how a figure differs from another, for eyes and for ears.
type changeWords struct {
	Text  string // "▲ 12 %"
	Words string // "up 12 % from 1,234"
	Tone  string // "good" or "bad"; empty for neither
}

// newChangeWords compares a figure with the one before; empty where there is
// nothing to compare.
func newChangeWords(m behavior.Metric, f, before float64) changeWords {
	if math.IsNaN(f) || math.IsNaN(before) {
		return changeWords{}
	}
	percent := change(f, before)
	from := " from " + figureText(m, before)
	switch {
	case f == before || percent == 0:
		return changeWords{Text: "=", Words: "as before, " + figureText(m, before)}
	case before == 0:
		return changeWords{Text: "▲ new", Words: "up" + from, Tone: tone(m, true)}
	case percent > 0:
		return changeWords{Text: "▲" + nbsp + percentText(percent), Words: "up " + percentText(percent) + from, Tone: tone(m, true)}
	}
	return changeWords{Text: "▼" + nbsp + percentText(-percent), Words: "down " + percentText(-percent) + from, Tone: tone(m, false)}
}

// tone says whether it is good that a metric rises or falls.
func tone(m behavior.Metric, rises bool) string {
	if rises == (m == behavior.MetricBounceRate) {
		return "bad"
	}
	return "good"
}

// percentText writes a share without more digits than it takes to see.
func percentText(percent float64) string {
	if percent < 10 {
		return strconv.FormatFloat(percent, 'f', -1, 64) + nbsp + "%"
	}
	return grouped(int(math.Round(percent))) + nbsp + "%"
}

// spanText writes a range in the words of its calendar: "6 March 2025",
// "1–31 March 2025", "6 March 2025, 10:00–12:30".
func spanText(r behavior.Range) string {
	from, last := r.From.In(r.Location), r.To.Add(-1).In(r.Location)
	day := "2 January 2006"
	midnight := from.Format("15:04:05") == "00:00:00" && r.To.In(r.Location).Format("15:04:05") == "00:00:00"
	switch {
	case from.Format(day) == last.Format(day) && midnight:
		return from.Format("Monday " + day)
	case from.Format(day) == last.Format(day):
		return from.Format(day+", 15:04") + "–" + r.To.In(r.Location).Format("15:04")
	case !midnight:
		return from.Format(day+", 15:04") + " – " + r.To.In(r.Location).Format(day+", 15:04")
	case from.Format("January 2006") == last.Format("January 2006"):
		return from.Format("2") + "–" + last.Format(day)
	case from.Year() == last.Year():
		return from.Format("2 January") + " – " + last.Format(day)
	}
	return from.Format(day) + " – " + last.Format(day)
}
