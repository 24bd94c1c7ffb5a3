package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/fault"
)

// maxSeeds bounds a range of seeds, against a typing error.
const maxSeeds = 1000

func compareCommand() *cli.Command {
	return command(&cli.Command{
		Name:  "compare",
		Usage: "several methods over several seeds on one partition: cache → runs and a table",
		Description: "All methods see the same partition, and under one seed the same cohorts and batch order. Runs lie in OUT/<method>/seed-<n>;\n" +
			"those that are finished stay as they are with --resume.\n\n" +
			"Example: fedpurel compare --cache cache --methods zeroshot,fedavg,fedpurel --seeds 1-5 --out runs",
		Flags: append(flagsOf(trainOptions()),
			&cli.StringFlag{Name: "cache", Usage: "`FOLDER` of cached features", Required: true},
			&cli.StringFlag{Name: "methods", Usage: "comma-separated: " + list(method.Names()), Value: "zeroshot,fedavg,fedpurel"},
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
			t, err := compare(c, s, strings.Split(c.String("methods"), ","), seeds, c.String("out"), c.Bool("resume"), c.Int("workers"), c.Bool("quiet"))
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

// compare trains every method under every seed and summarises the runs. The zero-shot classifier has no seed: it runs once.
func compare(c *cli.Context, s Spec, methods []string, seeds []uint64, out string, resume bool, workers int, quiet bool) (*report.Table, error) {
	var todo []Spec
	for _, name := range methods {
		e, err := method.Find(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		for _, seed := range seeds {
			one := s
			one.Method, one.Seed = e.Name, seed
			todo = append(todo, one)
			if !e.Trains {
				break
			}
		}
	}
	b := newBar("training", "rounds", quiet)
	defer b.finish()
	var runs []report.Run
	done, total := 0, 0
	for _, one := range todo {
		total += one.totalRounds()
	}
	for _, one := range todo {
		dir := filepath.Join(out, one.Method, fmt.Sprintf("seed-%d", one.Seed))
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
	t, err := report.Summary(runs, false)
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
