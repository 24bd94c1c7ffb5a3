// Package report turns run folders into tables, figures and one HTML page. It is a pure function of files: result.json
// and rounds.jsonl of every run, and for intervals over test images whose these are and of which class. Load reads
// runs, New reports on them; Summary is its main table, of results in memory as well.
package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/fed/saved"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Files of a run folder that a report reads.
const (
	resultFile    = "result.json"
	roundsFile    = "rounds.jsonl"
	envFile       = "env.json"
	partitionFile = "partition.json"
	labelsFile    = "test.labels.npy"
)

// Run is one finished run.
type Run struct {
	Dir    string
	Cache  string // the folder of its cache, as env.json has it; empty where there is none
	Result metric.Result
	Rounds []metric.Round // without their cohorts, which many clients make large, and without the images that are right
	Hits   Hits           // these, over the rounds; of a run that Load read
	Made   Made           // what it was made by, and on; likewise
	// Predicted is what the models of result.json take every test image for, without personal ones; likewise. It is nil
	// for runs of older programs.
	Predicted map[string]saved.Predictions
	Floats    float64 // numbers sent to and from a client that takes part, mean over the rounds; likewise
}

// Made is what env.json says of a run's making. What is not known is empty.
type Made struct {
	Command string   `json:"command"` // what was typed, without folders of the machine
	Date    string   `json:"date"`    // on which it began, in UTC
	Data    string   `json:"data"`    // the data set's name
	Notes   []string `json:"notes"`   // what was left out of the data set, or divided, and why
}

// Load reads runs: each dir is a run folder, or a folder with run folders below it. They come sorted by method
// (zero-shot first, FedPuReL last), module, label, data seed and seed. Unfinished runs are left out and named in
// unfinished.
func Load(dirs ...string) (runs []Run, unfinished []string, err error) {
	from := loader{images: map[string]*Images{}}
	for _, dir := range dirs {
		if _, err := os.Stat(dir); err != nil {
			return nil, nil, fault.Missingf("report: %s does not exist", dir)
		}
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.IsDir() {
				return err
			}
			if _, err := os.Stat(filepath.Join(path, "spec.json")); err != nil {
				return nil
			}
			run, err := from.load(path)
			if errors.Is(err, fs.ErrNotExist) {
				unfinished = append(unfinished, path)
				return fs.SkipDir
			} else if err != nil {
				return err
			}
			runs = append(runs, run)
			return fs.SkipDir
		})
		if err != nil {
			return nil, nil, err
		}
	}
	if len(runs) == 0 {
		return nil, unfinished, fault.Missingf("report: no finished run in %v; "+
			"make one with `fedpurel train` or `fedpurel compare`", dirs)
	}
	Sort(runs)
	return runs, unfinished, nil
}

// Sort orders runs as Load does.
func Sort(runs []Run) {
	sort.SliceStable(runs, func(i, j int) bool {
		a, b := runs[i].Result, runs[j].Result
		if x, y := order(a.Method), order(b.Method); x != y {
			return x < y
		}
		if a.Method != b.Method {
			return a.Method < b.Method
		}
		if a.Module != b.Module {
			return a.Module < b.Module
		}
		if a.Label != b.Label {
			return a.Label < b.Label
		}
		if a.DataSeed != b.DataSeed {
			return a.DataSeed < b.DataSeed
		}
		return a.Seed < b.Seed
	})
}

// order puts the reference first and the method of interest last.
func order(method string) int {
	switch method {
	case "zeroshot":
		return 0
	case "fedpurel":
		return 2
	default:
		return 1
	}
}

// load reads one run folder; without a result it is os.ErrNotExist.
func (l *loader) load(dir string) (Run, error) {
	r := Run{Dir: dir}
	data, err := os.ReadFile(filepath.Join(dir, resultFile))
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(data, &r.Result); err != nil {
		return r, fault.Corruptf("report: %s: %w", filepath.Join(dir, resultFile), err)
	}
	if err := durable.CheckSeal(data); err != nil {
		return r, fault.Mismatchf("report: %s: %w; restore it, or finish the run again with --resume",
			filepath.Join(dir, resultFile), err)
	}
	if r.Result.Format != metric.FormatVersion {
		return r, fault.Corruptf("report: %s has format %d, this program reads format %d",
			dir, r.Result.Format, metric.FormatVersion)
	}
	if err := r.Result.Check(); err != nil {
		return r, fault.Corruptf("report: %s: %w", filepath.Join(dir, resultFile), err)
	}
	env, err := readEnvironment(dir)
	if err != nil {
		return r, err
	}
	r.Cache, r.Made = env.Cache, env.Made
	if r.Predicted, err = l.predicted(filepath.Join(dir, saved.PredictionsFile), &r.Result); err != nil {
		return r, err
	}
	if err := r.readRounds(filepath.Join(dir, roundsFile)); err != nil {
		return r, err
	}
	r.Hits.Images, err = l.imagesOf(dir, env, &r.Result)
	return r, err
}

// readRounds reads the journal of a finished run, and which test images were right in the rounds that are averaged.
func (r *Run) readRounds(path string) error {
	images := int(r.Result.PerClass["zero_shot"].Seen())
	if right := r.Result.Right; right != nil { // a method without rounds
		if err := right.Check(images); err != nil {
			return fault.Corruptf("report: %s: %w", filepath.Join(r.Dir, resultFile), err)
		}
		r.Hits.add(right, images)
		r.Result.Right = nil
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fault.Missingf("report: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 64<<20)
	var chain durable.Chain
	var sent, asked float64
	for lines.Scan() {
		var rec metric.Round
		err := json.Unmarshal(lines.Bytes(), &rec)
		if err == nil {
			err = rec.Right.Check(images)
		}
		if err != nil {
			return fault.Corruptf("report: %s line %d: %w", path, len(r.Rounds)+1, err)
		}
		if rec.Right != nil {
			r.Hits.add(rec.Right, images)
		}
		sent, asked = sent+float64(rec.Floats), asked+float64(len(rec.Cohort))
		rec.Cohort, rec.Right = nil, nil
		r.Rounds = append(r.Rounds, rec)
		if err := chain.Check(lines.Bytes()); err != nil {
			return fault.Mismatchf("report: %s line %d: %w; restore the file, or train again in another folder",
				path, len(r.Rounds), err)
		}
	}
	if err := lines.Err(); err != nil {
		return fault.Corruptf("report: %s after line %d: %w", path, len(r.Rounds), err)
	}
	if chain.Sealed() && len(r.Rounds) != r.Result.Rounds {
		return fault.Corruptf("report: %s has the records of %d rounds, %s of %d: restore the file, or finish the run "+
			"again with --resume", path, len(r.Rounds), resultFile, r.Result.Rounds)
	}
	r.Floats = sent / asked
	if r.Hits.Rounds != r.Result.Averaged { // an older program made some of the rounds
		r.Hits = Hits{}
	}
	return nil
}

// environment is what a report reads of env.json.
type environment struct {
	Partition  string `json:"partition_sha256"`
	TestLabels string `json:"test_labels_sha256"`
	Cache      string `json:"cache_folder"`
	Made
}

// readEnvironment reads a run's env.json, and compares partition.json with what it records, where both are there.
func readEnvironment(dir string) (*environment, error) {
	var env environment
	data, err := os.ReadFile(filepath.Join(dir, envFile))
	if err != nil {
		return &env, nil // a report needs neither
	}
	if err := json.Unmarshal(data, &env); err != nil {
		return nil, fault.Corruptf("report: %s: %w", filepath.Join(dir, envFile), err)
	}
	if err := durable.CheckSeal(data); err != nil {
		return nil, fault.Mismatchf("report: %s: %w; restore it", filepath.Join(dir, envFile), err)
	}
	err = partition.Verify(filepath.Join(dir, partitionFile), env.Partition)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return &env, err
}
