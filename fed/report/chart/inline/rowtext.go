package inline

import (
	"fmt"
	"math"
	"sort"
	"strings"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/chart/scale"
)

// texts sets a row's name, and beside or above each mark its number.
func (a *rows) texts(o *out, line chart.Row, top float64) {
	middle := top + a.mark(0)
	if a.methods > fewest {
		middle = top + 18 + rowSub*float64(a.methods)/2
	}
	o.f(`<span class="row" style="--top:%spx;--mid:%spx"%s><b>%s</b> <small>%s</small></span>`, number(top),
		number(middle), hint(line.Name+" "+line.Sub, 22), esc(line.Name), esc(line.Sub))
	if !a.values {
		return
	}
	for _, p := range a.numbers(line) {
		o.f(`<span class="num %s %s" style="left:%s%%;top:%spx">%s</span>`, p.side, classes(p.mark.Method),
			number(p.at), number(top+p.down), esc(p.mark.Text))
	}
}

// sentence says all numbers of the chart in words.
func (a *rows) sentence(figure string) string {
	var parts []string
	for _, line := range a.Lines {
		var said []string
		for _, m := range line.Marks {
			text := m.Text
			if text == "" {
				text = scale.Labels([]float64{m.X}, a.X.Signed)[0]
			}
			said = append(said, middle(m.Method.Name, 48)+" "+text)
		}
		if line.From != nil {
			said = append(said, fmt.Sprintf("zero-shot %s", scale.Labels([]float64{*line.From}, a.X.Signed)[0]))
		}
		parts = append(parts, heading(line.Name, line.Sub, "")+": "+strings.Join(said, ", "))
	}
	return clean(heading(a.Title, a.Sub, figure) + ". " + strings.Join(parts, "; ") + ".")
}

// placed is a mark's number: at which percent it stands, on which side, how far below its row's top.
type placed struct {
	mark     chart.Mark
	at, down float64
	side     string
}

// numbers places the numbers of a row: of two marks to the left and to the right of both, of a third above it, and
// above too, where there is room, if a number would lie across the zero line or the upright mark; else beyond that.
func (a *rows) numbers(line chart.Row) (found []placed) {
	const wide, narrow = 38.0, 200.0 // px of a number, of the narrowest plot
	marks := append([]chart.Mark(nil), line.Marks...)
	sort.SliceStable(marks, func(i, j int) bool { return marks[i].X < marks[j].X })
	share := func(px float64) float64 { return 100 * px / narrow }
	crosses := func(from, to float64) bool {
		zero := 100 * a.x.At(0)
		return a.Zero != "" && from < zero && zero < to
	}
	var over []float64
	for i, m := range marks {
		if !scale.Finite(a.x.At(m.X)) || m.Text == "" {
			continue
		}
		x := 100 * a.x.At(m.X)
		p := placed{m, x, rowMark, "right"}
		low, high := x, x
		if scale.Finite(a.x.At(m.Low)) && scale.Finite(a.x.At(m.High)) {
			low, high = 100*a.x.At(m.Low), 100*a.x.At(m.High)
		}
		cross, beyond := false, p.at
		from := math.NaN()
		if line.From != nil {
			from = 100 * a.x.At(*line.From)
		}
		switch {
		case len(marks) == 1 || i > 0 && i < len(marks)-1:
			p.side = "over"
		case i == 0:
			p.side = "left"
			cross, beyond = crosses(low-share(wide), x), low
			if from < low && from > low-share(wide+10) {
				cross, beyond = true, from
			}
		default:
			cross, beyond = crosses(x, high+share(wide)), high
			if from > high && from < high+share(wide+10) {
				cross, beyond = true, from
			}
		}
		if cross && !near(over, x, share(wide)) && !(len(marks) == 3 && abs(100*a.x.At(marks[1].X)-x) < share(wide)) {
			p.side, p.at = "over", x
		}
		if p.side != "over" {
			p.at = beyond
		} else {
			over, p.down = append(over, p.at), rowNumber
		}
		found = append(found, p)
	}
	return found
}

func near(places []float64, x, by float64) bool {
	for _, p := range places {
		if abs(p-x) < by {
			return true
		}
	}
	return false
}

func abs(v float64) float64 { return max(v, -v) }
