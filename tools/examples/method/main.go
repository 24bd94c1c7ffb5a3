// Command method compares a method of its own with built-in ones on a cache: go run ./method CACHE
package main

import (
	"context"
	"log"
	"os"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// FedAvgM is FedAvg with momentum at the server (Hsu et al., 2019):  v ← βv + (φ − mean φ_k),  φ ← φ − v.
type FedAvgM struct {
	frame.FedAvg
	Beta float64 `json:"beta_m" usage:"momentum β of the server"`
}

// Round averages and steps.
func (m *FedAvgM) Round(r *fed.Round) error {
	mean, err := r.Average(fed.Ask{Stage: "fit"}, "phi")
	if err != nil {
		return err
	}
	phi, v := append([]float32{}, r.Shared["phi"]...), make([]float32, len(mean["phi"]))
	copy(v, r.Own["velocity"])
	f32.Scale(float32(m.Beta), v)
	f32.Axpy(1, phi, v)
	f32.Axpy(-1, mean["phi"], v)
	f32.Axpy(-1, v, phi)
	r.Shared["phi"], r.Own["velocity"] = phi, v
	return nil
}

func main() {
	tables := lab.Default()
	tables.Methods = append(tables.Methods, method.Entry{Name: "fedavgm", New: func(m peft.Entry) method.Method {
		return &FedAvgM{*frame.NewFedAvg(m), 0.5}
	}})
	specs, err := tables.Compare(lab.Settings{"cache": os.Args[1], "rounds": 20},
		[]string{"zeroshot", "fedavg", "fedavgm", "fedpurel"}, nil, []uint64{1, 2})
	check(err)
	var runs []report.Run
	for _, spec := range specs {
		result, err := lab.Run(context.Background(), spec, "", lab.How{})
		check(err)
		runs = append(runs, report.Run{Result: *result})
	}
	table, err := report.Summary(runs, false, tables.Metrics)
	check(err)
	check(table.Terminal(os.Stdout, true))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
