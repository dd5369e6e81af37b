package web_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// asked is an answer of the query API.
type asked struct {
	Results []struct {
		Dimensions []string
		Metrics    []*float64
		Comparison *struct{ Metrics []*float64 }
	}
}

func askQuery(t *testing.T, h http.Handler, address string) (a asked) {
	t.Helper()
	res := ask(t, h, "GET", address, "")
	if err := json.Unmarshal(res.body, &a); err != nil || res.status != http.StatusOK {
		t.Fatalf("%s: %d %s", address, res.status, res.text())
	}
	return a
}

// numbersOf are the numbers of a row, "-" for none.
func numbersOf(values ...*float64) (texts []string) {
	for _, v := range values {
		text := "-"
		if v != nil {
			text = strconv.FormatFloat(math.Round(*v*1e6)/1e6, 'f', -1, 64)
		}
		texts = append(texts, text)
	}
	return texts
}

// rowNumbers are the numbers of a row of a figure.
func rowNumbers(row *goquery.Selection, skip string) (texts []string) {
	row.Find("td").Not(skip).Each(func(_ int, cell *goquery.Selection) {
		text := "-"
		if raw, ok := cell.Attr("data-v"); ok {
			f, _ := strconv.ParseFloat(raw, 64)
			text = strconv.FormatFloat(math.Round(f*1e6)/1e6, 'f', -1, 64)
		}
		texts = append(texts, text)
	})
	return texts
}

// TestEveryFigureIsThatOfTheQuery walks over all figures of many views and asks
// the query API for each, by the link that stands at the figure.
func TestEveryFigureIsThatOfTheQuery(t *testing.T) {
	t.Parallel()
	h := dashboardOf(t, behavior.Settings{})
	for _, query := range []string{
		"", "?date_range=7d&metric=bounce_rate&interval=hour", "?date_range=month&compare=none", "?date_range=today&compare=year_over_year",
		"?date_range=2025-03-29,2025-03-31&compare=2025-03-01,2025-03-03&metric=session_length", "?date_range=all&bots=with", "?date_range=24h&bots=only",
		"?f=is,country,DE&f=is_not,path,%2Fa%252Cb%25252C&pages=entry&sources=source&devices=os&places=language&behaviour=element&users=user_id",
		"?f=is,event_type,click&pages=exit&sources=utm_campaign&devices=screen&behaviour=metadata:plan&users=visitor&metric=views_per_session",
		"?pages=title&sources=referrer&devices=browser_version&behaviour=path&date_range=12mo&compare=year_over_year_weekday",
	} {
		doc, checked := look(t, h, query), 0
		doc.Find("figure.chart").Each(func(_ int, figure *goquery.Selection) {
			if figure.Find("tbody tr").Length() == 0 {
				return
			}
			checked++
			name := query + " " + figure.AttrOr("id", "")
			link := figure.Find(".menu a").Last().AttrOr("href", "")
			answer := askQuery(t, h, link)
			if kind := figure.AttrOr("data-kind", ""); kind == "heat" || kind == "stack" {
				checkGrid(t, name, figure, answer)
				return
			}
			checkRows(t, name, figure, answer)
		})
		if checked < 6 {
			t.Errorf("%s: only %d figures", query, checked)
		}
		checkStrip(t, h, query, doc)
	}
}

// checkRows compares a figure of which each row is one of the answer. The
// change in percent is of the two figures before it.
func checkRows(t *testing.T, name string, figure *goquery.Selection, answer asked) {
	t.Helper()
	compared := figure.Find(`thead [data-role="previous"]`).Length() > 0
	figure.Find("tbody tr").Each(func(i int, row *goquery.Selection) {
		result := answer.Results[i]
		values := result.Metrics[:1:1]
		if compared {
			values = append(values, result.Comparison.Metrics[0], nil)
		}
		values = append(values, result.Metrics[1:]...)
		if diff := cmp.Diff(numbersOf(values...), rowNumbers(row, "")); diff != "" {
			t.Errorf("%s, row %d %v (-query +page):\n%s", name, i, result.Dimensions, diff)
		}
	})
}

// checkGrid compares a figure with a cell for each row of the answer, and
// zeros in the others.
func checkGrid(t *testing.T, name string, figure *goquery.Selection, answer asked) {
	t.Helper()
	want, got := 0.0, 0.0
	for _, r := range answer.Results {
		want += *r.Metrics[0]
	}
	figure.Find("td").Each(func(_ int, cell *goquery.Selection) {
		f, _ := strconv.ParseFloat(cell.AttrOr("data-v", ""), 64)
		got += f
	})
	filled := figure.Find("td").FilterFunction(func(_ int, cell *goquery.Selection) bool { return cell.AttrOr("data-v", "0") != "0" }).Length()
	if got != want || filled != len(answer.Results) {
		t.Errorf("%s: %v in %d cells, the query has %v in %d", name, got, filled, want, len(answer.Results))
	}
}

// checkStrip compares the figures at the top, as they are written.
func checkStrip(t *testing.T, h http.Handler, query string, doc *goquery.Document) {
	t.Helper()
	answer := askQuery(t, h, doc.Find(".ends a").AttrOr("href", ""))
	doc.Find(".kpis .kpi").Not(".now").Each(func(i int, cell *goquery.Selection) {
		text := strings.NewReplacer(",", "", "\u00a0", " ").Replace(cell.Find(".value").Text())
		f := answer.Results[0].Metrics[i]
		want := "–"
		switch label := cell.Find(".label").Text(); {
		case f == nil:
		case label == "Bounce rate":
			want = fmt.Sprintf("%.1f %%", *f)
		case label == "Session length":
			d := time.Duration(math.Round(*f)) * time.Second
			want = fmt.Sprintf("%dm %02ds", d/time.Minute, d%time.Minute/time.Second)
			if d < time.Minute {
				want = fmt.Sprintf("%ds", d/time.Second)
			}
		case label == "Views per session":
			want = fmt.Sprintf("%.2f", *f)
		default:
			want = fmt.Sprint(*f)
		}
		if text != want {
			t.Errorf("%s: the strip has %q, the query %q", query, text, want)
		}
	})
}
