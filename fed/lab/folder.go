package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// Files of a run folder, beside those that package fed writes.
const (
	SpecFile      = "spec.json"
	envFile       = "env.json"
	partitionFile = "partition.json"
	resultFile    = "result.json"
	labelsFile    = "test.labels.npy" // the test images' classes: what is right of them stands in rounds.jsonl
)

// Environment is env.json: where a result comes from, and what must be the same to continue it.
type Environment struct {
	Program     string `json:"program"`
	Go          string `json:"go"`
	OS          string `json:"os"`
	Arch        string `json:"arch"`
	Workers     int    `json:"workers"`
	Cache       string `json:"cache_fingerprint"`
	TrainLabels string `json:"train_labels_sha256"`
	TestLabels  string `json:"test_labels_sha256"`
	Partition   string `json:"partition_sha256"`
	CacheFolder string `json:"cache_folder"`
	Base        *Base  `json:"base,omitempty"` // of a client that was personalized afterwards
	// For the record only; empty where they are not known.
	Command string   `json:"command,omitempty"` // what was typed, without folders of the machine; see Typed
	Date    string   `json:"date,omitempty"`    // on which the run began, in UTC
	Data    string   `json:"data,omitempty"`    // the data set's name
	Encoder string   `json:"encoder,omitempty"` // the model's name
	Notes   []string `json:"notes,omitempty"`   // what was left out of the data set, or divided, and why
}

func (x *experiment) environment(how How) (Environment, error) {
	division, err := x.partition.Sum()
	if err != nil {
		return Environment{}, err
	}
	folder, err := filepath.Abs(x.spec.Cache)
	env := Environment{
		Program: how.Program, Command: how.Command, Date: how.Date,
		Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, Workers: x.workers,
		Cache: x.cache.Manifest.Fingerprint, CacheFolder: folder, Partition: division, Base: x.base,
		TrainLabels: labelHash(x.train.Labels()), TestLabels: labelHash(x.test.Labels()),
	}
	if d := x.cache.Manifest.Data; d != nil {
		env.Data, env.Notes = d.Name, d.Notes
	}
	if m := x.cache.Manifest.Model; m != nil {
		env.Encoder = m.Name
	}
	return env, err
}

// openFolder makes the run folder, or checks that an existing one can be continued, and holds it until release.
func (x *experiment) openFolder(dir string, how How) (release func(), err error) {
	env, err := x.environment(how)
	if err != nil {
		return nil, err
	}
	if release, err = durable.Enter(dir); err != nil {
		return nil, err
	}
	if err := x.enterFolder(dir, env, how.Resume); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// enterFolder begins a run in a folder that is held, or checks that the one there can be continued.
func (x *experiment) enterFolder(dir string, env Environment, resume bool) error {
	if _, err := os.Stat(filepath.Join(dir, SpecFile)); err == nil {
		if !resume {
			return taken(dir)
		}
		return x.sameRun(dir, env)
	} else if !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("open run folder: %w", err)
	}
	if err := durable.WriteJSON(filepath.Join(dir, partitionFile), x.partition); err != nil {
		return err
	}
	if err := durable.WriteSealed(filepath.Join(dir, envFile), env); err != nil {
		return err
	}
	if err := x.writeLabels(dir); err != nil {
		return err
	}
	return durable.WriteJSON(filepath.Join(dir, SpecFile), x.spec)
}

// sameRun refuses to continue a run under another spec or on other data.
func (x *experiment) sameRun(dir string, env Environment) error {
	if err := x.spec.continues(dir); err != nil {
		return err
	}
	var was Environment
	if err := readJSON(filepath.Join(dir, envFile), &was); err != nil {
		return err
	}
	if was.Cache != env.Cache || was.Partition != env.Partition {
		return fault.Usagef("cannot resume %s: the cache or the partition is another one than it was started with", dir)
	}
	if !exists(filepath.Join(dir, labelsFile)) { // an older program's
		if err := x.writeLabels(dir); err != nil {
			return err
		}
	}
	return partition.Verify(filepath.Join(dir, partitionFile), was.Partition)
}

// writeLabels stores the labels of the test split, if they are known, of which env.json has the hash.
func (x *experiment) writeLabels(dir string) error {
	if x.unlabelled {
		return nil
	}
	labels := x.test.Labels()
	return durable.WriteFile(filepath.Join(dir, labelsFile), func(w io.Writer) error {
		return npy.WriteInt32(w, labels, len(labels))
	})
}

// readSpec reads the spec of a run folder. Options that are newer than the run have their defaults; of older programs'
// specs, which held all options there are, those that the run does not read are left out.
func (t Tables) readSpec(dir string) (s Spec, err error) {
	var saved Settings
	if err := readJSON(filepath.Join(dir, SpecFile), &saved); err != nil {
		return s, err
	}
	if s, _, err = t.resolve(nil, nil, saved, false); err != nil {
		err = fmt.Errorf("%s: %w", filepath.Join(dir, SpecFile), err)
	}
	return s, err
}

// Folder is a run folder that is read again.
type Folder struct {
	Dir       string
	Spec      Spec
	Env       Environment
	Partition partition.Partition
	Result    *metric.Result // nil: the run is unfinished
	NoVerify  bool           // as in How, for Evaluate
	Notice    func(string)   // as in How: where the cache was found
}

// Open reads what identifies a run, and its result if there is one. Every file is compared with its checksum.
func (t Tables) Open(dir string) (f *Folder, err error) {
	f = &Folder{Dir: dir}
	if f.Spec, err = t.readSpec(dir); err != nil {
		return nil, err
	}
	for name, v := range map[string]any{envFile: &f.Env, partitionFile: &f.Partition} {
		if err := readJSON(filepath.Join(dir, name), v); err != nil {
			return nil, err
		}
	}
	if err := partition.Verify(filepath.Join(dir, partitionFile), f.Env.Partition); err != nil {
		return nil, err
	}
	var r metric.Result
	switch err := readJSON(filepath.Join(dir, resultFile), &r); {
	case err == nil:
		f.Result = &r
	case !errors.Is(err, os.ErrNotExist):
		return nil, err
	}
	return f, nil
}

// readJSON reads a file that this program wrote.
func readJSON(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fault.Missingf("read run: %w", err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fault.Corruptf("read run: %s: %w", path, err)
	}
	if err := durable.CheckSeal(data); err != nil {
		return fault.Mismatchf("read run: %s: %w; restore it, or train again in another folder", path, err)
	}
	return nil
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// labelHash identifies a sequence of labels, whatever file they come from.
func labelHash(labels []int32) string {
	b := make([]byte, 0, 4*len(labels))
	for _, y := range labels {
		b = append(b, byte(y), byte(y>>8), byte(y>>16), byte(y>>24))
	}
	return hash(b)
}
