package saved

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// PredictionsFile holds what models take every test image for after the last round. It is a .npy array (M,N) of uint32,
// a row for each of PredictedBy, a column for each test image: the class in the upper 16 bits, and in the lower ones
// its probability as float16. All bits are set where a model does not predict. Its SHA-256 lies beside it.
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
	sum := sha256.New()
	err := durable.WriteFile(path, func(w io.Writer) error {
		return npy.WriteUint32(io.MultiWriter(w, sum), packed, len(PredictedBy), n)
	})
	if err != nil {
		return err
	}
	return durable.WriteFile(path+sealEnding, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%x  %s\n", sum.Sum(nil), filepath.Base(path))
		return err
	})
}

// sealEnding is that of the file with a file's SHA-256, as sha256sum writes and checks it.
const sealEnding = ".sha256"

// checkSeal compares a file with its SHA-256.
func checkSeal(path string) error {
	seal, err := os.ReadFile(path + sealEnding)
	if err != nil {
		return fault.Missingf("read predictions: %w; finish the run again with --resume", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return fault.Missingf("read predictions: %w", err)
	}
	defer file.Close() // read-only
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return fault.Corruptf("read predictions: %s: %w", path, err)
	}
	if want, _, _ := strings.Cut(string(seal), " "); want != hex.EncodeToString(sum.Sum(nil)) {
		return fault.Mismatchf("read predictions: %s differs from its checksum in %s: restore it, or remove both and "+
			"finish the run again with --resume", path, filepath.Base(path)+sealEnding)
	}
	return nil
}

// ReadPredictions reads those of a run's models, by their names, without models that predict nothing. They are compared
// with how often the result says that each class is predicted. Without a file there are none.
func ReadPredictions(path string, r *metric.Result) (map[string]Predictions, error) {
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return nil, nil
	}
	if err := checkSeal(path); err != nil {
		return nil, err
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
