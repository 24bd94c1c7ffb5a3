package hub_test

import (
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/wire"
)

// BenchmarkRound is a round of FedPuReL with lora over sites behind sockets, and in a simulation on the same images:
// what lies between them is the price of being apart.
func BenchmarkRound(b *testing.B) {
	f := newFederation(b, eval.ShareCounts)
	given := lab.Settings{"method": "fedpurel", "module": "lora", "fraction": 1.0, "eval_every": 1 << 20}
	sockets := wire.Sockets{}
	for i, name := range f.names {
		sockets[name] = filepath.Join(f.dir, fmt.Sprintf("%d.sock", i))
		l, err := net.Listen("unix", sockets[name])
		if err != nil {
			b.Fatal(err)
		}
		go func() { _ = wire.Serve(b.Context(), l, f.sites[name].Handle, time.Hour) }()
	}
	b.Run("sockets", func(b *testing.B) {
		given["rounds"] = b.N + 20
		if err := f.run(b.Context(), b, given, filepath.Join(b.TempDir(), "hub"), sockets, lab.How{}); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("simulation", func(b *testing.B) {
		given["rounds"] = b.N + 20
		f.simulate(b, given, filepath.Join(b.TempDir(), "sim"))
	})
}
