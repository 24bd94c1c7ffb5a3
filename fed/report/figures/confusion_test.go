package figures

import (
	"fmt"
	"testing"

	"github.com/fedpurel/fedpurel/fed/report/chart"
)

// Rows are true classes, columns what they are taken for; beside zero-shot stands the method that is right most often.
func TestConfusions(t *testing.T) {
	zero := []int32{0, 0, 2, 2, 1}
	s := source(
		Run{Result: result(1, 1, [3]int64{}), Zero: zero, Predicted: []int32{1, 1, 1, 2, 1}},
		Run{Result: result(1, 2, [3]int64{}), Zero: zero, Predicted: []int32{1, 0, 1, 2, 1}})
	worse := Run{Result: result(1, 1, [3]int64{}), Zero: zero, Predicted: []int32{2, 2, 2, 0, 0}}
	s.Methods = append(s.Methods, Method{chart.Method{ID: "b", Name: "B", Slot: 2}, []Run{worse}})
	s.Labels = []int32{0, 0, 1, 2, 2}
	got := section(t, s, "mistakes").Confusions
	if len(got) != 2 || got[0].Method.Slot != 0 || got[1].Method.Name != "FedPuReL" {
		t.Fatalf("matrices %+v", got)
	}
	if text := fmt.Sprint(got[0].Counts); text != "[[2 0 0] [0 0 1] [0 1 1]]" {
		t.Errorf("zero-shot: %s", text)
	}
	if text := fmt.Sprint(got[1].Counts); text != "[[0.5 1.5 0] [0 1 0] [0 1 1]]" {
		t.Errorf("FedPuReL: %s", text)
	}
	if want := "global model, last round, most often right, mean over 2 runs"; got[1].Sub != want {
		t.Errorf("%q, want %q", got[1].Sub, want)
	}
	for i := range s.Methods {
		for j := range s.Methods[i].Runs {
			r := *s.Methods[i].Runs[j].Result
			r.Classes = make([]string, 13)
			s.Methods[i].Runs[j].Result = &r
		}
	}
	if s.confused(s.Methods) != nil {
		t.Error("thirteen classes have a matrix")
	}
}

// Of many methods, mistakes are those of ours and the reference alone.
func TestMistakesOfMany(t *testing.T) {
	run := Run{
		Result: result(1, 1, [3]int64{}), Zero: []int32{0, 0, 2, 2, 1}, Predicted: []int32{1, 1, 1, 2, 1},
	}
	s := source(run)
	for _, name := range []string{"b", "c", "d", "e"} {
		s.Methods = append(s.Methods, Method{chart.Method{ID: name, Name: name, Slot: len(s.Methods) + 1}, []Run{run}})
	}
	s.Reference, s.Labels = 2, []int32{0, 0, 1, 2, 2}
	marks := section(t, s, "mistakes").Figures[0].Rows[0].Lines[0].Marks
	if len(marks) != 2 || marks[0].Method.ID != "fedpurel" || marks[1].Method.ID != "c" {
		t.Errorf("marks %+v", marks)
	}
}
