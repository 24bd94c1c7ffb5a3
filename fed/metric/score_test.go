package metric

import (
	"encoding/json"
	"math"
	"testing"
)

func TestNumJSON(t *testing.T) {
	for _, k := range []struct {
		in   float64
		want string
	}{
		{0.1, "0.1"}, {0, "0"}, {-2.5, "-2.5"}, {1.0 / 3, "0.3333333333333333"}, {1e-300, "1e-300"},
		{math.MaxFloat64, "1.7976931348623157e+308"},
		{math.NaN(), "null"}, {math.Inf(1), "null"}, {math.Inf(-1), "null"},
	} {
		data, err := json.Marshal(Num(k.in))
		if err != nil || string(data) != k.want {
			t.Errorf("%v becomes %s (%v), want %s", k.in, data, err, k.want)
			continue
		}
		back := Num(5)
		if err := json.Unmarshal(data, &back); err != nil {
			t.Errorf("%s: %v", data, err)
		}
		if k.want == "null" {
			if !math.IsNaN(float64(back)) {
				t.Errorf("null becomes %v", back)
			}
		} else if float64(back) != k.in {
			t.Errorf("%v comes back as %v", k.in, back)
		}
	}
	if err := json.Unmarshal([]byte(`"x"`), new(Num)); err == nil {
		t.Error("a string is read as a number")
	}
}

// result.json and rounds.jsonl keep their keys, their order and null for what does not exist.
func TestScoresJSON(t *testing.T) {
	counts := made([3]int64{1, 2, 2}, [3]int64{3, 4, 4})
	view := View{Counts: counts, Groups: []Group{{Classes: []int{0}}, {}}, Balance: Balance{1, 1}}
	local := view
	local.Clients = []Hits{counts.Hits()}
	in := All().Scores(view, local, local)
	in.Global[3].Value, in.OnLocal[3].Value, in.Personal[3].Value = 0.25, 0.5, 0.75 // a short number for balancedness
	in.Moved[0].Value = 1e-300
	one := func(balancedness, worst string) string {
		return `{"all":0.6666666666666666,"pooled":0.6666666666666666,"groups":[0.5,null],` +
			`"balancedness":` + balancedness + `,"macro_f1":0.625,` +
			`"groups_without_zero":[0.5,null],"worst_decile":` + worst + `}`
	}
	want := `{"global":` + one("0.25", "null") + `,"on_local":` + one("0.5", "0.6666666666666666") +
		`,"personal":` + one("0.75", "0.6666666666666666") +
		`,"tkl":1e-300,"tkl_reverse":null,"kl":null,"soft_ce":null}`
	data, err := json.Marshal(in)
	if err != nil || string(data) != want {
		t.Fatalf("scores become (%v)\n%s, want\n%s", err, data, want)
	}
	var out Scores
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	same(t, "null", out.Global.Value("worst_decile"), math.NaN())
	same(t, "null in a list", out.Personal.Group(GroupAccuracy, 1), math.NaN())
	same(t, "what is not there", out.Personal.Value("tkl"), math.NaN())
	same(t, "a group that is not there", out.Personal.Group(GroupAccuracy, 2), math.NaN())
	if again, err := json.Marshal(out); err != nil || string(again) != want {
		t.Errorf("read and written again (%v):\n%s", err, again)
	}
}

// What no table knows survives reading and writing, and what is no number is an error.
func TestForeignScores(t *testing.T) {
	foreign := `{"global":{"new \"one\"":0.5,"list":[]},"on_local":{},"personal":{},"other":[1,null]}`
	var s Scores
	if err := json.Unmarshal([]byte(foreign), &s); err != nil {
		t.Fatal(err)
	}
	same(t, "of a model", s.Global.Value(`new "one"`), 0.5)
	same(t, "beside the models", s.Moved.Group("other", 0), 1)
	if data, err := json.Marshal(s); err != nil || string(data) != foreign {
		t.Errorf("%s becomes %s (%v)", foreign, data, err)
	}
	for _, bad := range []string{
		`[]`, `3`, `{"global":[]}`, `{"global":{"all":"x"}}`, `{"tkl":{}}`, `{"global":{"groups":["x"]}}`,
	} {
		if err := json.Unmarshal([]byte(bad), &s); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

func TestMeanSkipsNaN(t *testing.T) {
	nan := math.NaN()
	score := func(v float64) Score {
		return Score{
			{Name: Accuracy, Value: v}, {GroupAccuracy, nan, []float64{v, nan}}, {Name: "worst_decile", Value: v},
		}
	}
	moved := func(tkl, kl float64) Score { return Score{{Name: TKL, Value: tkl}, {Name: "kl", Value: kl}} }
	m := Mean([]Scores{
		{score(0.2), score(0.4), score(0.6), moved(nan, nan)},
		{score(0.4), score(nan), score(0.8), moved(3, 5)},
		{score(0.9), score(0.5), score(1), moved(1, 3)},
	})
	for _, k := range []struct {
		model Model
		want  float64
	}{{Global, 0.5}, {OnLocal, 0.45}, {Personal, 0.8}} {
		got, name := *m.Of(k.model), string(k.model)
		for _, v := range []float64{got.Value(Accuracy), got.Group(GroupAccuracy, 0), got.Value("worst_decile")} {
			same(t, name, v, k.want)
		}
		same(t, name+" without values", got.Group(GroupAccuracy, 1), nan)
	}
	same(t, "TKL", m.Moved.Value(TKL), 2)
	same(t, "KL", m.Moved.Value("kl"), 4)
}

func TestMeanDoesNotShareGroups(t *testing.T) {
	in := []Scores{{Global: Score{{Name: GroupAccuracy, Groups: []float64{1}}}}}
	Mean(in).Global[0].Groups[0] = 7
	if in[0].Global[0].Groups[0] != 1 {
		t.Error("the mean shares its groups with its input")
	}
}
