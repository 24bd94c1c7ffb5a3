package told

import (
	"math"
	"slices"
	"strings"
	"testing"
)

var nan = math.NaN()

// gap is a difference without an interval.
func gap(points float64) Gap { return Gap{points, nan, nan} }

// lacking is a method that nothing is known of.
func lacking(name string) Method {
	none := Model{nan, nan, None(), None()}
	return Method{Name: name, Global: none, Personal: none, Few: None(), Many: None()}
}

// demo is what two methods found with five training seeds.
func demo() Facts {
	return Facts{
		Methods: []Method{
			{
				"FedPuReL", Model{74.7, 0.2, gap(2.1), gap(1.1)}, Model{77.7, 0.2, gap(5.8), gap(1.8)},
				gap(-0.8), gap(7.4), 18, 20,
			},
			{
				"FedAvg", Model{73.6, 0.3, gap(1), None()}, Model{75.9, 0.2, gap(4), None()},
				gap(-2.7), gap(8.6), 15, 20,
			},
		},
		Zero: Zero{72.7, 74.1, 72.9, 71.9}, Few: "few-shot classes", Many: "many-shot classes", Family: "CLIP",
		Classes: 48, Data: 1, Seeds: 5,
	}
}

// told is the title and the findings; bold is marked.
func told(f Facts) []string {
	all := []string{f.Title()}
	for _, s := range f.Findings() {
		all = append(all, "*"+s.Strong+"*"+s.Rest)
	}
	return all
}

// Verbs follow the numbers: who loses reads so, what shows as 0.0 is neither, what is missing is not told.
func TestSentences(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Facts)
		want   []string
	}{
		{"wins, training seeds", func(*Facts) {}, []string{
			"FedPuReL and FedAvg against zero-shot CLIP",
			"*FedPuReL’s global model is right on 74.7 ± 0.2 %* of the test images, 1.1 points above FedAvg and " +
				"2.1 points above zero-shot (training seeds only).",
			"*On few-shot classes FedPuReL gives up 0.8 points* of what zero-shot knew, FedAvg 2.7; both gain on " +
				"many-shot classes.",
			"*Personal models reach 77.7 ± 0.2 %* with FedPuReL, 1.8 points above FedAvg and 5.8 points above " +
				"zero-shot; 18 of 20 clients do better than zero-shot, against 15 with FedAvg.",
		}},
		{"wins, data seeds", func(f *Facts) {
			f.Data, f.Seeds = 5, 2
			m := &f.Methods[0]
			m.Better, m.Clients, f.Methods[1].Clients = 98, 100, 100
			m.Global.Against, m.Global.Zero = Gap{1.1, 0.6, 1.5}, Gap{2.1, -0.3, 4.5}
			m.Few, m.Personal.Zero = Gap{-0.8, -1.4, -0.2}, Gap{5.8, 5.1, 6.5}
		}, []string{
			"FedPuReL and FedAvg against zero-shot CLIP",
			"*FedPuReL’s global model is right on 74.7 ± 0.2 %* of the test images, 1.1 points above FedAvg (95 % " +
				"interval 0.6 to 1.5 over 5 data seeds) and 2.1 points above zero-shot (−0.3 to 4.5, which " +
				"includes zero).",
			"*On few-shot classes FedPuReL gives up 0.8 points* of what zero-shot knew (95 % interval 0.2 to 1.4 " +
				"over 5 data seeds), FedAvg 2.7; both gain on many-shot classes.",
			"*Personal models reach 77.7 ± 0.2 %* with FedPuReL, 1.8 points above FedAvg and 5.8 points above " +
				"zero-shot (95 % interval 5.1 to 6.5 over 5 data seeds); 98 of 100 clients (20 under each data " +
				"seed) do better than zero-shot, against 15 with FedAvg.",
		}},
		{"loses", func(f *Facts) {
			f.Data = 5
			m := &f.Methods[0]
			m.Global = Model{57.1, 0.4, Gap{-6.3, -6.7, -5.9}, gap(-16.5)}
			m.Personal, m.Better = Model{60, 1, gap(-11.9), gap(-15.9)}, 0
			m.Few, m.Many, f.Methods[1].Few = gap(-8), gap(-1), gap(0.4)
		}, []string{
			"FedPuReL and FedAvg against zero-shot CLIP",
			"*FedPuReL’s global model is right on 57.1 ± 0.4 % of the test images, 6.3 points below zero-shot* (95 % " +
				"interval 5.9 to 6.7 over 5 data seeds) and 16.5 points below FedAvg.",
			"*On few-shot classes FedPuReL gives up 8.0 points* of what zero-shot knew; FedAvg gains 0.4; on " +
				"many-shot classes FedPuReL gives up 1.0, FedAvg gains 8.6.",
			"*Personal models fall to 60.0 ± 1.0 % with FedPuReL, 11.9 points below zero-shot* and 15.9 points below " +
				"FedAvg; none of 20 clients (4 under each data seed) does " +
				"better than zero-shot, against 15 with FedAvg.",
		}},
		{"equal", func(f *Facts) {
			m := &f.Methods[0]
			m.Global.Zero, m.Global.Against = gap(0.04), gap(-0.04)
			m.Personal.Zero, m.Personal.Against, m.Better = gap(-0.01), gap(0), 15
			m.Few, f.Methods[1].Few, m.Many, f.Methods[1].Many = gap(0.02), gap(0), gap(-0.03), gap(0.03)
		}, []string{
			"FedPuReL and FedAvg against zero-shot CLIP",
			"*FedPuReL’s global model is right on 74.7 ± 0.2 %* of the test images, as often as FedAvg and as " +
				"often as zero-shot (training seeds only).",
			"*On few-shot classes FedPuReL is right as often as zero-shot*; FedAvg does as zero-shot does; both do " +
				"as zero-shot does on many-shot classes.",
			"*Personal models stay at 77.7 ± 0.2 %* with FedPuReL, as much as FedAvg and as much as zero-shot; 15 of " +
				"20 clients do better than zero-shot, as many as with FedAvg.",
		}},
		{"one method, one run", func(f *Facts) {
			f.Methods, f.Seeds = f.Methods[:1], 1
			m := &f.Methods[0]
			m.Global.SD, m.Personal.SD, m.Global.Against, m.Personal.Against = nan, nan, None(), None()
			m.Better = 20
		}, []string{
			"FedPuReL against zero-shot CLIP",
			"*FedPuReL’s global model is right on 74.7 %* of the test images, 2.1 points above zero-shot (one run).",
			"*On few-shot classes FedPuReL gives up 0.8 points* of what zero-shot knew; on many-shot classes it " +
				"gains 7.4.",
			"*Personal models reach 77.7 %* with FedPuReL, 5.8 points above zero-shot; all 20 clients do better than " +
				"zero-shot.",
		}},
		{"no few-shot classes", func(f *Facts) { f.Few = "" }, []string{
			"FedPuReL and FedAvg against zero-shot CLIP",
			"*FedPuReL’s global model is right on 74.7 ± 0.2 %* of the test images, 1.1 points above FedAvg and " +
				"2.1 points above zero-shot (training seeds only).",
			"*Personal models reach 77.7 ± 0.2 %* with FedPuReL, 1.8 points above FedAvg and 5.8 points above " +
				"zero-shot; 18 of 20 clients do better than zero-shot, against 15 with FedAvg.",
		}},
		{"no personal models", func(f *Facts) {
			for i := range f.Methods {
				f.Methods[i].Personal, f.Methods[i].Clients = lacking("").Personal, 0
			}
			f.Methods[0].Few, f.Methods[1].Few = gap(1.2), gap(-0.4)
		}, []string{
			"FedPuReL and FedAvg against zero-shot CLIP",
			"*FedPuReL’s global model is right on 74.7 ± 0.2 %* of the test images, 1.1 points above FedAvg and " +
				"2.1 points above zero-shot (training seeds only).",
			"*On few-shot classes FedPuReL gains 1.2 points* over zero-shot; FedAvg gives up 0.4; both gain on " +
				"many-shot classes.",
		}},
		{"no global model", func(f *Facts) {
			m := lacking("local only")
			m.Personal, m.Better, m.Clients = Model{80, 0.5, gap(8.1), None()}, 1, 20
			f.Methods = []Method{m}
		}, []string{
			"Local only against zero-shot CLIP",
			"*Personal models reach 80.0 ± 0.5 %* with local only, 8.1 points above zero-shot; 1 of 20 clients does " +
				"better than zero-shot (training seeds only).",
		}},
		{"zero-shot alone", func(f *Facts) { f.Methods = nil }, []string{
			"Zero-shot CLIP",
			"*Zero-shot is right on 72.7 %* of the test images, 74.1 % on many-shot classes and 72.9 % on few-shot " +
				"classes.",
		}},
		{"below chance", func(f *Facts) {
			f.Methods = f.Methods[:1]
			f.Methods[0].Global, f.Few = Model{1.9, 0.1, gap(-70.8), None()}, ""
			f.Methods[0].Personal = lacking("").Personal
		}, []string{
			"FedPuReL against zero-shot CLIP",
			"*FedPuReL’s global model is right on 1.9 ± 0.1 % of the test images, 70.8 points below zero-shot*, no " +
				"more than guessing among 48 classes (2.1 %) (training seeds only).",
		}},
		{"twelve methods", func(f *Facts) {
			f.Family = ""
			for i := range 10 {
				m := f.Methods[1]
				m.Name, m.Global.Mean, m.Few = "Fed"+string(rune('A'+i)), 70+float64(i), gap(float64(i)-4.5)
				f.Methods = append(f.Methods, m)
			}
		}, []string{
			"12 methods against zero-shot",
			"*FedPuReL’s global model is right on 74.7 ± 0.2 %* of the test images, 1.1 points above FedAvg and " +
				"2.1 points above zero-shot; of 12 methods FedJ does best with 79.0 ± 0.3 % (training seeds only).",
			"*On few-shot classes FedPuReL gives up 0.8 points* of what zero-shot knew, FedAvg 2.7; of 12 methods " +
				"5 gain and 7 lose; on many-shot classes all gain.",
			"*Personal models reach 77.7 ± 0.2 %* with FedPuReL, 1.8 points above FedAvg and 5.8 points above " +
				"zero-shot; none of the other 11 methods does better; 18 of 20 clients do better than zero-shot, " +
				"against 15 with FedAvg.",
		}},
		{"a long name, the best of three", func(f *Facts) {
			f.Methods = append(f.Methods, f.Methods[1])
			f.Methods[2].Name = strings.Repeat("é", 200)
			f.Methods = f.Methods[:3]
			f.Few = ""
			for i := range f.Methods {
				f.Methods[i].Personal = lacking("").Personal
			}
		}, []string{
			"3 methods against zero-shot CLIP",
			"*FedPuReL’s global model is right on 74.7 ± 0.2 %* of the test images, 1.1 points above FedAvg and " +
				"2.1 points above zero-shot; none of the other 2 methods does better (training seeds only).",
		}},
	} {
		f := demo()
		c.change(&f)
		if got := told(f); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

func TestDeck(t *testing.T) {
	f := demo()
	f.Setting = Setting{"Birds", 100, 20, []float64{0.4}, []int{100}, "tiny", []string{"lora"}}
	want := "Birds, 48 classes with a long tail (imbalance 100), 20 clients of whom 40 % take part in each of 100 " +
		"rounds, 5 training seeds; encoder tiny, module lora"
	if got := f.Deck(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	f.Data, f.Seeds, f.Setting = 3, 2, Setting{Clients: 1, Modules: []string{"head", "linear"}}
	want = "48 classes, 1 client, 3 data seeds with 2 training seeds each; modules head and linear"
	if got := f.Deck(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
