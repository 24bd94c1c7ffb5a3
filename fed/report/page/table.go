package page

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// table is a document.Grid as the template wants it, without the columns that hold nothing.
type table struct {
	Title, Caption, Interval, Ties string
	Against                        []string
	Groups                         []group
	Columns                        []column
	Rows                           []row
	HasGroups, HasBest, HasMethods bool
	Choice                         bool // of what differences are to
	Stacked                        bool // intervals stand below their differences
	Dense                          bool // columns stand close
}

type group struct {
	Title string
	Span  int
}

type column struct {
	document.GridColumn
	First bool // of its group
	at    int  // in the grid's rows
	wide  int  // the longest standard deviation, in digits: values stand below each other
}

// Class is what the column's header is styled by.
func (c column) Class() string {
	switch {
	case c.First && c.Words:
		return "g0 word"
	case c.First:
		return "g0"
	case c.Words:
		return "word"
	}
	return ""
}

type row struct {
	Method *chart.Method
	Label  string
	Cells  []cell
}

// cell is one number or text. Sort is what it is sorted by, where that is more than is shown; Others are its second
// lines, for the script: a list of pairs as JSON.
type cell struct {
	Class, Sort, Text, SD string
	Word, Tied, Second    bool
	Bare                  bool // there is the text alone
	Difference, Interval  string
	Others                string
	Wide                  int
}

func newTable(g document.Grid) table {
	t := table{Title: g.Title, Caption: g.Caption, Ties: g.Ties}
	for i, at := 0, 0; i < len(g.Groups); i++ {
		span := 0
		for _, c := range g.Groups[i].Columns {
			if holds(g.Rows, at) {
				t.Columns = append(t.Columns, column{c, span == 0, at, widest(g.Rows, at, c.Digits)})
				span++
			}
			at++
		}
		if span > 0 {
			t.Groups = append(t.Groups, group{g.Groups[i].Title, span})
			t.HasGroups = t.HasGroups || g.Groups[i].Title != ""
		}
	}
	second := false
	for _, r := range g.Rows {
		laid := row{Method: r.Method, Label: r.Label}
		for _, c := range t.Columns {
			var given document.GridCell
			if c.at < len(r.Cells) {
				given = r.Cells[c.at]
			} else {
				given = document.GridCell{Value: math.NaN(), SD: math.NaN()}
			}
			laid.Cells = append(laid.Cells, newCell(given, c, len(g.Against)))
			t.HasBest = t.HasBest || given.Best
			second = second || len(given.Differences) > 0
		}
		t.Rows = append(t.Rows, laid)
		t.HasMethods = t.HasMethods || r.Method != nil
	}
	if second && len(g.Against) > 0 {
		t.Against, t.Interval, t.Choice = g.Against, g.Interval, len(g.Against) > 1
		t.Dense = len(t.Columns) > 11
		t.Stacked = g.Interval != "" && len(t.Columns) > 8
	}
	return t
}

// holds tells whether any row has something in a column.
func holds(rows []document.GridRow, at int) bool {
	for _, r := range rows {
		if at < len(r.Cells) && (r.Cells[at].Text != "" || !math.IsNaN(r.Cells[at].Value)) {
			return true
		}
	}
	return false
}

func widest(rows []document.GridRow, at, digits int) int {
	wide := 0
	for _, r := range rows {
		if at < len(r.Cells) {
			wide = max(wide, utf8.RuneCountInString(deviation(r.Cells[at], digits)))
		}
	}
	return wide
}

func deviation(c document.GridCell, digits int) string {
	if math.IsNaN(c.Value) || math.IsNaN(c.SD) {
		return ""
	}
	return "± " + number(c.SD, digits)
}

func newCell(given document.GridCell, c column, against int) cell {
	laid := cell{Word: c.Words, Text: given.Text, Tied: given.Tied && !given.Best, Wide: c.wide}
	laid.SD, laid.Second = deviation(given, c.Digits), against > 0 && !c.Words
	if c.First {
		laid.Class = "g0"
	}
	if given.Best {
		laid.Class = strings.TrimSpace(laid.Class + " best")
	}
	if c.Words {
		laid.Class = strings.TrimSpace(laid.Class + " word")
		return laid
	}
	if math.IsNaN(given.Value) && laid.Text == "" {
		laid.Text = "–"
	} else if !math.IsNaN(given.Value) {
		laid.Text = number(given.Value, c.Digits)
		if shown, _ := strconv.ParseFloat(laid.Text, 64); shown != given.Value {
			laid.Sort = strconv.FormatFloat(given.Value, 'g', 10, 64)
		}
	}
	laid.Bare = !given.Best && !laid.Tied && !laid.Second && laid.Wide == 0
	if against == 0 || len(given.Differences) == 0 {
		return laid
	}
	lines := make([][2]string, 0, against)
	for _, d := range given.Differences[:min(against, len(given.Differences))] {
		lines = append(lines, [2]string{signed(d.Value, c.Digits), interval(d, c.Digits)})
	}
	laid.Difference, laid.Interval = lines[0][0], lines[0][1]
	if against > 1 {
		others, _ := json.Marshal(lines) // strings always have a form
		laid.Others = string(others)
	}
	return laid
}
