package peft

import (
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// panics fails unless f does.
func panics(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if recover() == nil {
			t.Errorf("%s does not panic", what)
		}
	}()
	f()
}

// A module's tensors have names of their own, and lie one after the other.
func TestLayoutsArePacked(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		l, at, seen := s.module.Layout(), 0, map[string]bool{}
		for _, tensor := range l {
			if tensor.Offset != at || tensor.Name == "" || seen[tensor.Name] {
				t.Errorf("tensor %+v starts at %d", tensor, at)
			}
			seen[tensor.Name] = true
			at += tensor.Rows * tensor.Cols
		}
		if at != l.Size() || at != l.Count() || at == 0 {
			t.Errorf("size %d, count %d, tensors %d", l.Size(), l.Count(), at)
		}
		if !slices.Equal(l, s.module.Layout()) {
			t.Error("another layout at another call")
		}
	})
}

// three is a layout of 6, 4 and 2 values, and numbered parameters for it.
func three() (Layout, []float32) {
	l := layout(
		Tensor{Name: "a", Rows: 2, Cols: 3}, Tensor{Name: "b", Rows: 1, Cols: 4}, Tensor{Name: "c", Rows: 2, Cols: 1},
	)
	p := make([]float32, l.Size())
	for i := range p {
		p[i] = float32(i)
	}
	return l, p
}

// Parts keep the offsets of the whole, and its order.
func TestParts(t *testing.T) {
	l, _ := three()
	a, b, c := l[0], l[1], l[2]
	if a.Offset != 0 || b.Offset != 6 || c.Offset != 10 || l.Size() != 12 {
		t.Fatalf("layout %+v", l)
	}
	for name, part := range map[string]struct {
		got, want   Layout
		size, count int
	}{
		"all":             {l, Layout{a, b, c}, 12, 12},
		"only b":          {l.Only("b"), Layout{b}, 10, 4},
		"only c and a":    {l.Only("c", "a"), Layout{a, c}, 12, 8},
		"only none":       {l.Only(), Layout{}, 0, 0},
		"without b":       {l.Without("b"), Layout{a, c}, 12, 8},
		"without c and b": {l.Without("c", "b"), Layout{a}, 6, 6},
		"without none":    {l.Without(), l, 12, 12},
		"without all":     {l.Without("a", "b", "c"), Layout{}, 0, 0},
		"minus a part":    {l.Minus(l.Only("a", "c")), Layout{b}, 10, 4},
		"minus nothing":   {l.Minus(nil), l, 12, 12},
		"minus itself":    {l.Minus(l), Layout{}, 0, 0},
		"part of a part":  {l.Without("a").Only("c"), Layout{c}, 12, 2},
		"nothing":         {nil, nil, 0, 0},
		"minus another's": {l.Minus(Layout{{Name: "a", Rows: 1, Cols: 1}}), l, 12, 12},
	} {
		if !slices.Equal(part.got, part.want) {
			t.Errorf("%s: %v", name, part.got)
		}
		if part.got.Size() != part.size || part.got.Count() != part.count {
			t.Errorf("%s: size %d, count %d", name, part.got.Size(), part.got.Count())
		}
	}
	if names := l.Names(); !slices.Equal(names, []string{"a", "b", "c"}) || !slices.Equal(l, Layout{a, b, c}) {
		t.Errorf("the whole is changed to %v", names)
	}
	panics(t, "Only an unknown tensor", func() { l.Only("a", "d") })
	panics(t, "Without an unknown tensor", func() { l.Without("d") })
	panics(t, "a tensor that the part has not", func() { l.Without("a").Only("a") })
}

// Take packs a part's values, Put writes them back and leaves the others alone.
func TestTakeAndPut(t *testing.T) {
	l, p := three()
	part := l.Only("a", "c")
	packed := part.Take(p)
	if want := []float32{0, 1, 2, 3, 4, 5, 10, 11}; !slices.Equal(packed, want) {
		t.Fatalf("took %v", packed)
	}
	for i := range packed {
		packed[i] += 100
	}
	if p[0] != 0 {
		t.Error("what Take returns is no copy")
	}
	part.Put(p, packed)
	if want := []float32{100, 101, 102, 103, 104, 105, 6, 7, 8, 9, 110, 111}; !slices.Equal(p, want) {
		t.Errorf("put %v", p)
	}
	if !slices.Equal(part.Take(p), packed) {
		t.Error("what was put is not taken")
	}
	q := make([]float32, l.Size())
	part.Put(q, part.Take(p))
	rest := l.Minus(part)
	rest.Put(q, rest.Take(p))
	if !slices.Equal(p, q) {
		t.Error("a part and the rest are not the whole")
	}
	var none Layout
	if none.Put(q, none.Take(p)); !slices.Equal(p, q) {
		t.Error("nothing is something")
	}
	panics(t, "Put of too few values", func() { part.Put(p, packed[1:]) })
	panics(t, "Put of too many values", func() { part.Put(p, p) })
}

// A tensor's views share the parameters, and cannot grow into the next tensor's.
func TestTensorViews(t *testing.T) {
	l, p := three()
	m := l[0].Of(p)
	if m.Rows != 2 || m.Cols != 3 || !slices.Equal(m.Row(1), []float32{3, 4, 5}) {
		t.Errorf("a is %v", m)
	}
	m.Row(1)[0] = 9
	if v := l[0].Slice(p); p[3] != 9 || len(v) != 6 || cap(v) != 6 {
		t.Errorf("a's values are %v, with room for %d", v, cap(v))
	}
}

// A row for each class has W of a head, a context of each class's own, and what shifts class texts one by one; no other
// tensor of as many rows has.
func TestByClass(t *testing.T) {
	each(t, func(t *testing.T, s sample) {
		_, headed := s.module.(Headed)
		shifted, is := s.module.(*text)
		if is {
			_, is = shifted.mover.(*textClass)
		}
		is = is || strings.HasSuffix(s.Name, "prompt-class") && !strings.HasPrefix(s.Name, "twice")
		rows := ByClass(s.module)
		if want := headed || is; (len(rows) == 1) != want || want && !slices.Contains(s.module.Layout(), rows[0]) {
			t.Errorf("rows of classes: %v", rows)
		}
	})
	square := newTextLowRank(Head{Text: f32.New(8, 16), Scale: 1}, TextLowRank{Rank: 8, Alpha: 1})
	if rows := ByClass(&text{square, Head{}}); rows != nil {
		t.Errorf("a factor of the rank of the number of classes: %v", rows)
	}
}
