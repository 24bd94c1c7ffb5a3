package inline

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/report/chart"
)

var hostile = []string{
	`<script>alert("x")</script>`, "a\x00b\x1bc\nd", "\u202eعربي mixed", strings.Repeat("W", 200), `"><svg onload='x'>`,
	"\xff\xfe broken", "联邦学习", "", "a&b;&amp;", "=cmd", "plain", "]]>",
}

// methodsNamed are n methods with hostile names.
func methodsNamed(n int) (found []chart.Method) {
	for i := range n {
		found = append(found, chart.Method{ID: fmt.Sprint("m", i+1), Name: hostile[i%len(hostile)], Slot: i + 1})
	}
	return found
}

// drawnFigure is a figure of lines, classes and rows of random values, in which some are missing.
func drawnFigure(random *rand.Rand, methods, classes int) chart.Figure {
	value := func() float64 {
		switch random.IntN(20) {
		case 0:
			return math.NaN()
		case 1:
			return math.Inf(1 - 2*random.IntN(2))
		}
		return random.NormFloat64() * 10
	}
	lines := chart.Panel{Title: hostile[0], Levels: []chart.Level{{Y: value(), Name: "zero-shot", Text: "1"}}}
	marks := chart.Panel{Title: "classes", Y: chart.Axis{Signed: true}, CountLabel: "training images"}
	square := chart.Panel{Square: true, X: chart.Axis{High: 100}, Y: chart.Axis{High: 100}, Diagonal: "below: too sure"}
	row := chart.Row{Name: hostile[1], Sub: hostile[3]}
	for i := range classes {
		marks.Names = append(marks.Names, hostile[i%len(hostile)])
		marks.Classes = append(marks.Classes, i)
		marks.Counts = append(marks.Counts, float64(classes-i))
	}
	for _, m := range methodsNamed(methods) {
		s := chart.Series{Method: m, Line: true, End: "12.3"}
		d := chart.Series{Method: m}
		for r := range 20 {
			y := value()
			s.X, s.Y = append(s.X, float64(r+1)), append(s.Y, y)
			s.Low, s.High = append(s.Low, y-1), append(s.High, y+1)
		}
		for i := range classes {
			d.X, d.Y = append(d.X, float64(i)), append(d.Y, value())
		}
		lines.Series, marks.Series = append(lines.Series, s), append(marks.Series, d)
		s.Marks, s.Size = true, s.X
		square.Series = append(square.Series, s)
		square.Notes = append(square.Notes, chart.Note{Method: &m, Text: m.Name + " 7.1"})
		x := value()
		row.Marks = append(row.Marks, chart.Mark{
			Method: m, X: x, Low: x - 1, High: x + 1, Seeds: []float64{x}, Text: "+1.0",
		})
	}
	lines.Notes = square.Notes
	return chart.Figure{
		Name: "f", Title: hostile[4], Caption: hostile[0], Across: 1 + random.IntN(4), Shared: random.IntN(2) == 0,
		Panels: []chart.Panel{lines, marks, square},
		Rows: []chart.Rows{{
			Title: "rows", X: chart.Axis{Signed: true}, Zero: "zero-shot", Lines: []chart.Row{row, row},
		}},
	}
}

// markup checks that a fragment is well-formed and that all its numbers are numbers.
func markup(t *testing.T, fragment string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader("<x>" + fragment + "</x>"))
	decoder.Entity = xml.HTMLEntity
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		start, _ := token.(xml.StartElement)
		if start.Name.Local == "script" || start.Name.Local == "b" && len(start.Attr) > 0 {
			t.Fatalf("a name became the element %v", start)
		}
		for _, a := range start.Attr {
			if strings.HasPrefix(a.Name.Local, "on") {
				t.Fatalf("a name became the attribute %v", a)
			}
			geometry := a.Name.Local != "aria-label" && a.Name.Local != "title" && a.Name.Local != "data-read"
			if geometry && (strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf")) {
				t.Fatalf("%v is no number", a)
			}
		}
	}
}

func TestFiguresAreWellFormed(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, methods := range []int{1, 2, 3, 4, 5, 12, 25} {
		for _, classes := range []int{1, 10, 48, 200} {
			f := drawnFigure(random, methods, classes)
			fragment := string(Figure(f))
			markup(t, fragment)
			if again := string(Figure(f)); again != fragment {
				t.Fatal("a figure is drawn differently from call to call")
			}
		}
	}
	markup(t, string(Figure(chart.Figure{Panels: []chart.Panel{{}}, Rows: []chart.Rows{{}}})))
}

var top = regexp.MustCompile(`class="end [^"]*" style="top:([0-9.]+)%"`)

// Labels at lines' ends are at least 14 px apart and inside their panel, however close the lines end.
func TestEndLabelsStandApart(t *testing.T) {
	for _, methods := range []int{1, 2, 3, 12, 25} {
		p := chart.Panel{Levels: []chart.Level{{Y: 70, Name: "zero-shot"}}}
		for i, m := range methodsNamed(methods) {
			p.Series = append(p.Series, chart.Series{
				Method: m, Line: true, X: []float64{1, 2}, Y: []float64{60, 70 + float64(i)/1000},
			})
		}
		a := layout(chart.Figure{Panels: []chart.Panel{p}})[0]
		if a.height < apart*float64(methods+2) {
			t.Errorf("%d methods: a height of %v", methods, a.height)
		}
		o := &out{}
		a.ends(o)
		var places []float64
		for _, m := range top.FindAllStringSubmatch(o.String(), -1) {
			percent, _ := strconv.ParseFloat(m[1], 64)
			places = append(places, percent*a.height/100)
		}
		if len(places) != methods+1 {
			t.Fatalf("%d methods: %d labels", methods, len(places))
		}
		for i, y := range places {
			if y < 5-0.1 || y > a.height-5+0.1 {
				t.Errorf("%d methods: a label at %v of %v", methods, y, a.height)
			}
			for _, z := range places[:i] {
				if math.Abs(y-z) < apart-0.1 {
					t.Errorf("%d methods: labels at %v and %v", methods, y, z)
				}
			}
		}
	}
}

// Labels of classes touch no mark and no other label.
func TestNameLabelsTouchNothing(t *testing.T) {
	f := drawnFigure(rand.New(rand.NewPCG(7, 8)), 2, 48)
	f.Across = 1
	f.Panels = f.Panels[1:2]
	a := layout(f)[0]
	o := &out{}
	a.nameLabels(o)
	found := regexp.MustCompile(`class="nm (\w+)" style="(left|right):([0-9.]+)%;top:([0-9.]+)%"[^>]*>([^<]*)<`).
		FindAllStringSubmatch(o.String(), -1)
	if len(found) == 0 || len(found) > labelled {
		t.Fatalf("%d labels", len(found))
	}
	const w = 1000.0
	boxes := a.obstacles(980)
	for i := range boxes {
		boxes[i].x0, boxes[i].x1 = boxes[i].x0*w/980, boxes[i].x1*w/980
	}
	for _, m := range found {
		x, _ := strconv.ParseFloat(m[3], 64)
		y, _ := strconv.ParseFloat(m[4], 64)
		if m[2] == "right" {
			x = 100 - x
		}
		b := place(m[1], x*w/100, y*a.height/100, min(width(m[5], 11.5), longest))
		for _, other := range boxes {
			if b.meets(other) {
				t.Errorf("%q at %v meets %v", m[5], b, other)
			}
		}
		boxes = append(boxes, b)
	}
}

func TestBandsAboveFourMethods(t *testing.T) {
	f := drawnFigure(rand.New(rand.NewPCG(3, 4)), 12, 10)
	f.Panels, f.Rows = f.Panels[:1], nil
	if n := strings.Count(string(Figure(f)), `class="band`); n != 2 {
		t.Errorf("%d bands of 12 methods", n)
	}
}
