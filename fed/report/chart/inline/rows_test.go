package inline

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/report/chart"
)

// Numbers beside marks lie neither on each other nor on another mark, from a phone's width on.
func TestRowNumbersStandApart(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		row := chart.Row{Name: "All classes"}
		for _, m := range methodsNamed(1 + random.IntN(valued)) {
			x := random.NormFloat64() * 5
			row.Marks = append(row.Marks, chart.Mark{
				Method: m, X: x, Low: x - random.Float64(), High: x + random.Float64(), Text: "+10.0",
			})
		}
		if random.IntN(2) == 0 {
			from := random.NormFloat64() * 5
			row.From = &from
		}
		a := newRows(chart.Rows{X: chart.Axis{Signed: true}, Zero: "zero-shot", Lines: []chart.Row{row}})
		for _, w := range []float64{200, 260, 330, 400, 600, 1000} {
			var boxes []box
			for _, m := range row.Marks {
				x := a.x.At(m.X) * w
				boxes = append(boxes, box{x - 5, rowMark - 5, x + 5, rowMark + 5})
			}
			for _, p := range a.numbers(row) {
				x := p.at * w / 100
				b := box{x - 16, rowNumber - 6, x + 16, rowNumber + 6}
				switch p.side {
				case "left":
					b = box{x - 9 - 32, rowMark - 6, x - 9, rowMark + 6}
				case "right":
					b = box{x + 9, rowMark - 6, x + 9 + 32, rowMark + 6}
				}
				for _, other := range boxes {
					if b.meets(other) {
						t.Fatalf("%d px: a number %s of %v meets %v in %+v", int(w), p.side, b, other, row.Marks)
					}
				}
				boxes = append(boxes, b)
				if row.From != nil && p.side != "over" && w == 200 {
					if at := a.x.At(*row.From) * w; b.x0 < at && at < b.x1 {
						t.Fatalf("a number %s of %v lies on the upright mark at %v", p.side, b, at)
					}
				}
			}
		}
	}
}

// Above three methods each has a line of its own, the same in all rows, and no numbers.
func TestRowsOfManyMethods(t *testing.T) {
	all := methodsNamed(12)
	first, second := chart.Row{Name: "all"}, chart.Row{Name: "few"}
	for i, m := range all {
		mark := chart.Mark{Method: m, X: float64(i), Low: 1, High: 0, Text: "+1.0"}
		first.Marks = append(first.Marks, mark)
		if i%2 == 1 {
			second.Marks = append(second.Marks, mark)
		}
	}
	a := newRows(chart.Rows{Lines: []chart.Row{first, second}})
	if a.values || a.order["m12"] != 11 || a.mark(11)-a.mark(10) != rowSub {
		t.Errorf("numbers %v, last method in line %d", a.values, a.order["m12"])
	}
	o := &out{}
	writeRows(o, a.Rows, "", 1)
	if strings.Contains(o.String(), `class="num`) {
		t.Error("there are numbers beside the marks of twelve methods")
	}
}

// Beside another chart on paper there is room for few numbers.
func TestRowTicks(t *testing.T) {
	row := chart.Row{Name: "fox", Marks: []chart.Mark{{Method: methodsNamed(1)[0], X: 0}, {X: 147}}}
	a := newRows(chart.Rows{Lines: []chart.Row{row}})
	before := len(a.ticks)
	a.thinned()
	if n := len(a.ticks); before < 6 || n < 3 || n > 4 {
		t.Errorf("%d ticks, of which %d stay: %v", before, n, a.ticks)
	}
}
