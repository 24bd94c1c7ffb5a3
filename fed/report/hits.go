package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/saved"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// Hits are which test images a run got right: in how many of the rounds that its figures are averaged over.
type Hits struct {
	Rounds           int
	Global, Personal []uint8 // of each test image; nil where there is no such model, as in runs of older programs
	Images           *Images // nil: the run does not say what they are of
}

// Images are the test images of a data seed: the class of each, and the client that owns it, −1 where none does.
type Images struct{ Class, Owner []int32 }

// add counts a round's.
func (h *Hits) add(r *metric.Right, rows int) {
	h.Rounds++
	pool := func(into []uint8, right metric.Rows) []uint8 {
		if right == nil {
			return nil
		}
		if into == nil {
			into = make([]uint8, rows)
		}
		for i := range into {
			if right.Has(i) {
				into[i]++
			}
		}
		return into
	}
	h.Global, h.Personal = pool(h.Global, r.Global), pool(h.Personal, r.Personal)
}

// loader reads run folders; runs of one data seed share what it read of their test images.
type loader struct {
	images map[string]*Images
	zero   *saved.Predictions // of the run before: those of zero-shot are the same in all runs on one cache
}

// predicted reads what a run's models take test images for.
func (l *loader) predicted(path string, r *metric.Result) (map[string]saved.Predictions, error) {
	all, err := saved.ReadPredictions(path, r)
	if err != nil || all == nil {
		return nil, err
	}
	delete(all, "personal") // which no figure shows
	zero := all["zero_shot"]
	if l.zero != nil && slices.Equal(l.zero.Class, zero.Class) {
		all["zero_shot"] = *l.zero
	} else {
		l.zero = &zero
	}
	return all, nil
}

// imagesOf reads what the run in dir says of its test images: nil where it does not.
func (l *loader) imagesOf(dir string, env *environment, r *metric.Result) (*Images, error) {
	path := filepath.Join(dir, labelsFile)
	if _, err := os.Stat(path); err != nil || env.TestLabels == "" {
		return nil, nil
	}
	array, err := npy.Open(path)
	if err != nil {
		return nil, err
	}
	defer array.Close() // read-only
	sum := sha256.Sum256(array.Data())
	if hex.EncodeToString(sum[:]) != env.TestLabels {
		return nil, fault.Mismatchf("report: %s differs from what the run recorded in %s: restore it", path, envFile)
	}
	if known := l.images[env.TestLabels+env.Partition]; known != nil {
		return known, nil
	}
	found := &Images{}
	if found.Class, err = array.Int32s(); err != nil {
		return nil, err
	}
	for _, c := range found.Class {
		if c < 0 || int(c) >= len(r.Classes) {
			return nil, fault.Corruptf("report: %s names class %d of %d", path, c, len(r.Classes))
		}
	}
	found.Owner, err = owners(filepath.Join(dir, partitionFile), len(found.Class))
	if err != nil || found.Owner == nil {
		return nil, err
	}
	l.images[env.TestLabels+env.Partition] = found
	return found, nil
}

// owners reads whose each of n test images is; nil where there is no partition.
func owners(path string, n int) ([]int32, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fault.Missingf("report: %w", err)
	}
	var p struct {
		Clients []struct {
			Test []int `json:"test"`
		} `json:"clients"`
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fault.Corruptf("report: %s: %w", path, err)
	}
	owner := make([]int32, n)
	for i := range owner {
		owner[i] = -1
	}
	for k, client := range p.Clients {
		for _, row := range client.Test {
			if row < 0 || row >= n {
				return nil, fault.Corruptf("report: %s: client %d owns test row %d of %d", path, k, row, n)
			}
			owner[row] = int32(k)
		}
	}
	return owner, nil
}
