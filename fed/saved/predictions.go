package saved

import (
	"io"
	"math"
	"os"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// PredictionsFile holds what models take every test image for after the last round. It is a .npy array (M,N) of uint32,
// a row for each of PredictedBy, a column for each test image: the class in the upper 16 bits, and in the lower ones
// its probability as float16. All bits are set where a model does not predict.
const PredictionsFile = "test.predictions.npy"

// PredictedBy are the models of the file's rows, as result.json calls them.
var PredictedBy = []string{"zero_shot", "global", "personal"}

// MaxPredicted is how many classes the file can tell apart.
const MaxPredicted = 1<<16 - 1

const unpredicted = math.MaxUint32

// Predictions are one model's: of every test image the class, or −1, and its probability in [0, 1], or NaN.
type Predictions struct {
	Class       []int32
	Probability []float32
}

// NewPredictions are those of n images of which nothing is said.
func NewPredictions(n int) Predictions {
	p := Predictions{make([]int32, n), make([]float32, n)}
	for i := range n {
		p.Class[i], p.Probability[i] = -1, float32(math.NaN())
	}
	return p
}

// WritePredictions stores those of models, by their names, of the same images.
func WritePredictions(path string, of map[string]Predictions) error {
	n := 0
	for _, p := range of {
		n = len(p.Class)
	}
	packed := make([]uint32, 0, len(PredictedBy)*n)
	for _, model := range PredictedBy {
		p, there := of[model]
		if !there {
			p = NewPredictions(n)
		}
		for i, c := range p.Class {
			v := uint32(unpredicted)
			if c >= 0 {
				v = uint32(c)<<16 | uint32(npy.F32ToF16(p.Probability[i]))
			}
			packed = append(packed, v)
		}
	}
	return durable.WriteFile(path, func(w io.Writer) error {
		return npy.WriteUint32(w, packed, len(PredictedBy), n)
	})
}

// ReadPredictions reads those of a run's models, by their names, without models that predict nothing. They are compared
// with how often the result says that each class is predicted. Without a file there are none.
func ReadPredictions(path string, r *metric.Result) (map[string]Predictions, error) {
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return nil, nil
	}
	array, err := npy.Open(path)
	if err != nil {
		return nil, err
	}
	defer array.Close() // read-only
	if array.DType != "<u4" || len(array.Shape) != 2 || array.Shape[0] != len(PredictedBy) {
		return nil, fault.Corruptf("read predictions: %s has type %s and shape %v, not <u4 and [%d N]: restore it, or "+
			"remove it and finish the run again with --resume", path, array.DType, array.Shape, len(PredictedBy))
	}
	n := array.Shape[1]
	packed := array.Data()
	all := map[string]Predictions{}
	for m, model := range PredictedBy {
		p, some := NewPredictions(n), false
		seen := make([]int64, len(r.Classes))
		for i := range n {
			at := packed[4*(m*n+i):]
			v := uint32(at[0]) | uint32(at[1])<<8 | uint32(at[2])<<16 | uint32(at[3])<<24
			if v == unpredicted {
				continue
			}
			c, probability := int(v>>16), npy.F16ToF32(uint16(v))
			if c >= len(seen) || !(probability >= 0 && probability <= 1) {
				return nil, fault.Corruptf("read predictions: %s: %s takes image %d for class %d of %d with "+
					"probability %g: restore it, or remove it and finish the run again with --resume",
					path, model, i, c, len(seen), probability)
			}
			seen[c]++
			some = true
			p.Class[i], p.Probability[i] = int32(c), probability
		}
		if !some {
			continue
		}
		for c, predicted := range r.PerClass[model].Predicted {
			if seen[c] != predicted {
				return nil, fault.Mismatchf("read predictions: %s: %s predicts class %d for %d images, %d by "+
					"result.json: restore it, or remove it and finish the run again with --resume",
					path, model, c, seen[c], predicted)
			}
		}
		all[model] = p
	}
	return all, nil
}
