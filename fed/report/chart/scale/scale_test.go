package scale

import (
	"math"
	"math/rand/v2"
	"reflect"
	"sort"
	"strings"
	"testing"
)

func TestTicksAreRound(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		low := (random.Float64() - 0.5) * math.Pow(10, random.Float64()*24-12)
		high := low + random.Float64()*math.Pow(10, random.Float64()*24-12)
		s := Extent{low, high}.Wide(false)
		ticks := s.Ticks(4)
		if len(ticks) < 2 || len(ticks) > 7 {
			t.Fatalf("%v: %d ticks %v", s, len(ticks), ticks)
		}
		for _, v := range ticks {
			if at := s.At(v); at < 0 || at > 1 {
				t.Fatalf("%v: tick %v stands at %v", s, v, at)
			}
		}
		m := (ticks[1] - ticks[0]) / math.Pow(10, math.Floor(math.Log10((ticks[1]-ticks[0])*1.0001)))
		if high-low > math.Abs(low)*1e-6 && math.Min(math.Abs(m-1), math.Min(math.Abs(m-2), math.Abs(m-5))) > 1e-3 {
			t.Fatalf("%v: ticks %v are %v apart", s, ticks, m)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		scale Scale
		want  string
	}{
		{Scale{72.7, 75, false}, "73 73.5 74 74.5 75"},
		{Scale{-42, 38, false}, "−40 −20 0 20"},
		{Scale{0, 100, false}, "0 20 40 60 80 100"},
		{Scale{0.015, 0.05, false}, "0.02 0.03 0.04 0.05"},
		{Scale{0, 2500, false}, "0 500 1,000 1,500 2,000 2,500"},
		{Scale{230, 2400, true}, "500 1,000 2,000"},
		{Scale{1, 1e6, true}, "1 100 10,000 1,000,000"},
		{Scale{0, 4e9, false}, "0 1×10⁹ 2×10⁹ 3×10⁹ 4×10⁹"},
		{Scale{0, 4e-9, false}, "0 1×10⁻⁹ 2×10⁻⁹ 3×10⁻⁹ 4×10⁻⁹"},
		{Scale{0.0008, 0.4, true}, "0.001 0.003 0.01 0.03 0.1 0.3"},
		{Scale{7, 8, true}, "7 7.2 7.4 7.6 7.8 8"},
	} {
		if got := strings.Join(c.scale.Labels(c.scale.Ticks(4), false), " "); got != c.want {
			t.Errorf("%v: %s, want %s", c.scale, got, c.want)
		}
	}
}

func TestDomains(t *testing.T) {
	empty := Empty()
	for _, e := range []Extent{empty, {5, 5}, {0, 0}, {-3, -3}, {1e300, 1e300}, {-1e308, 1e308}, {1e-300, 2e-300}} {
		for _, log := range []bool{false, true} {
			s := e.Wide(log)
			if !(s.Low < s.High) || !Finite(s.High-s.Low) || math.IsNaN(s.At(s.High)) {
				t.Errorf("%v, log %v: domain %v", e, log, s)
			}
		}
	}
	e := empty
	e.Add(math.NaN(), 10, 20, math.Inf(1))
	if s := e.Wide(false); math.Abs(s.Low-9.7) > 1e-9 || math.Abs(s.High-20.3) > 1e-9 {
		t.Errorf("domain %v is not that of the data ± 3 %%", s)
	}
	if s := e.Wide(false).Within(0, 20); s.High != 20 || s.Low < 9 {
		t.Errorf("domain %v is not within its bounds", s)
	}
	s := Scale{0, 10, false}.Room(0.1, 0.4)
	if at := s.At(0); math.Abs(at-0.1) > 1e-9 || math.Abs(s.At(10)-0.6) > 1e-9 {
		t.Errorf("room %v leaves %v below", s, at)
	}
}

func TestApart(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		wanted := make([]float64, 1+random.IntN(14))
		for i := range wanted {
			wanted[i] = math.Round(random.Float64()*20) * 10
		}
		placed := Apart(wanted, 14, 0, 200)
		if !reflect.DeepEqual(placed, Apart(wanted, 14, 0, 200)) {
			t.Fatal("places differ from call to call")
		}
		sorted := append([]float64(nil), placed...)
		sort.Float64s(sorted)
		for i, p := range sorted {
			if p < -1e-9 || p > 200+1e-9 || i > 0 && p-sorted[i-1] < 14-1e-9 {
				t.Fatalf("%v became %v", wanted, placed)
			}
		}
		for i := range wanted {
			for j := range wanted {
				if wanted[i] < wanted[j] && placed[i] > placed[j] {
					t.Fatalf("%v became %v, in another order", wanted, placed)
				}
			}
		}
	}
	if got := Apart([]float64{100, 100}, 14, 0, 200); got[0] != 93 || got[1] != 107 {
		t.Errorf("two equal places became %v", got)
	}
	if got := Apart(make([]float64, 30), 14, 0, 29); got[29] != 29 || got[1] != 1 {
		t.Errorf("too many places became %v", got)
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range [][2]string{
		{Number(-1234.56, 1), "−1,234.6"}, {Number(-0.01, 1), "0.0"}, {Signed(0.04, 1), "0.0"},
		{Signed(2, 1), "+2.0"}, {Number(math.NaN(), 1), "–"}, {Number(math.Inf(-1), 1), "−∞"},
		{Number(2.5e12, 0), "2.5×10¹²"}, {Signed(-3e-7, 0), "−3×10⁻⁷"},
	} {
		if c[0] != c[1] {
			t.Errorf("%s, want %s", c[0], c[1])
		}
	}
}

func TestEndsOfAnAxis(t *testing.T) {
	s := Scale{5, 100, false}
	if got := s.End([]float64{20, 40}, 0.1, 5, true); !reflect.DeepEqual(got, []float64{5, 20, 40}) {
		t.Errorf("%v lacks the first value", got)
	}
	if got := s.End([]float64{20, 40, 98}, 0.1, 100, false); len(got) != 3 {
		t.Errorf("%v: the last value touches its neighbour", got)
	}
}
