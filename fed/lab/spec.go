package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/option"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Spec is everything that decides the result of a run, and nothing else: the general options, and the plug-ins that
// they name with options of their own. It comes from Tables.Spec, which chooses the plug-ins: of the general options
// only label and the seeds may be changed afterwards. Its JSON is flat, holds what the run reads, and is a spec file
// again.
type Spec struct {
	General
	method  method.Entry
	module  peft.Entry
	loss    train.LossEntry
	kind    partition.Kind
	profile partition.Profile
	options map[string]any // of every slot's plug-in, pointers to structs; nil where nothing reads any
	tables  Tables
	follows []Setting // what the data decided
}

// Trains says whether the method has rounds at all.
func (s *Spec) Trains() bool { return s.method.New != nil }

// wears says whether the method trains by a task loss, and not by one of its own.
func (s *Spec) wears() bool { return s.Trains() && !s.method.OwnLoss }

// slots in the order in which a spec lists their options.
var slots = []string{"partition", "tail", "method", "personal", "module", "loss"}

// idle says why a run does not read the options of a slot's plug-in; it is empty if it does.
func (s *Spec) idle(slot string) string {
	switch slot {
	case "partition", "tail":
		if s.File != "" {
			return madeAlready(s)
		}
	case "module", "loss", "personal":
		switch {
		case !s.Trains():
			return "--method " + s.Method + " does not train"
		case slot == "personal" && !s.method.Shares:
			return "--method " + s.Method + " trains more than one model for everybody"
		case slot == "loss" && s.method.OwnLoss:
			return "--method " + s.Method + " has a loss of its own"
		}
	}
	return ""
}

// Fields lists the options that the run reads, with their values.
func (s *Spec) Fields() []option.Field {
	var fields []option.Field
	for _, f := range option.Fields(s.General) {
		if s.readsGeneral(f) {
			fields = append(fields, f)
		}
	}
	for _, slot := range slots {
		fields = append(fields, option.Fields(s.options[slot])...)
	}
	return fields
}

// Value is that of an option, or nil if the run does not read it.
func (s *Spec) Value(name string) any {
	for _, f := range s.Fields() {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

// MarshalJSON writes the fields in their order.
func (s Spec) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, f := range s.Fields() {
		name, err := json.Marshal(f.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(f.Value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%c%s:%s", "{,"[min(i, 1)], name, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// difference names the first option in which a spec differs from one of before, or is empty.
func (s *Spec) difference(before *Spec) string {
	for _, pair := range [][2]*Spec{{s, before}, {before, s}} {
		for _, f := range pair[0].Fields() {
			if now, was := s.Value(f.Name), before.Value(f.Name); now != was {
				return fmt.Sprintf("%s is %s, was %s", f.Name, shown(now), shown(was))
			}
		}
	}
	return ""
}

func shown(v any) string {
	if v == nil {
		return "not read"
	}
	return fmt.Sprint(v)
}

// extra counts the rounds after the last global one, if the method has such.
func (s *Spec) extra() int {
	if m, ok := s.algorithm().(interface{ ExtraRounds() int }); ok {
		return m.ExtraRounds()
	}
	return 0
}

// TotalRounds counts all rounds, those after the last global one included.
func (s *Spec) TotalRounds() int {
	if !s.Trains() {
		return 0
	}
	return s.Rounds + s.extra()
}

// everyone says in which rounds, 0 the first, all clients take part.
func (s *Spec) everyone(round int) bool { return s.FirstAll && round == 0 }

// Folder is where the run lies in a comparison's folder: <method or label>/data-<data seed>/seed-<training seed>.
// A partition that is made already counts as of the default data seed.
func (s *Spec) Folder(out string) string {
	name := s.Method
	if base, all, err := s.tables.Worn(s.Label); err == nil && base == name && all != nil {
		name = s.Label
	} else if s.Label != "" {
		name = strings.Trim(strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' {
				return r
			}
			return '-'
		}, s.Label), "-.") + "-" + hash([]byte(s.Label))[:6] // different labels may look the same
	}
	return filepath.Join(out, name, fmt.Sprintf("data-%d", s.DataSeed), fmt.Sprintf("seed-%d", s.Seed))
}
