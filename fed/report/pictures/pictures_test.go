package pictures

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// album has a picture, its row in words, of the rows for which it is true.
type album map[int]bool

func (a album) Picture(row int) ([]byte, string, bool, error) {
	if !a[row] {
		return nil, "", false, nil
	}
	return fmt.Append(nil, row), "image/jpeg", true, nil
}

func every(n int) album {
	a := album{}
	for i := range n {
		a[i] = true
	}
	return a
}

var ours = chart.Method{ID: "ours", Name: "FedPuReL", Slot: 1}

// tens has ten classes with four test images each: row i is of class i mod 10. Classes 0–2 are many, 3–6 medium, 7–9
// few. Zero-shot is wrong about rows 0 to 19, which it takes for the next class, and right about the others.
func tens(runs ...Predictions) Input {
	in := Input{
		Counts:   []int{1500, 300, 101, 100, 60, 40, 21, 20, 5, 0},
		Labels:   make([]int32, 40),
		ZeroShot: Answers{Method: chart.Method{ID: "zero", Name: "zero-shot"}},
		Source:   every(40),
	}
	in.Groups = Shots(metric.Groups(in.Counts))
	for k := range 10 {
		in.Classes = append(in.Classes, fmt.Sprint("class ", k))
	}
	zero := run(0.5, func(row int) int { return row })
	for i := range in.Labels {
		in.Labels[i] = int32(i % 10)
		if i < 20 {
			zero.Class[i] = int32((i + 1) % 10)
		}
	}
	in.ZeroShot.Predictions = zero
	if runs != nil {
		in.Methods = []Model{{Method: ours, Runs: runs}}
	}
	return in
}

// run predicts a class of each row, modulo ten.
func run(probability float32, class func(row int) int) Predictions {
	var p Predictions
	for i := range 40 {
		p.Class = append(p.Class, int32(class(i)%10))
		p.Probability = append(p.Probability, probability)
	}
	return p
}

func build(t *testing.T, in Input) *document.Pictures {
	t.Helper()
	p, err := Build(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// shown is the rows on a strip.
func shown(s document.Strip) string {
	var rows []string
	for _, c := range s.Cards {
		rows = append(rows, string(c.Image))
	}
	return strings.Join(rows, " ")
}

func TestLooks(t *testing.T) {
	in := tens()
	p := build(t, in)
	if len(p.Strips) != 3 || p.Missing != "" || !strings.Contains(p.Caption, "keep no predictions") {
		t.Fatalf("%+v", p)
	}
	for i, want := range []string{"0 1 2", "3 4 5 6", "7 8 9"} {
		if s := p.Strips[i]; shown(s) != want || !s.Small || s.Method != nil {
			t.Errorf("strip %d: %+v", i, s)
		}
	}
	if s := p.Strips[0]; s.Title != "Many-shot" || s.Sub != ">100 images" || s.Cards[0].Note != "1500" ||
		s.Cards[0].Name != "class 0" || s.Cards[0].Type != "image/jpeg" {
		t.Errorf("%+v", s)
	}
	// The first test image with a picture; a class without any is left out.
	in.Source = album{13: true, 23: true, 36: true, 19: true}
	in.PerClass = 3
	p = build(t, in)
	if len(p.Strips) != 2 || shown(p.Strips[0]) != "13 36" || shown(p.Strips[1]) != "19" ||
		!strings.Contains(p.Caption, "among the first 3 test images of each class") {
		t.Errorf("%+v", p)
	}
	in.PerClass = 4 // all
	if p = build(t, in); strings.Contains(p.Caption, "among") {
		t.Errorf("caption: %s", p.Caption)
	}
	for n, want := range map[int][]int{6: {0, 1, 2, 3, 4, 5}, 7: {0, 1, 2, 4, 5, 6}, 11: {0, 2, 4, 6, 8, 10}} {
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		if got := spread(all, 6); !slices.Equal(got, want) {
			t.Errorf("6 of %d: %v, want %v", n, got, want)
		}
	}
}

// Where there are no pictures, the section says so, and nothing else.
func TestMissing(t *testing.T) {
	in := tens(run(1, func(row int) int { return row }))
	for _, source := range []Source{nil, album{}} {
		in.Source, in.Missing = source, ""
		if p := build(t, in); p.Missing != Remedy || p.Strips != nil || p.Caption != "" {
			t.Errorf("%+v", p)
		}
		in.Missing = "the cache was moved"
		if p := build(t, in); p.Missing != "the cache was moved" {
			t.Errorf("%+v", p)
		}
	}
}

// Two seeds. Both are right about class 7's row 17 and class 8's rows 8, 18, where zero-shot is not; of class 3's row
// 13 only one is. Both are wrong about class 9's row 29, each in another way, and in the same way about row 39.
func TestChanges(t *testing.T) {
	in := tens(
		run(0.5, func(row int) int {
			switch row {
			case 8, 17, 18, 13:
				return row
			case 29, 39:
				return 4
			}
			if row < 20 {
				return row + 1
			}
			return row
		}),
		run(0.75, func(row int) int {
			switch row {
			case 8, 17, 18:
				return row
			case 29:
				return 5
			case 39:
				return 4
			}
			if row < 20 {
				return row + 1
			}
			return row
		}))
	p := build(t, in)
	right, wrong := p.Strips[3], p.Strips[4]
	if len(p.Strips) != 5 || right.Title != "FedPuReL right, where zero-shot is wrong" ||
		right.Sub != "3 of 40 test images in both seeds, 3 of them few-shot" || *right.Method != ours || right.Small {
		t.Errorf("%+v", right)
	}
	if shown(right) != "8 17" { // class 8 gained more, and shows one image
		t.Errorf("right: %s", shown(right))
	}
	if wrong.Title != "FedPuReL wrong, where zero-shot is right" || shown(wrong) != "39" ||
		wrong.Sub != "2 of 40 test images in both seeds, 2 of them few-shot" {
		t.Errorf("%+v", wrong)
	}
	card := right.Cards[1]
	if card.Name != "class 7" || card.Note != "20 to train" || len(card.Said) != 2 {
		t.Fatalf("%+v", card)
	}
	if z := card.Said[0]; z.Method.Name != "zero-shot" || z.Class != "class 8" || z.Right || z.Probability != 0.5 {
		t.Errorf("%+v", z)
	}
	if o := card.Said[1]; o.Method != ours || o.Class != "class 7" || !o.Right || o.Probability != 0.625 {
		t.Errorf("%+v", o)
	}
	if !strings.Contains(p.Caption, "few-shot classes come first") || !strings.Contains(p.Caption, "all seeds") {
		t.Errorf("caption: %s", p.Caption)
	}
	// Without the picture of row 8, the class's next one is shown; without both, only the count tells of it.
	delete(in.Source.(album), 8)
	if p := build(t, in); shown(p.Strips[3]) != "18 17" {
		t.Errorf("without row 8: %s", shown(p.Strips[3]))
	}
	delete(in.Source.(album), 39)
	if s := build(t, in).Strips[4]; len(s.Cards) != 0 || !strings.HasSuffix(s.Sub, "no picture of them can be shown") {
		t.Errorf("%+v", s)
	}
}

// One seed that has all right: eight classes at most, few-shot classes first, ties by number. None is wrong.
func TestOneSeed(t *testing.T) {
	p := build(t, tens(run(1, func(row int) int { return row })))
	if s := p.Strips[3]; shown(s) != "7 8 9 3 4 5 6 0" || s.Sub != "20 of 40 test images, 6 of them few-shot" {
		t.Errorf("%+v", s)
	}
	if s := p.Strips[4]; len(s.Cards) != 0 || s.Sub != "none of 40 test images" {
		t.Errorf("%+v", s)
	}
	if strings.Contains(p.Caption, "seeds") {
		t.Errorf("caption: %s", p.Caption)
	}
}

// Balanced sets have no few-shot classes, and nothing is said of them.
func TestNoFewShotClasses(t *testing.T) {
	in := tens(run(1, func(row int) int { return row }))
	in.Methods[0].Runs[0].Probability = nil
	for k := range in.Counts {
		in.Counts[k] = 500
	}
	in.Groups = Shots(metric.Groups(in.Counts))
	p := build(t, in)
	if len(p.Strips) != 3 || shown(p.Strips[0]) != "0 2 4 5 7 9" {
		t.Fatalf("%+v", p.Strips)
	}
	s := p.Strips[1]
	if s.Sub != "20 of 40 test images" || shown(s) != "0 1 2 3 4 5 6 7" || strings.Contains(p.Caption, "few-shot") {
		t.Errorf("%+v: %s", s, p.Caption)
	}
	if !math.IsNaN(s.Cards[0].Said[1].Probability) {
		t.Errorf("%+v", s.Cards[0].Said)
	}
}

// failing is a source whose disk does not answer.
type failing struct{}

func (failing) Picture(int) ([]byte, string, bool, error) {
	return nil, "", false, errors.New("no answer")
}

func TestContradictions(t *testing.T) {
	for say, spoil := range map[string]func(*Input){
		"label 10 of 10":       func(in *Input) { in.Labels[3] = 10 },
		"counts of training":   func(in *Input) { in.Counts = in.Counts[1:] },
		"has class 10 of 10":   func(in *Input) { in.Groups[0].Classes = []int{10} },
		"39 predictions":       func(in *Input) { in.Methods[0].Runs[0].Class = in.Methods[0].Runs[0].Class[1:] },
		"and 39 probabilities": func(in *Input) { in.ZeroShot.Probability = in.ZeroShot.Probability[1:] },
		"for class 12 of 10":   func(in *Input) { in.Methods[0].Runs[0].Class[5] = 12 },
		"no answer":            func(in *Input) { in.Source = failing{} },
	} {
		in := tens(run(1, func(row int) int { return row }))
		spoil(&in)
		if _, err := Build(in); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v", say, err)
		}
	}
}

// counting counts the pictures that are read.
type counting struct {
	album
	reads *int
}

func (c counting) Picture(row int) ([]byte, string, bool, error) {
	*c.reads++
	return c.album.Picture(row)
}

// A thousand classes take no more pictures than are shown, since each may have to be decoded.
func TestFewPicturesAreRead(t *testing.T) {
	reads := 0
	in := Input{Source: counting{every(1000), &reads}}
	for k := range 1000 {
		in.Classes, in.Counts = append(in.Classes, fmt.Sprint(k)), append(in.Counts, 1000-k)
		in.Labels = append(in.Labels, int32(k))
	}
	in.Groups = Shots(metric.Groups(in.Counts))
	if p := build(t, in); len(p.Strips) != 3 || reads != 3*mostLooks {
		t.Errorf("%d strips of %d reads", len(p.Strips), reads)
	}
}
