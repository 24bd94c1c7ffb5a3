package lab

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Explain prints what the presets set for the spec's plug-ins, beside the defaults, what follows from the data, and
// then the spec itself.
func (t Tables) Explain(w io.Writer, s Spec) error {
	chosen := Settings{"method": s.Method, "module": s.Module}
	if s.wears() {
		chosen["loss"] = s.Loss
	}
	plain, _, err := t.resolve(nil, nil, chosen, false)
	if err != nil {
		return err
	}
	for _, p := range t.Presets {
		doc := p.Doc
		for _, x := range p.Settings {
			if x.Module != "" {
				doc = p.Doc + ", for module " + s.Module
			}
		}
		fmt.Fprintf(w, "%s: %s\n", p.Name, doc)
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, x := range p.For(s.Module) {
			beside := "(not read by this run)"
			switch v := plain.Value(x.Name); {
			case v != nil:
				beside = fmt.Sprintf("(default %v)", v)
			case s.Value(x.Name) != nil:
				beside = "(not read by default)"
			}
			fmt.Fprintf(tw, "  %s\t%v\t%s\t%s\n", x.Name, x.Value, beside, x.Why)
		}
		if err := tw.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	if s.Cache != "" {
		fmt.Fprintf(w, "what follows from the data in %s:\n", s.Cache)
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, x := range s.follows {
			fmt.Fprintf(tw, "  %s\t%v\t%s\n", x.Name, x.Value, x.Why)
		}
		if s.follows == nil {
			fmt.Fprintln(tw, "  nothing")
		}
		if err := tw.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "these options resolve to (preset %s):\n", s.Preset)
	for _, f := range s.Fields() {
		fmt.Fprintf(w, "  %s = %v\n", f.Name, f.Value)
	}
	return nil
}
