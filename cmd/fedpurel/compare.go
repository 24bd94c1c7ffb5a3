package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// maxSeeds bounds a range of seeds, against a typing error.
const maxSeeds = 1000

func compareCommand() *cli.Command {
	return command(&cli.Command{
		Name:  "compare",
		Usage: "several methods over several seeds on one partition: cache → runs and a table",
		Description: "All methods see the same partition, and under one seed the same cohorts and batch order. Runs lie in OUT/<method>/seed-<n>;\n" +
			"those that are finished stay as they are with --resume. Variants of a method come from a file, such as\n" +
			"[{\"label\": \"KL\", \"method\": \"fedpurel\", \"align\": \"kl\"}].\n\n" +
			"Example: fedpurel compare --cache cache --methods zeroshot,fedavg,fedpurel --seeds 1-5 --out runs",
		Flags: append(flagsOf(trainOptions()),
			&cli.StringFlag{Name: "cache", Usage: "`FOLDER` of cached features", Required: true},
			&cli.StringFlag{Name: "methods", Usage: "comma-separated: " + list(method.Names()), Value: "zeroshot,fedavg,fedpurel"},
			&cli.StringFlag{Name: "variants", Usage: "JSON `FILE` with a list of specs to compare beside the methods: label, and any options that differ"},
			&cli.StringFlag{Name: "seeds", Usage: "training seeds, such as 1-5 or 1,2,7", Value: "1-5"},
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` for the runs", Required: true},
			workersFlag(), &cli.BoolFlag{Name: "resume", Usage: "keep finished runs and continue interrupted ones"}, quietFlag(), jsonFlag(),
		),
		Action: func(c *cli.Context) error {
			if err := arguments(c, 0, 0, ""); err != nil {
				return err
			}
			seeds, err := parseSeeds(c.String("seeds"))
			if err != nil {
				return err
			}
			s, err := readSpec(c, append([]option{cacheOption()}, trainOptions()...))
			if err != nil {
				return err
			}
			todo, err := plan(s, c.String("methods"), c.String("variants"), seeds)
			if err != nil {
				return err
			}
			t, err := compare(c, todo, c.String("out"), c.Bool("resume"), c.Int("workers"), c.Bool("quiet"))
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return printJSON(c, t.Values())
			}
			if err := t.Terminal(c.App.Writer); err != nil {
				return err
			}
			fmt.Fprintf(c.App.Writer, "runs: %s   report: fedpurel report %s --out report\n", c.String("out"), c.String("out"))
			return nil
		},
	})
}

// plan lists the runs: every method and every variant under every seed. The zero-shot classifier has no seed: it runs once.
func plan(s Spec, methods, variants string, seeds []uint64) ([]Spec, error) {
	var kinds []Spec
	s.Label = "" // of one run; variants bring their own
	for name := range strings.SplitSeq(methods, ",") {
		if name = strings.TrimSpace(name); name != "" {
			one := s
			one.Method = name
			kinds = append(kinds, one)
		}
	}
	if variants != "" {
		more, err := readVariants(variants, s)
		if err != nil {
			return nil, err
		}
		kinds = append(kinds, more...)
	}
	var todo []Spec
	for _, one := range kinds {
		one, err := one.resolve()
		if err != nil {
			return nil, err
		}
		for _, one.Seed = range seeds {
			todo = append(todo, one)
			if e, err := method.Find(one.Method); err == nil && !e.Trains {
				break
			}
		}
	}
	return todo, nil
}

// readVariants reads a list of partial specs, each over s. Learning rates that a variant does not name are its module's.
func readVariants(path string, s Spec) ([]Spec, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Missingf("--variants: %w", err)
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return nil, fault.Corruptf("--variants %s: %w", path, err)
	}
	var out []Spec
	seen := map[string]bool{}
	for i, part := range parts {
		one, err := s.ready(part)
		if err != nil {
			return nil, err
		}
		dec := json.NewDecoder(bytes.NewReader(part))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&one); err != nil {
			return nil, fault.Usagef("--variants %s, entry %d: %w; known fields: %s", path, i+1, err, list(specFields()))
		}
		if one.Label == "" || seen[one.Label] {
			return nil, fault.Usagef("--variants %s, entry %d: every variant needs a label of its own", path, i+1)
		}
		if one.Cache != s.Cache || one.DataSeed != s.DataSeed || one.Seed != s.Seed {
			return nil, fault.Usagef("--variants %s, entry %d: variants share the cache and the seeds", path, i+1)
		}
		seen[one.Label] = true
		out = append(out, one)
	}
	return out, nil
}

// ready prepares s to be overridden by part: with the preset that part names, and with the learning rates open if they are just
// those of the module of s.
func (s Spec) ready(part json.RawMessage) (Spec, error) {
	named := struct{ Preset, Module string }{"", s.Module}
	if err := json.Unmarshal(part, &named); err != nil {
		return s, fault.Corruptf("--variants: %w", err)
	}
	if m, err := peft.Find(s.Module); err == nil {
		if s.LR == m.LR {
			s.LR = 0
		}
		if s.PersonalLR == m.PersonalLR {
			s.PersonalLR = 0
		}
	}
	if named.Preset == "" {
		return s, nil
	}
	p, err := presetFor(named.Preset, named.Module)
	if err != nil {
		return s, err
	}
	return p.apply(s)
}

// folder is where a run of a comparison lies.
func (s Spec) folder(out string) string {
	name := s.Method
	if s.Label != "" {
		name = strings.Trim(strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' {
				return r
			}
			return '-'
		}, s.Label), "-.") + "-" + hash([]byte(s.Label))[:6] // different labels may look the same
	}
	return filepath.Join(out, name, fmt.Sprintf("seed-%d", s.Seed))
}

// compare executes the runs and summarises them.
func compare(c *cli.Context, todo []Spec, out string, resume bool, workers int, quiet bool) (*report.Table, error) {
	b := newBar("training", "rounds", quiet)
	defer b.finish()
	var runs []report.Run
	done, total := 0, 0
	for _, one := range todo {
		total += one.totalRounds()
	}
	for _, one := range todo {
		dir := one.folder(out)
		r, err := trainRun(c.Context, one, dir, runHow{resume: resume, workers: workers, observe: func(rec metric.Round) {
			b.update(done+rec.Round, total)
		}})
		if err != nil {
			return nil, err
		}
		done += one.totalRounds()
		runs = append(runs, report.Run{Dir: dir, Result: *r})
	}
	b.finish()
	report.Sort(runs)
	t, err := report.Summary(runs, false, metric.All())
	return &t, err
}

// parseSeeds reads "1-5" or "1,2,7-9".
func parseSeeds(text string) ([]uint64, error) {
	var seeds []uint64
	seen := map[uint64]bool{}
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		first, err := strconv.ParseUint(from, 10, 64)
		last := first
		if err == nil && isRange {
			last, err = strconv.ParseUint(to, 10, 64)
		}
		if err != nil || last < first || last-first >= maxSeeds {
			return nil, fault.Usagef("--seeds %q: write a range such as 1-5 or a list such as 1,2,7", text)
		}
		for s := first; ; s++ {
			if !seen[s] {
				seen[s] = true
				seeds = append(seeds, s)
			}
			if s == last {
				break
			}
		}
	}
	return seeds, nil
}

func list(names []string) string { return strings.Join(names, ", ") }
