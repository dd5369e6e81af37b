package ui

import (
	"math"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
)

// writeChart writes a chart and reads it.
func writeChart(t *testing.T, c Chart) *goquery.Document {
	t.Helper()
	var out strings.Builder
	if err := pages["report"].ExecuteTemplate(&out, "chart", c); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// hostile is what strangers type.
const hostile = `</td><script>alert(1)</script>"' onload=x`

func sample(kind ChartKind) Chart {
	return Chart{
		ID: "sample", Kind: kind, Title: "Clicks", Summary: "Up.", Unit: "%",
		Columns: []ChartColumn{{Head: "Day"}, {Head: "Clicks", Role: RoleSeries}, {Head: "Before", Role: RolePrevious}, {Head: "Share"}},
		Rows: []ChartRow{
			{Name: hostile, URL: "javascript:alert(1)", Cells: []ChartCell{Count(1234), {Text: "8", Value: 8}, Unknown()}},
			{Name: "Friday", Short: "Fri", Time: "2025-03-14", Partial: true, Cells: []ChartCell{Count(617), Unknown(), {Text: "3 %", Value: 3, Tone: "bad"}}},
		},
		Menu: []Link{{Text: "Save as CSV", URL: "query/"}},
	}
}

func TestChartIsATableThatScriptsCanRead(t *testing.T) {
	t.Parallel()
	for _, kind := range []ChartKind{ChartLine, ChartColumns, ChartStack, ChartHeat, ChartMap} {
		doc := writeChart(t, sample(kind))
		if doc.Find("figure#sample[data-kind="+string(kind)+"][data-unit='%'] .plot").Length() != 1 || doc.Find("details.numbers[open] table").Length() != 1 {
			t.Errorf("%s: there is no place for the drawing, or no open table", kind)
		}
		roles := doc.Find("thead th").Map(func(_ int, th *goquery.Selection) string { return th.AttrOr("data-role", "-") })
		values := doc.Find("tbody td").Map(func(_ int, td *goquery.Selection) string { return td.AttrOr("data-v", "-") + " " + td.Text() })
		if diff := cmp.Diff([]string{"-", "series", "previous", "-"}, roles); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"1234 1,234", "8 8", "- –", "617 617", "- –", "3 3 %"}, values); diff != "" {
			t.Error(diff)
		}
		if doc.Find("tr.partial[data-short=Fri] time[datetime='2025-03-14']").Text() != "Friday" || doc.Find("tr.partial").Text() == "" {
			t.Errorf("%s: the row of a time that is not over is not marked", kind)
		}
		if doc.Find("script").Length() > 0 || doc.Find("tbody th").First().Text() != hostile || strings.HasPrefix(doc.Find("tbody a").AttrOr("href", ""), "javascript:") {
			t.Errorf("%s: a stranger's text has got through", kind)
		}
	}
}

func TestRowsHaveTheirBarsWithoutScript(t *testing.T) {
	t.Parallel()
	doc := writeChart(t, sample(ChartRows))
	widths := doc.Find("rect.value").Map(func(_ int, bar *goquery.Selection) string { return bar.AttrOr("width", "") })
	if diff := cmp.Diff([]string{"100%", "50%"}, widths); diff != "" {
		t.Error(diff)
	}
	if ticks := doc.Find("rect.tick"); ticks.Length() != 1 || ticks.AttrOr("x", "") != "0.6%" {
		t.Errorf("%d ticks, the first at %q", ticks.Length(), ticks.AttrOr("x", ""))
	}
	if doc.Find("details.numbers").Length() > 0 || doc.Find(".plot").Length() > 0 {
		t.Error("the table of rows is hidden")
	}
}

func TestFunnelsAreDrawnWithoutScript(t *testing.T) {
	t.Parallel()
	c := sample(ChartFunnel)
	c.Rows[0].Step = ChartStep{Detail: hostile, Value: "1,234", Share: "100 %", Change: ChartCell{Text: "▲", Tone: "good"}, ChangeWords: "up", Lost: hostile}
	c.Rows[1].Step = ChartStep{Value: "617", Share: "50 %"}
	doc := writeChart(t, c)
	bars := doc.Find(".funnel > li")
	widths := bars.Find("rect.value").Map(func(_ int, bar *goquery.Selection) string { return bar.AttrOr("width", "") })
	if diff := cmp.Diff([]string{"100%", "50%"}, widths); diff != "" {
		t.Error(diff)
	}
	if bars.Find(".tick").Length() != 1 || bars.Find(".lost").Length() != 1 || bars.Eq(0).Find(".amount").Text() != "1,234 100 % ▲, up" || bars.Eq(1).Find(".amount").Text() != "617 50 %" {
		t.Errorf("it says %q", bars.Text())
	}
	if doc.Find("script").Length() > 0 || bars.Eq(0).Find(".name bdi").Text() != hostile+hostile || doc.Find("details.numbers[open] tbody tr").Length() != 2 || doc.Find(".plot").Length() > 0 {
		t.Error("a stranger's text has got through, or there is no table")
	}
}

func TestChartWithoutFigures(t *testing.T) {
	t.Parallel()
	none := sample(ChartLine)
	none.Rows, none.Empty = nil, ChartNote{Text: "Nothing matches.", Link: Link{Text: "Clear", URL: "?"}}
	doc := writeChart(t, none)
	if text := doc.Find("figure p").Text(); text != "Nothing matches. Clear" || doc.Find("table, .plot").Length() > 0 {
		t.Errorf("it says %q", text)
	}
	broken := sample(ChartLine)
	broken.Problem = &ChartProblem{Sentence: "It took too long.", RequestID: "ABC", Retry: "/report/"}
	doc = writeChart(t, broken)
	if text := doc.Find(".alert").Text(); !strings.Contains(text, "It took too long.") || !strings.Contains(text, "ABC") || doc.Find(".alert a[href='/report/']").Length() != 1 || doc.Find("table").Length() > 0 {
		t.Errorf("it says %q", text)
	}
}

func TestSpark(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		values     []float64
		partial    bool
		line, open string
	}{
		{"nothing", nil, false, "", ""},
		{"one value", []float64{3}, false, "", ""},
		{"up", []float64{0, 5, 10}, false, "M0 30L50 16L100 2", ""},
		{"the last is not over", []float64{0, 10, 5}, true, "M0 30L50 2", "M50 2L100 16"},
		{"a gap", []float64{10, math.NaN(), 10}, false, "M0 2M100 2", ""},
		{"all zero", []float64{0, 0}, false, "M0 30L100 30", ""},
	} {
		s := NewSpark("Clicks", c.values, c.partial)
		if s.Line != c.line || s.Open != c.open {
			t.Errorf("%s: %q and %q", c.name, s.Line, s.Open)
		}
	}
}
