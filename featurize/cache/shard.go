package cache

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// shardRecord is shard.json: the shard is complete.
type shardRecord struct {
	Shard
	Versions map[string]string `json:"versions,omitempty"`
}

// FinishShard marks a shard as complete. Its parts stay as they are, for Merge.
func (w *Writer) FinishShard(s Shard, versions map[string]string) error {
	if err := durable.WriteJSON(filepath.Join(w.journal.dir, shardFile), shardRecord{s, versions}); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	return nil
}

// shard is a complete shard, read-only.
type shard struct {
	shardRecord
	dir     string // of the parts
	plan    Plan
	journal *journal
}

// openShard reads the records of a complete shard.
func openShard(dir string) (*shard, error) {
	s := &shard{dir: filepath.Join(dir, partsDir)}
	if _, err := os.Stat(dir); err != nil {
		return nil, fault.Missingf("cache: %w", err)
	}
	data, err := os.ReadFile(filepath.Join(s.dir, shardFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(s.dir); err == nil {
			return nil, fault.Missingf("cache: the shard %s is unfinished; run its `fedpurel featurize --shard` command again with --resume", dir)
		}
		return nil, fault.Missingf("cache: %s is no shard; make one with `fedpurel featurize --shard I/N`", dir)
	case err != nil:
		return nil, fault.Missingf("cache: %w", err)
	}
	if err := json.Unmarshal(data, &s.shardRecord); err != nil || s.Count < 1 || s.Index < 1 || s.Index > s.Count {
		return nil, fault.Corruptf("cache: %s is no record of a shard; make the shard again", filepath.Join(s.dir, shardFile))
	}
	if data, err = os.ReadFile(filepath.Join(s.dir, planFile)); err != nil {
		return nil, fault.Missingf("cache: %w", err)
	}
	if err := json.Unmarshal(data, &s.plan); err != nil {
		return nil, fault.Corruptf("cache: %s is no plan: %w; make the shard again", filepath.Join(s.dir, planFile), err)
	}
	if err := s.plan.check(); err != nil {
		return nil, fault.Corruptf("cache: %s: %w; make the shard again", filepath.Join(s.dir, planFile), err)
	}
	s.journal, err = readJournal(s.dir, s.plan.hash())
	return s, err
}

// Merge makes a cache in out of all shards of one, in any order. It is the one that a run without shards writes, byte for byte, but
// for the versions where machines differ; it reports whether they do. The shards stay as they are.
func Merge(out string, dirs []string, observe func(done, total int)) (_ *Manifest, differ bool, err error) {
	shards := map[int]*shard{}
	var first *shard
	for _, dir := range dirs {
		s, err := openShard(dir)
		if err != nil {
			return nil, false, err
		}
		if first == nil {
			first = s
		}
		switch {
		case s.Count != first.Count:
			return nil, false, fault.Usagef("cache: %s is shard %v, but %s is shard %v: they are of different divisions", dir, s.Shard, dirs[0], first.Shard)
		case shards[s.Index] != nil:
			return nil, false, fault.Usagef("cache: shard %v is given twice, the second time as %s", s.Shard, dir)
		case s.plan.hash() != first.plan.hash():
			return nil, false, fault.Usagef("cache: %s was made from other images, another model or other options than %s", dir, dirs[0])
		}
		differ = differ || !maps.Equal(s.Versions, first.Versions)
		shards[s.Index] = s
	}
	if first == nil {
		return nil, false, fault.Usagef("cache: no shards to merge")
	}
	var missing []string
	for i := range first.Count {
		if shards[i+1] == nil {
			missing = append(missing, Shard{i + 1, first.Count}.String())
		}
	}
	if len(missing) > 0 {
		return nil, false, fault.Missingf("cache: shards are missing: %s", strings.Join(missing, ", "))
	}
	if err := emptyFolder(out); err != nil {
		return nil, false, err
	}
	p, one := first.plan, shards[1]
	total, done := 0, 0
	offsets := map[string]int{} // of a split's parts among all
	for _, s := range p.Splits {
		offsets[s.Name] = total
		total += Parts(s.Rows)
	}
	m, err := join(out, p, one.Versions, one.dir, func(split string, part int) (held, error) {
		owner := shards[(offsets[split]+part)%first.Count+1]
		e := owner.journal.find(split, part)
		if e == nil {
			return held{}, fault.Corruptf("cache: shard %v lacks part %d of %s; make it again", owner.Shard, part, split)
		}
		done++
		if observe != nil {
			observe(done, total)
		}
		return held{e, owner.dir}, nil
	})
	if err != nil {
		_ = removeAll(out, p) // leave no half cache behind: the folder was empty
	}
	return m, differ, err
}

// removeAll removes the files of a cache.
func removeAll(dir string, p Plan) error {
	entries, err := os.ReadDir(dir)
	for _, e := range slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !planned(p, e.Name()) }) {
		err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
	}
	return err
}
