package eval_test

import (
	"fmt"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
)

// Logits of the clients' own parameters are kept between evaluations until the parameters change; no evaluation may
// notice.
func TestKeptLogits(t *testing.T) {
	for _, kind := range []predictor{own, residual, mixture, alone} {
		s := newSetting(t)
		e := s.evaluator(kind, 2)
		check := func(what string) {
			t.Helper()
			got, err := e.Evaluate(t.Context(), s.state, eval.Accuracy)
			if err != nil {
				t.Fatal(err)
			}
			want, err := s.evaluator(kind, 2).Evaluate(t.Context(), s.state, eval.Accuracy)
			if err != nil {
				t.Fatal(err)
			}
			for k := range s.Partition.Clients {
				sameHits(t, fmt.Sprint(what, ", client ", k), got.ClientPersonal[k], want.ClientPersonal[k])
			}
		}
		check("first")
		check("again")
		s.keep(t, 1, s.home.Initial)
		check("staged")
		s.home.Kept.Rollback()
		check("rolled back")
		s.keep(t, 0, s.own[2]) // it had none
		s.home.Kept.Commit()
		check("committed")
		s.state.Shared = fed.Message{"phi": s.own[1]}
		check("another global model")
	}
}
