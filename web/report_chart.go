package web

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// interactions is the chart of interactions by time.
func (a *reportAnswers) interactions(c *ui.Chart, q reportQuery) {
	a.steps.timeChart(c, q.now, measureOf(behavior.MetricInteractions))
	a.steps.sumUp(c, behavior.MetricInteractions)
}

// pageViews is the chart of page views by time, of all pages or those asked for.
func (a *reportAnswers) pageViews(c *ui.Chart, q reportQuery) {
	a.views.timeChart(c, q.now, measureOf(behavior.MetricPageViews))
	a.views.sumUp(c, behavior.MetricPageViews)
	if q.url == "" {
		return
	}
	c.Empty.Link = ui.Link{Text: "Clear the filter", URL: q.address("url", "") + "#views"}
	c.Note = "Of pages whose address contains " + q.url + "."
	if q.ofURL()[0].Op == behavior.Is {
		c.Note = "Of " + q.url + " alone."
	}
}

// sumUp says in a sentence what a chart of counts shows. Where there was nothing
// in either time there is no chart.
func (a *queryAnswer) sumUp(c *ui.Chart, m behavior.Metric) {
	sum, before := 0.0, math.NaN()
	if a.compared != nil {
		before = 0
	}
	for n, r := range a.rows {
		sum += r.Metrics[a.place(m)]
		if a.compared != nil {
			before += beforeOf(m, a.compared[n], a.place(m))
		}
	}
	if sum == 0 && (before == 0 || math.IsNaN(before)) {
		c.Rows = nil
		return
	}
	c.Summary = figureText(m, sum) + " in all"
	switch d := newChangeWords(m, sum, before); {
	case d.Tone != "":
		c.Summary += ", " + d.Words
	case d.Words != "":
		c.Summary += ", as before"
	}
	if best := highest(c.Rows); best >= 0 && len(c.Rows) > 1 {
		c.Summary += "; highest " + inSentence(c.Rows[best].Name) + ", " + c.Rows[best].Cells[0].Text
	}
	c.Summary += "."
}

// ranking fills a chart with rows by their counts: each has its share of a
// total. rows are the places of the answer's rows.
func (a *queryAnswer) ranking(c *ui.Chart, head string, total float64, rows []int, name func(value string) ui.ChartRow) {
	m := a.query.insight.Metrics[0]
	c.Columns = []ui.ChartColumn{{Head: head}, {Head: rankingHeads[m], Role: ui.RoleSeries}}
	if a.compared != nil {
		c.Columns = append(c.Columns, ui.ChartColumn{Head: "Before", Role: ui.RolePrevious}, ui.ChartColumn{Head: "Change"})
	}
	c.Columns = append(c.Columns, ui.ChartColumn{Head: "Share"})
	for _, n := range rows {
		row, figure := name(a.rows[n].Dimensions[0]), a.rows[n].Metrics[0]
		row.Cells = []ui.ChartCell{cell(m, figure)}
		if a.compared != nil {
			before := beforeOf(m, a.compared[n], 0)
			row.Cells = append(row.Cells, cell(m, before), changeCell(m, figure, before, false))
		}
		row.Cells = append(row.Cells, ui.ChartCell{Text: shareText(figure, total), Value: math.NaN()})
		c.Rows = append(c.Rows, row)
	}
	if len(c.Rows) > 0 && rows[0] >= 0 && total > 0 {
		first := c.Rows[0]
		c.Summary = fmt.Sprintf("%s has %s of %s.", shortened(first.Name, 60), first.Cells[len(first.Cells)-1].Text, figureText(m, total))
	}
}

// rankingHeads name the counts as short as a narrow table needs it.
var rankingHeads = map[behavior.Metric]string{
	behavior.MetricSessions: "Sessions", behavior.MetricPageViews: "Views", behavior.MetricInteractions: "Number",
}

// every lists the places of the answer's rows.
func (a *queryAnswer) every() []int {
	places := make([]int, len(a.rows))
	for i := range places {
		places[i] = i
	}
	return places
}

// total is the total of a metric, from the strip at the top, or else from the rows.
func (a *reportAnswers) total(m behavior.Metric, of asked) float64 {
	if a.totals.err == nil {
		return a.totals.rows[0].Metrics[a.totals.place(m)]
	}
	sum := 0.0
	for _, r := range of.rows {
		sum += r.Metrics[0]
	}
	return sum
}

// eventTypes is the chart of interactions by type: the eight types first, the
// most frequent ahead, and then the others that occur.
func (a *reportAnswers) eventTypes(c *ui.Chart) {
	rank := func(n int) int {
		at := slices.Index(behavior.EventTypes(), behavior.EventType(a.types.rows[n].Dimensions[0]))
		if at < 0 {
			return len(behavior.EventTypes())
		}
		return at
	}
	own := func(n int) bool { return rank(n) < len(behavior.EventTypes()) }
	rows := a.types.every()
	slices.SortStableFunc(rows, func(x, y int) int {
		switch {
		case own(x) && !own(y):
			return -1
		case own(y) && !own(x):
			return 1
		}
		return cmp.Or(cmp.Compare(a.types.rows[y].Metrics[0], a.types.rows[x].Metrics[0]), cmp.Compare(rank(x), rank(y)))
	})
	total := a.total(behavior.MetricInteractions, a.types)
	a.types.ranking(c, "Type", total, rows, func(value string) ui.ChartRow {
		return ui.ChartRow{Name: behavior.EventType(value).Label()}
	})
}

// topPages is the list of the pages seen most, of which a click shows the views
// of one by time.
func (a *reportAnswers) topPages(c *ui.Chart, q reportQuery) {
	rows := a.pages.every()
	more := len(rows) > reportPages
	rows = rows[:min(len(rows), reportPages)]
	site := a.pages.site(rows)
	a.pages.ranking(c, "Page", a.total(behavior.MetricPageViews, a.pages), rows, func(address string) ui.ChartRow {
		return ui.ChartRow{
			Name: strings.TrimPrefix(address, site), URL: q.address("url", address) + "#views", Current: address == q.url,
		}
	})
	if c.Summary != "" {
		c.Summary = site + c.Summary // it begins with the first page
	}
	number := q.offset/reportPages + 1
	if q.offset > 0 {
		c.Summary = fmt.Sprintf("Places %s to %s.", grouped(q.offset+1), grouped(q.offset+len(rows)))
		c.Empty.Text = "There are no more pages."
		c.More = append(c.More, ui.Link{Text: "Previous " + strconv.Itoa(reportPages), URL: q.address("pages", pageParameter(number-1)) + "#pages"})
		c.Empty.Link = ui.Link{Text: "Back to the first", URL: q.address("pages", "") + "#pages"}
	}
	if more && number < maxReportOffset/reportPages {
		c.More = append(c.More, ui.Link{Text: "Next " + strconv.Itoa(reportPages), URL: q.address("pages", pageParameter(number+1)) + "#pages"})
	}
}

// site is what the addresses of all rows begin with, "https://example.com";
// empty where they have several sites.
func (a *queryAnswer) site(rows []int) string {
	site := ""
	for i, n := range rows {
		address := a.rows[n].Dimensions[0]
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			return ""
		}
		own := u.Scheme + "://" + u.Host
		if i > 0 && own != site || !strings.HasPrefix(address, own+"/") {
			return ""
		}
		site = own
	}
	return site
}

// pageParameter is the number of a page in an address; the first needs none.
func pageParameter(n int) string {
	if n <= 1 {
		return ""
	}
	return strconv.Itoa(n)
}

// browserShares is the chart of sessions by browser family.
func (a *reportAnswers) browserShares(c *ui.Chart) {
	total := a.total(behavior.MetricSessions, a.browsers)
	a.browsers.ranking(c, "Browser", total, a.browsers.every(), func(name string) ui.ChartRow {
		return ui.ChartRow{Name: name}
	})
}

// lengths is the chart of the average length of sessions by the time they
// began, in minutes.
func (a *reportAnswers) lengths(c *ui.Chart, q reportQuery) {
	average := measure{behavior.MetricSessionLength, "Average, minutes", "min", 60, func(minutes float64) string { return decimals(minutes, 1) }}
	a.steps.timeChart(c, q.now, average, measureOf(behavior.MetricSessions))
	c.Note = openSentence(a.open)
	if a.openErr != nil {
		c.Note = "How many sessions have not ended could not be counted."
	}
	if !slices.ContainsFunc(c.Rows, func(r ui.ChartRow) bool { return r.Cells[0].Number() != "" }) {
		c.Rows, c.Empty.Text = nil, c.Empty.Text+" "+c.Note
		return
	}
	if a.totals.err == nil {
		row := a.totals.rows[0]
		c.Summary = figureText(behavior.MetricSessionLength, row.Metrics[a.totals.place(behavior.MetricSessionLength)]) + " on average"
	}
	if best := highest(c.Rows); best >= 0 && len(c.Rows) > 1 {
		c.Summary += "; longest " + inSentence(c.Rows[best].Name) + ", " + c.Rows[best].Cells[0].Text + " minutes"
	}
	c.Summary += "."
}

// openSentence says how many sessions the lengths leave out.
func openSentence(open int) string {
	switch open {
	case 0:
		return "All sessions of this time have ended."
	case 1:
		return "One session has not ended and is not counted here."
	}
	return grouped(open) + " sessions have not ended and are not counted here."
}

// inSentence is the name of a step amid a sentence.
func inSentence(name string) string { return strings.Replace(name, "Week of", "week of", 1) }

// shortened cuts the end off a long text.
func shortened(text string, most int) string {
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	return string(letters[:most-1]) + "…"
}

// grouped writes a count with a comma between each three digits.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
