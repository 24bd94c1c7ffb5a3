// Command module trains a module of its own: go run ./module CACHE
package main

import (
	"context"
	"log"
	"os"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/peft"
)

func main() {
	tables := lab.Default()
	tables.Modules = append(tables.Modules, peft.Entry{
		Name: "scale", Doc: "a weight for every coordinate of the feature: (1 + w) ⊙ x",
		Starts: true, LR: 0.01, PersonalLR: 0.05,
		New: func(head peft.Head, _ peft.Options) peft.Module { return scale{head} },
	})
	var runs []report.Run
	for _, module := range []string{"scale", "lora"} {
		specs, err := tables.Compare(lab.Settings{"cache": os.Args[1], "rounds": 20, "module": module},
			[]string{"fedavg", "fedpurel"}, nil, []uint64{1})
		check(err)
		for _, spec := range specs {
			result, err := lab.Run(context.Background(), spec, "", lab.How{})
			check(err)
			runs = append(runs, report.Run{Result: *result})
		}
	}
	report.Sort(runs)
	table, err := report.Summary(runs, false, tables.Metrics)
	check(err)
	check(table.Terminal(os.Stdout, true))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
