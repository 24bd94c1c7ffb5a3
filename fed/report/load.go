// Package report turns run folders into tables, figures and one HTML page. It is a pure function of files: result.json
// and rounds.jsonl of every run, nothing else but checksums. Load reads runs, New reports on them; Summary is its main
// table, of results in memory as well.
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
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Files of a run folder that a report reads.
const (
	resultFile    = "result.json"
	roundsFile    = "rounds.jsonl"
	envFile       = "env.json"
	partitionFile = "partition.json"
)

// Run is one finished run.
type Run struct {
	Dir    string
	Cache  string // the folder of its cache, as env.json has it; empty where there is none
	Result metric.Result
	Rounds []metric.Round // without their cohorts, which many clients make large
}

// Load reads runs: each dir is a run folder, or a folder with run folders below it. They come sorted by method
// (zero-shot first, FedPuReL last), module, label, data seed and seed. Unfinished runs are left out and named in
// unfinished.
func Load(dirs ...string) (runs []Run, unfinished []string, err error) {
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
			run, err := load(path)
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
func load(dir string) (Run, error) {
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
	if r.Cache, err = environment(dir); err != nil {
		return r, err
	}
	r.Rounds, err = rounds(filepath.Join(dir, roundsFile), r.Result.Rounds)
	return r, err
}

// rounds reads the journal of a finished run of so many rounds.
func rounds(path string, want int) (all []metric.Round, err error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) { // a method without rounds
		return nil, nil
	} else if err != nil {
		return nil, fault.Missingf("report: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 64<<20)
	var chain durable.Chain
	for lines.Scan() {
		var rec metric.Round
		if err := json.Unmarshal(lines.Bytes(), &rec); err != nil {
			return nil, fault.Corruptf("report: %s line %d: %w", path, len(all)+1, err)
		}
		rec.Cohort = nil
		all = append(all, rec)
		if err := chain.Check(lines.Bytes()); err != nil {
			return nil, fault.Mismatchf("report: %s line %d: %w; restore the file, or train again in another folder",
				path, len(all), err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fault.Corruptf("report: %s after line %d: %w", path, len(all), err)
	}
	if chain.Sealed() && len(all) != want {
		return nil, fault.Corruptf("report: %s has the records of %d rounds, %s of %d: "+
			"restore the file, or finish the run again with --resume", path, len(all), resultFile, want)
	}
	return all, nil
}

// environment compares a run's partition.json with what env.json records of it, where both are there, and returns the
// cache's folder.
func environment(dir string) (cache string, err error) {
	data, err := os.ReadFile(filepath.Join(dir, envFile))
	if err != nil {
		return "", nil // a report needs neither
	}
	var env struct {
		Partition string `json:"partition_sha256"`
		Cache     string `json:"cache_folder"`
	}
	if err := json.Unmarshal(data, &env); err != nil {
		return "", fault.Corruptf("report: %s: %w", filepath.Join(dir, envFile), err)
	}
	if err := durable.CheckSeal(data); err != nil {
		return "", fault.Mismatchf("report: %s: %w; restore it", filepath.Join(dir, envFile), err)
	}
	err = partition.Verify(filepath.Join(dir, partitionFile), env.Partition)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return env.Cache, err
}
