package ui

import (
	"math"
	"strconv"
	"strings"
)

// Spark is a small line beside a figure, drawn by the server: the template
// "spark" writes it. It has no axis and no table; the chart of the same figure
// has both.
type Spark struct {
	Label string // what it shows, for those who do not see it
	Line  string // the path of the values
	Open  string // that of the last step, which is not over; empty where it is
}

// The box that sparks are drawn in; it is stretched to its place.
const (
	sparkWidth  = 100.0
	sparkHeight = 30.0
)

// NewSpark draws values from zero up. NaN is a gap. partial says that the time
// of the last value is not over.
func NewSpark(label string, values []float64, partial bool) Spark {
	s := Spark{Label: label}
	if len(values) < 2 {
		return s
	}
	last := len(values) - 1
	if partial && last > 1 {
		s.Open = sparkPath(values, last-1, last)
		s.Line = sparkPath(values, 0, last-1)
		return s
	}
	s.Line = sparkPath(values, 0, last)
	return s
}

// sparkPath is the path of the values from one place to another.
func sparkPath(values []float64, from, to int) string {
	most := 0.0
	for _, v := range values {
		if v > most { // NaN is not
			most = v
		}
	}
	var path strings.Builder
	command := "M"
	for i := from; i <= to; i++ {
		if math.IsNaN(values[i]) {
			command = "M"
			continue
		}
		x, y := float64(i)*sparkWidth/float64(len(values)-1), sparkHeight
		if most > 0 {
			y = sparkHeight - values[i]/most*(sparkHeight-2)
		}
		path.WriteString(command + sparkNumber(x) + " " + sparkNumber(y))
		command = "L"
	}
	return path.String()
}

func sparkNumber(n float64) string { return strconv.FormatFloat(math.Round(n*10)/10, 'f', -1, 64) }
