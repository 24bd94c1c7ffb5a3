package saved

import (
	"crypto/sha256"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
)

func someResult() *metric.Result {
	counts := func(predicted ...int64) metric.Counts {
		return metric.Counts{Correct: make([]int64, 2), Total: []int64{2, 1}, Predicted: predicted}
	}
	return &metric.Result{Classes: []string{"ant", "bee"}, PerClass: map[string]metric.Counts{
		"zero_shot": counts(1, 2), "global": counts(3, 0), "personal": counts(0, 1),
	}}
}

func somePredictions() map[string]Predictions {
	nan := float32(math.NaN())
	return map[string]Predictions{
		"zero_shot": {[]int32{0, 1, 1}, []float32{0.5, 1, 0.75}},
		"global":    {[]int32{0, 0, 0}, []float32{0.5, 0.625, 0.75}},
		"personal":  {[]int32{-1, -1, 1}, []float32{nan, nan, 1}},
	}
}

func TestPredictions(t *testing.T) {
	path := filepath.Join(t.TempDir(), PredictionsFile)
	want := somePredictions()
	if got, err := ReadPredictions(path, someResult()); got != nil || err != nil {
		t.Fatalf("without a file: %v, %v", got, err)
	}
	if err := WritePredictions(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadPredictions(path, someResult())
	if err != nil {
		t.Fatal(err)
	}
	for model, p := range want {
		if !reflect.DeepEqual(got[model].Class, p.Class) {
			t.Errorf("%s: classes %v, want %v", model, got[model].Class, p.Class)
		}
		for i, v := range p.Probability {
			if w := got[model].Probability[i]; w != v && !(math.IsNaN(float64(w)) && math.IsNaN(float64(v))) {
				t.Errorf("%s: probabilities %v, want %v", model, got[model].Probability, p.Probability)
			}
		}
	}
	delete(want, "personal")
	if err := WritePredictions(path, want); err != nil {
		t.Fatal(err)
	}
	r := someResult()
	r.PerClass["global"].Predicted[0]--
	if _, err := ReadPredictions(path, r); err == nil || !strings.Contains(err.Error(), "result.json") {
		t.Errorf("predictions of another run: %v", err)
	}
	if got, err = ReadPredictions(path, someResult()); err != nil || len(got) != 2 {
		t.Errorf("a model that predicts nothing: %v, %v", got, err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-13] ^= 1 // a probability
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPredictions(path, someResult()); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("a changed probability: %v", err)
	}
}

func FuzzPredictions(f *testing.F) {
	path := filepath.Join(f.TempDir(), PredictionsFile)
	if err := WritePredictions(path, somePredictions()); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), PredictionsFile)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		seal := fmt.Sprintf("%x  x\n", sha256.Sum256(data))
		if err := os.WriteFile(path+sealEnding, []byte(seal), 0o600); err != nil {
			t.Fatal(err)
		}
		all, err := ReadPredictions(path, someResult())
		if err != nil {
			return
		}
		for model, p := range all {
			for i, c := range p.Class {
				if c < -1 || c > 1 || c >= 0 && !(p.Probability[i] >= 0 && p.Probability[i] <= 1) {
					t.Errorf("%s: image %d is class %d with %g", model, i, c, p.Probability[i])
				}
			}
		}
	})
}
