package learning

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// maxSeeds bounds a range of seeds, against a typing error.
const maxSeeds = 1000

// Compare is the command `compare`.
func Compare() *cli.Command {
	return shell.Command(&cli.Command{
		Name:  "compare",
		Usage: "several methods over several draws of the data and training seeds: cache → runs and a table",
		Description: "A data seed draws long tail and partition, a training seed everything else. All methods see " +
			"the same partition under one data seed,\n" +
			"and under both seeds the same cohorts and batch order. What is repeated is the data: five training " +
			"seeds on one partition say\n" +
			"little about another one. With --seeds alone there is one data seed, and no interval or p-value.\n" +
			"Runs lie in OUT/<method>/data-<n>/seed-<n>; those that are finished stay as they are with --resume, " +
			"and more seeds or methods\n" +
			"may join them. Variants of a method come from a file, such as\n" +
			"[{\"label\": \"KL\", \"method\": \"fedpurel\", \"align\": \"kl\"}].\n\n" +
			"Example: fedpurel compare --cache cache --methods zeroshot,fedavg,fedpurel --data-seeds 1-5 --seeds 1-2 " +
			"--out runs",
		Flags: append(flags.Spec(shared),
			&cli.StringFlag{Name: "cache", Usage: "`FOLDER` of cached features", Required: true},
			&cli.StringFlag{
				Name: "methods",
				Usage: "comma-separated: " + strings.Join(methodNames(), ", ") +
					"; each alone or with what it wears, as in fedavg+la+residual (see `fedpurel methods`)",
				Value: "zeroshot,fedavg,fedpurel",
			},
			&cli.StringFlag{
				Name: "variants",
				Usage: "`FILE` in JSON or YAML with a list of specs to compare, too: " +
					"label, and any options that differ",
			},
			&cli.StringFlag{
				Name: "data-seeds", DefaultText: lab.DesignHelpData,
				Usage: "seeds of long tail and partition, such as 1-5; --data-seed, in a --spec too, is for one",
			},
			&cli.StringFlag{
				Name: "seeds", DefaultText: lab.DesignHelpTraining,
				Usage: "training seeds on each of these, such as 1-2 or 1,2,7",
			},
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` for the runs", Required: true},
			&cli.BoolFlag{Name: "resume", Usage: "keep finished runs and continue interrupted ones"},
			logFlag(), flags.Workers(), flags.NoVerify(), flags.Quiet(), flags.Wide(), flags.JSON(),
		),
		Action: func(c *cli.Context) error {
			if err := cmp.Or(shell.Arguments(c, 0, 0, ""), checkLog(c)); err != nil {
				return err
			}
			todo, err := plan(c)
			if err != nil {
				return err
			}
			t, err := RunAll(c, todo, c.String("out"), c.Bool("resume"), c.Int("workers"), c.Bool("quiet"))
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return shell.PrintJSON(c, t.Values())
			}
			if err := t.Terminal(c.App.Writer, c.Bool("wide")); err != nil {
				return err
			}
			out := c.String("out")
			fmt.Fprintf(c.App.Writer, "runs: %s   report: fedpurel report %s --out report\n", out, out)
			return nil
		},
	})
}

// shared are the options that all runs of a comparison may share: those of one run it names itself.
func shared(name, _ string) bool {
	return !slices.Contains([]string{"cache", "method", "label", "seed"}, name)
}

func methodNames() (names []string) {
	for _, e := range flags.Plugins.Methods {
		names = append(names, e.Name)
	}
	return names
}

// plan lists the runs that the command line asks for.
func plan(c *cli.Context) ([]lab.Spec, error) {
	design, err := designOf(c)
	if err != nil {
		return nil, err
	}
	s, err := flags.Given(c)
	if err != nil {
		return nil, err
	}
	var methods []string
	for name := range strings.SplitSeq(c.String("methods"), ",") {
		if name = strings.TrimSpace(name); name != "" {
			methods = append(methods, name)
		}
	}
	var variants []lab.Settings
	if path := c.String("variants"); path != "" {
		if variants, err = flags.Plugins.ReadVariants(path, s); err != nil {
			return nil, err
		}
	}
	one, err := flags.Plugins.Compare(s, methods, variants, []uint64{1})
	if err != nil {
		return nil, err
	}
	if len(one) == 0 {
		return nil, fault.Usagef("nothing to compare: name methods with --methods, or specs with --variants")
	}
	if design.Data == nil && s["data_seed"] != nil {
		design.Data = []uint64{one[0].DataSeed}
	}
	design, note, err := design.Complete(c.Context, one)
	if err != nil {
		return nil, err
	}
	if note != "" {
		shell.Notes(c, c.Bool("quiet"))(note)
	}
	return lab.Across(lab.Under(one, design.Training), design.Data), nil
}

// designOf reads the seeds that the command line names.
func designOf(c *cli.Context) (d lab.Design, err error) {
	if c.IsSet("data-seeds") {
		if c.IsSet("data-seed") {
			return d, fault.Usagef("--data-seed names one of --data-seeds: give one of the two")
		}
		if d.Data, err = ParseSeeds("--data-seeds", c.String("data-seeds")); err != nil {
			return d, err
		}
	}
	if c.IsSet("seeds") {
		d.Training, err = ParseSeeds("--seeds", c.String("seeds"))
	}
	return d, err
}

// RunAll executes the runs and summarises them. It holds the folder of the runs from the first to the last: another
// comparison there would otherwise slip in between two of them.
func RunAll(c *cli.Context, todo []lab.Spec, out string, resume bool, workers int, quiet bool) (*report.Table, error) {
	release, err := durable.Enter(out)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := lab.Ready(todo, out, resume); err != nil {
		return nil, err
	}
	b := shell.NewBar("training", "rounds", quiet)
	defer b.Finish()
	var runs []report.Run
	done, total := 0, 0
	for _, one := range todo {
		total += one.TotalRounds()
	}
	verified := map[string]bool{} // by the cache's folder
	notes := shell.Notes(c, quiet)
	for _, one := range todo {
		dir := one.Folder(out)
		r, err := run(c, one, dir, lab.How{
			Resume: resume, Workers: workers, Program: shell.Version(),
			Command: lab.Typed(os.Args), Date: shell.Today(),
			NoVerify: c.Bool("no-verify") || verified[one.Cache],
			Observe:  Progress(b, done, total),
			Notice:   notes,
		})
		if err != nil {
			return nil, err
		}
		verified[one.Cache] = true
		done += one.TotalRounds()
		runs = append(runs, report.Run{Dir: dir, Result: report.Lean(*r)})
	}
	b.Finish()
	report.Sort(runs)
	t, err := report.Summary(runs, false, metric.All())
	return &t, err
}

// ParseSeeds reads "1-5" or "1,2,7-9", which a flag has.
func ParseSeeds(flag, text string) ([]uint64, error) {
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
			return nil, fault.Usagef("%s %q: write a range such as 1-5 or a list such as 1,2,7", flag, text)
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
