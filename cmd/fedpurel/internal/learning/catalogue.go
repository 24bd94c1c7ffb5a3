package learning

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/train/option"
	"github.com/fedpurel/fedpurel/train/peft"
)

// catalogue is methods, and what can be worn.
type catalogue struct {
	Methods   []card     `json:"methods"`
	Additions []wearable `json:"additions"`
}

// wearable is what there is to know of an addition.
type wearable struct {
	Name    string       `json:"name"`
	Title   string       `json:"title"`
	Doc     string       `json:"doc"`
	Options lab.Settings `json:"options"` // that it is a name for
	Reveals string       `json:"reveals,omitempty"`
}

// known is all that there is or, of one name, what it consists of: a method, what that wears, or an addition alone.
func known(t lab.Tables, name string) (all catalogue, err error) {
	all.Methods, all.Additions = cards(t), []wearable{}
	for _, a := range t.Additions {
		s, err := onSome(t, "fedavg+"+a.Name)
		if err != nil {
			return all, err
		}
		all.Additions = append(all.Additions, wearable{a.Name, a.Title, a.Doc, a.Settings, s.Reveals()})
	}
	if name == "" {
		return all, nil
	}
	base, worn := "", []lab.Addition(nil)
	for _, a := range t.Additions {
		if strings.TrimPrefix(name, "+") == a.Name {
			worn = []lab.Addition{a}
		}
	}
	if worn == nil {
		if base, worn, err = t.Worn(name); err == nil {
			_, err = method.Find(base)
		}
		if err == nil && worn != nil { // whether it can
			_, err = onSome(t, name)
		}
	}
	all.Methods = slices.DeleteFunc(all.Methods, func(m card) bool { return m.Name != base })
	all.Additions = slices.DeleteFunc(all.Additions, func(w wearable) bool {
		return !slices.ContainsFunc(worn, func(a lab.Addition) bool { return a.Name == w.Name })
	})
	return all, err
}

// onSome is a run of a method on the first module that lets it run; without one, the first refusal.
func onSome(t lab.Tables, name string) (s lab.Spec, err error) {
	for _, m := range t.Modules {
		tried, why := t.Spec(lab.Settings{"method": name, "module": m.Name})
		if why == nil {
			return tried, nil
		}
		err = cmp.Or(err, why)
	}
	return s, err
}

// card is what there is to know of a method.
type card struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Doc     string   `json:"doc"`
	Source  string   `json:"source,omitempty"`
	Reveals string   `json:"reveals,omitempty"`
	Module  string   `json:"module,omitempty"` // one that suits, of a method that does not run on every one
	Options []string `json:"options,omitempty"`
	Shares  bool     `json:"wears_residual,omitempty"`
	OwnLoss bool     `json:"own_loss,omitempty"` // and so wears none
}

func cards(t lab.Tables) (all []card) {
	for _, e := range t.Methods {
		c := card{
			Name: e.Name, Title: e.Title, Doc: e.Doc, Source: e.Source, Reveals: e.Reveals, Module: e.Host,
			Shares: e.Shares, OwnLoss: e.OwnLoss,
		}
		if e.New != nil {
			for _, name := range option.Names(e.New(peft.Entry{})) {
				c.Options = append(c.Options, option.Flag(name))
			}
		}
		all = append(all, c)
	}
	return all
}
