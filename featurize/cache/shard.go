package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
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
func (w *Writer) FinishShard(versions map[string]string) error {
	record := shardRecord{w.journal.of.Shard, versions}
	if err := durable.WriteJSON(filepath.Join(w.journal.dir, shardFile), record); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	return nil
}

// shard is a complete shard, read-only.
type shard struct {
	shardRecord
	dir      string // of the parts
	contents Contents
	journal  *journal
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
			return nil, fault.Missingf("cache: the shard %s is unfinished; "+
				"run its `fedpurel featurize --shard` command again with --resume", dir)
		}
		if _, err := os.Stat(filepath.Join(dir, ManifestFile)); err == nil {
			return nil, fault.Usagef("cache: %s is a finished cache, no shard; to put the caches of several sites "+
				"together, use --sites", dir)
		}
		return nil, fault.Missingf("cache: %s is no shard; make one with `fedpurel featurize --shard I/N`", dir)
	case err != nil:
		return nil, fault.Missingf("cache: %w", err)
	}
	if err := json.Unmarshal(data, &s.shardRecord); err != nil || s.Count == 0 || s.Check() != nil {
		return nil, fault.Corruptf("cache: %s is no record of a shard; make the shard again",
			filepath.Join(s.dir, shardFile))
	}
	if data, err = os.ReadFile(filepath.Join(s.dir, planFile)); err != nil {
		return nil, fault.Missingf("cache: %w", err)
	}
	if err := json.Unmarshal(data, &s.contents); err != nil {
		return nil, fault.Corruptf("cache: %s is no plan: %w; make the shard again",
			filepath.Join(s.dir, planFile), err)
	}
	if err := s.contents.check(); err != nil {
		return nil, fault.Corruptf("cache: %s: %w; make the shard again", filepath.Join(s.dir, planFile), err)
	}
	s.journal, err = readJournal(s.dir, header{s.contents.hash(), s.Shard})
	return s, err
}

// Merge makes a cache in out of all shards of one, in any order. It is the one that a run without shards writes,
// byte for byte, but for the versions where machines differ; differ tells whether they do. The shards stay as they
// are. Work that was cut short is done again; where the cache is there already, Merge returns ErrComplete. observe,
// if not nil, hears of parts.
func Merge(
	ctx context.Context, out string, dirs []string, observe func(done, total int),
) (_ *Manifest, differ bool, err error) {
	shards, err := openShards(dirs)
	if err != nil {
		return nil, false, err
	}
	one := shards[0]
	for _, s := range shards {
		differ = differ || !maps.Equal(s.Versions, one.Versions)
	}
	want, there := header{Inputs: one.contents.hash()}, func() bool {
		_, err := os.Stat(filepath.Join(out, ManifestFile))
		return err == nil
	}
	if there() {
		return nil, false, finished(out, want, true)
	}
	if err := room(out, one.contents); err != nil {
		return nil, false, err
	}
	release, err := durable.Enter(out)
	if err != nil {
		return nil, false, fmt.Errorf("cache: %w", err)
	}
	defer release()
	if there() { // whoever had the folder before finished it in the meantime
		return nil, false, finished(out, want, true)
	}
	sweep(out)
	offsets, total := map[string]int{}, 0 // of a split's parts among all
	for _, s := range one.contents.Splits {
		offsets[s.Name] = total
		total += one.contents.Parts(s.Rows)
	}
	j := joining{
		ctx:      ctx,
		dir:      out,
		contents: one.contents,
		versions: one.Versions,
		once:     one.journal,
		observe:  observe,
	}
	m, err := j.join(func(split string, part int) (held, error) {
		owner := shards[(offsets[split]+part)%len(shards)]
		e := owner.journal.find(split, part)
		if e == nil {
			return held{}, fault.Corruptf("cache: shard %v lacks part %d of %s; make it again",
				owner.Shard, part, split)
		}
		return held{e, owner.journal}, nil
	})
	if err != nil {
		return nil, false, err
	}
	return m, differ, nil
}

// openShards returns all shards of one cache by their numbers.
func openShards(dirs []string) ([]*shard, error) {
	var all []*shard
	for _, dir := range dirs {
		s, err := openShard(dir)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, fault.Usagef("cache: no shards to merge")
	}
	first := all[0]
	sorted := make([]*shard, first.Count)
	for i, s := range all {
		switch {
		case s.Count != first.Count:
			return nil, fault.Usagef("cache: %s is shard %v, but %s is shard %v: they are of different divisions",
				dirs[i], s.Shard, dirs[0], first.Shard)
		case sorted[s.Index-1] != nil:
			return nil, fault.Usagef("cache: shard %v is given twice, the second time as %s", s.Shard, dirs[i])
		case s.contents.hash() != first.contents.hash():
			return nil, fault.Usagef("cache: %s was made from other images, another model or other options than %s",
				dirs[i], dirs[0])
		}
		sorted[s.Index-1] = s
	}
	var missing []string
	for i, s := range sorted {
		if s == nil {
			missing = append(missing, Shard{i + 1, first.Count}.String())
		}
	}
	if n := len(missing); n > 5 {
		missing = append(missing[:5], fmt.Sprintf("and %d more", n-5))
	}
	if len(missing) > 0 {
		return nil, fault.Missingf("cache: shards are missing: %s", strings.Join(missing, ", "))
	}
	return sorted, nil
}
