package ui

import (
	"html/template"
	"math"
	"strconv"
)

// Chart is a figure: a heading, a sentence that says what there is to see, a
// drawing, and the table of its numbers. The template "chart" writes it:
//
//	{{template "chart" .Interactions}}
//
// The page loads chart.css, and its script calls drawCharts of chart.ts, which
// draws each chart from the table beside it. Without script the table stands
// open in place of the drawing.
type Chart struct {
	ID    string    // of the figure: a word that is unique on the page
	Kind  ChartKind // how it is drawn
	Title string
	Alias string // another name of it, told beside the title when somebody points there; empty for none

	// Tabs lead to other figures in this one's place; none: there are no others.
	Tabs []Link

	// Summary is one sentence: "Up 12 %; highest Thursday, 736". Empty for none.
	Summary string

	// Unit is what the numbers of an axis are: "" for counts, "%" for shares,
	// "s" for seconds, which are written as times, "min" for minutes.
	Unit string

	// Map is the address of the world's outlines, [Page.Asset] of "world.svg",
	// which a ChartMap is drawn on; empty for all others.
	Map string

	// Columns are those of the table. The first is that of the rows' names.
	Columns []ChartColumn
	Rows    []ChartRow // none: Empty stands in their place

	Empty ChartNote // why there are no rows
	Note  string    // stands below; empty for none
	More  []Link    // stand below: the next rows, or where all of them are

	// Menu leads elsewhere: the same as CSV, the same in detail. The script
	// adds what a browser can do by itself: a link to here, a picture.
	Menu []Link

	// Problem is why there are no figures; nil where there are.
	Problem *ChartProblem
}

// ChartKind is how a chart is drawn.
type ChartKind string

// The kinds of charts.
const (
	ChartLine    ChartKind = "line"    // each series a line over the rows; its comparison dashed
	ChartColumns ChartKind = "columns" // one series, a column for each row; its comparison as ticks
	ChartStack   ChartKind = "stack"   // up to eight series, stacked
	ChartRows    ChartKind = "rows"    // the table itself, with a bar behind each name; needs no script
	ChartDonut   ChartKind = "donut"   // like rows, with a ring of the shares beside them; up to eight
	ChartHeat    ChartKind = "heat"    // a cell for each row and series, the darker the more
	ChartMap     ChartKind = "map"     // the world; rows are countries by the Key of two letters
	ChartFunnel  ChartKind = "funnel"  // a bar for each row, and between them what is lost; needs no script, see ChartStep
	ChartTable   ChartKind = "table"   // nothing but the table
)

// ChartRole is what a drawing makes of a column.
type ChartRole string

// The roles of columns.
const (
	RoleRead     ChartRole = ""         // it is read in the table, and told with the values of a row
	RoleSeries   ChartRole = "series"   // it is drawn
	RolePrevious ChartRole = "previous" // it is what the series before it is compared with
)

// ChartColumn is the head of a column.
type ChartColumn struct {
	Head string
	Role ChartRole
}

// ChartRow is a row of the table, and a column, point or bar of the drawing.
type ChartRow struct {
	Name  string
	Short string // Name on an axis, where space is dear; empty: Name
	Time  string // Name for machines, where it is a time; empty where not
	Key   string // what a map knows the row by: "DE"; empty otherwise
	URL   string // where Name leads, and a click on what is drawn; empty: nowhere
	Aside Link   // a second link, behind Name, that its pointing or focus shows; none where URL is empty
	// Partial marks the row of a time that is not over yet.
	Partial bool
	Current bool      // the page is about this row
	Step    ChartStep // of a ChartFunnel
	Cells   []ChartCell
}

// ChartStep is what a funnel tells of a row beside its bar, in finished words.
type ChartStep struct {
	Detail      string // more about the row's name; empty for no more
	Value       string // "105"
	Share       string // "25 %"
	Change      ChartCell
	ChangeWords string // Change for those who do not see it; empty for none
	Lost        string // stands between this bar and the next; empty below the last
}

// ChartCell is a figure.
type ChartCell struct {
	Text  string
	Value float64 // NaN where there is none
	Tone  string  // "good" or "bad" for a change; empty for neither
}

// ChartNote is a sentence, and what helps on.
type ChartNote struct {
	Text string
	Link Link
}

// ChartProblem says why a figure could not be made.
type ChartProblem struct {
	Sentence  string
	RequestID string
	Retry     string // address of the page
}

// Count is a cell with a whole number.
func Count(n int) ChartCell {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return ChartCell{Text: digits, Value: float64(n)}
}

// Unknown is a cell without a figure.
func Unknown() ChartCell { return ChartCell{Text: "–", Value: math.NaN()} }

// Number is the cell's value as the script reads it; empty where there is none.
func (c ChartCell) Number() string {
	if math.IsNaN(c.Value) || math.IsInf(c.Value, 0) {
		return ""
	}
	return strconv.FormatFloat(c.Value, 'f', -1, 64)
}

// Label is what names the row on an axis.
func (r ChartRow) Label() string {
	if r.Short == "" {
		return r.Name
	}
	return r.Short
}

// IsPrevious reports whether the cells of a place are what others are compared with.
func (c Chart) IsPrevious(cell int) bool {
	return cell+1 < len(c.Columns) && c.Columns[cell+1].Role == RolePrevious
}

// Bars reports whether the table is drawn itself, by a bar behind each name.
func (c Chart) Bars() bool { return c.Kind == ChartRows || c.Kind == ChartDonut }

// Drawn reports whether there is something for the script to draw.
func (c Chart) Drawn() bool {
	return c.Kind != ChartRows && c.Kind != ChartTable && c.Kind != ChartFunnel && len(c.Rows) > 0 && c.Problem == nil
}

// Open reports whether the table is seen even where the drawing is.
func (c Chart) Open() bool { return c.Bars() || c.Kind == ChartTable }

// column is the place of the first column of a role; -1 where there is none.
func (c Chart) column(role ChartRole) int {
	for i, column := range c.Columns {
		if column.Role == role && i > 0 {
			return i - 1
		}
	}
	return -1
}

// Bar is how long the bar of a row is, "62.5%" of the longest.
func (c Chart) Bar(r ChartRow) template.HTMLAttr { return c.share(r, RoleSeries) }

// Tick is how long the bar was in the time that is compared with; empty where
// there is none.
func (c Chart) Tick(r ChartRow) template.HTMLAttr { return c.share(r, RolePrevious) }

// share is the value of a row as a share of the largest that a bar has to hold.
func (c Chart) share(r ChartRow, role ChartRole) template.HTMLAttr {
	place := c.column(role)
	if place < 0 || place >= len(r.Cells) || r.Cells[place].Number() == "" {
		return ""
	}
	largest := 0.0
	for _, row := range c.Rows {
		for _, p := range []int{c.column(RoleSeries), c.column(RolePrevious)} {
			if p >= 0 && p < len(row.Cells) && row.Cells[p].Value > largest {
				largest = row.Cells[p].Value
			}
		}
	}
	if largest == 0 {
		return "0%"
	}
	percent := math.Round(math.Max(0, r.Cells[place].Value)/largest*1000) / 10
	return template.HTMLAttr(strconv.FormatFloat(percent, 'f', -1, 64) + "%")
}
