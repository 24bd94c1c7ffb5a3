package peft

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

func TestTable(t *testing.T) {
	if !slices.IsSorted(Names()) || len(slices.Compact(Names())) != len(Modules) {
		t.Errorf("table is not in name order: %v", Names())
	}
	for _, e := range Modules {
		if e.Doc == "" || e.New == nil || !(e.LR > 0) || !(e.PersonalLR > 0) {
			t.Errorf("%s: the row is not complete", e.Name)
		}
		if found, err := Find(e.Name); err != nil || found.Doc != e.Doc {
			t.Errorf("%s: found %q, %v", e.Name, found.Name, err)
		}
	}
	_, err := Find("nope")
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), strings.Join(Names(), ", ")) {
		t.Errorf("unknown module: %v", err)
	}
	if _, err := New("nope", Head{}, nil); fault.KindOf(err) != fault.Usage {
		t.Errorf("unknown module: %v", err)
	}
}

// Defaults pass their own check, and can be written in a spec file and explained: tagged fields, all of them exported.
func TestDefaultOptions(t *testing.T) {
	for _, e := range Modules {
		if e.Options == nil {
			continue
		}
		if err := e.Options.Validate(); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
		o := reflect.TypeOf(e.Options)
		if o.Kind() != reflect.Struct {
			t.Fatalf("%s: options are a %v", e.Name, o)
		}
		names := map[string]bool{}
		for _, f := range reflect.VisibleFields(o) {
			if f.Anonymous { // its fields follow
				continue
			}
			name := f.Tag.Get("json")
			if !f.IsExported() || name == "" || names[name] || f.Tag.Get("usage") == "" {
				t.Errorf("%s: field %s has the tags %q", e.Name, f.Name, f.Tag)
			}
			names[name] = true
		}
	}
}

// No options are the defaults.
func TestNoOptionsAreTheDefaults(t *testing.T) {
	for _, e := range Modules {
		h := head(rand.New(rand.NewPCG(1, 2)), e)
		m, err := New(e.Name, h, nil)
		if err != nil {
			t.Fatal(err)
		}
		if given := e.New(h, e.Options); !reflect.DeepEqual(m, given) {
			t.Errorf("%s: built as %+v, not as %+v", e.Name, m, given)
		}
	}
}

// other are options that no module reads.
type other struct{}

func (other) Validate() error { return nil }

func TestOptionsOfAnotherTypePanic(t *testing.T) {
	all := []Options{
		LowRank{Rank: 2, Alpha: 1}, TextLowRank{Rank: 2, Alpha: 1}, Adapter{Hidden: 2}, Prompt{Tokens: 1},
		VisionLowRank{LowRank{Rank: 2, Alpha: 1}, 1}, other{},
	}
	for _, e := range Modules {
		h := head(rand.New(rand.NewPCG(1, 2)), e)
		for _, o := range all {
			if reflect.TypeOf(o) != reflect.TypeOf(e.Options) {
				panics(t, e.Name+" with options of another module", func() { _, _ = New(e.Name, h, o) })
			}
		}
	}
	panics(t, "a pointer to options", func() { _, _ = New("lora", Head{}, &LowRank{Rank: 2, Alpha: 1}) })
}

// Options out of range are faults of who uses the program, and name the option.
func TestOptionsOutOfRange(t *testing.T) {
	low := func(spoil func(*LowRank)) Options { o := lowRankOptions; spoil(&o); return o }
	text := func(spoil func(*TextLowRank)) Options { o := lowRankOptions.update(); spoil(&o); return o }
	deep := func(spoil func(*VisionLowRank)) Options { o := visionOptions; spoil(&o); return o }
	adapter := func(spoil func(*Adapter)) Options { o := adapterOptions; spoil(&o); return o }
	for _, bad := range []struct {
		module, option string
		o              Options
	}{
		{"lora", "rank", low(func(o *LowRank) { o.Rank = 0 })},
		{"lora", "alpha", low(func(o *LowRank) { o.Alpha = math.NaN() })},
		{"lora-head", "alpha", low(func(o *LowRank) { o.Alpha = 0 })},
		{"lora", "dropout", low(func(o *LowRank) { o.Dropout = 1 })},
		{"lora-head", "dropout", low(func(o *LowRank) { o.Dropout = -0.1 })},
		{"lora-vision", "rank", deep(func(o *VisionLowRank) { o.Rank = 0 })},
		{"lora-vision", "dropout", deep(func(o *VisionLowRank) { o.Dropout = 1 })},
		{"lora-vision", "blocks", deep(func(o *VisionLowRank) { o.Blocks = 0 })},
		{"lora-vision", "blocks", deep(func(o *VisionLowRank) { o.Blocks = 1 << 20 })},
		{"prompt", "prompt tokens", Prompt{Tokens: 0}},
		{"prompt-class", "prompt tokens", Prompt{Tokens: 1 << 20}},
		{"projection", "dropout", low(func(o *LowRank) { o.Dropout = math.NaN() })},
		{"projection-head", "rank", low(func(o *LowRank) { o.Rank = -1 })},
		{"text-lora", "rank", text(func(o *TextLowRank) { o.Rank = 0 })},
		{"text-lora", "alpha", text(func(o *TextLowRank) { o.Alpha = -1 })},
		{"residual", "hidden", adapter(func(o *Adapter) { o.Hidden = 0 })},
		{"residual", "rho", adapter(func(o *Adapter) { o.Rho = -0.1 })},
		{"residual-head", "rho", adapter(func(o *Adapter) { o.Rho = 1.1 })},
		{"residual-head", "rho", adapter(func(o *Adapter) { o.Rho = math.NaN() })},
	} {
		e, err := Find(bad.module)
		if err != nil {
			t.Fatal(err)
		}
		_, err = New(bad.module, head(rand.New(rand.NewPCG(1, 2)), e), bad.o)
		if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), bad.option) {
			t.Errorf("%s with %s of %+v: %v", bad.module, bad.option, bad.o, err)
		}
	}
}

// Modules before the projection need one, and the others cannot have one.
func TestProjectionRefusals(t *testing.T) {
	for _, e := range Modules {
		wrong := e
		wrong.Projects = !e.Projects
		_, err := New(e.Name, head(rand.New(rand.NewPCG(1, 2)), wrong), nil)
		if fault.KindOf(err) != fault.Usage {
			t.Errorf("%s on features of the other kind: %v", e.Name, err)
		} else if want := "projection and projection-head"; !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v does not name %s", e.Name, err, want)
		}
	}
}

// γ = α/r, or α/√r.
func TestRankStable(t *testing.T) {
	o := TextLowRank{Rank: 4, Alpha: 16}
	if o.gamma() != 4 {
		t.Errorf("γ = %v", o.gamma())
	}
	if o.RankStable = true; o.gamma() != 8 {
		t.Errorf("rank-stable γ = %v", o.gamma())
	}
}
