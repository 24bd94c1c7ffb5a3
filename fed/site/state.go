package site

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/fed/kept"
	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
	"github.com/fedpurel/fedpurel/train/safetensors"
)

// What a site keeps of a run lies in its folder:
//
//	plan.json                   what hub and sites agreed on
//	state-000012-01.safetensors what the client keeps after task 1 of round 13, by name; its hash stands in the header
//
// beside the files of a run folder, which are written when the hub asks for the last evaluation. A hub that went back
// to a checkpoint names an older state; so those of the last two rounds stay, and the newest one before them.
const (
	planFile    = "plan.json"
	statePrefix = "state-"
	stateSuffix = ".safetensors"
)

// stateName is what a state is called after a task. Names are in the order of the tasks.
func stateName(round, ask int) string { return fmt.Sprintf("%06d-%02d", round, ask) }

func (r *run) path(state string) string { return filepath.Join(r.dir, statePrefix+state+stateSuffix) }

// remember writes down the plan.
func (r *run) remember(p *wire.Plan) error {
	path := filepath.Join(r.dir, planFile)
	if _, err := os.Stat(path); err == nil {
		return nil // the folder is called by its hash
	}
	return durable.WriteJSON(path, p)
}

// versions tells states of what client k keeps apart, within a process.
func versions(s *kept.Store, k int) string {
	var b strings.Builder
	for _, name := range s.Names() {
		fmt.Fprintf(&b, "%s %d ", name, s.Version(name, k))
	}
	return b.String()
}

// save writes what the client keeps.
func (r *run) save(state string) error {
	var tensors []safetensors.Tensor
	sum := sha256.New()
	store, k := r.place.Home.Kept, r.place.Client
	for _, name := range store.Names() {
		v, err := store.Get(name, k, nil)
		if err != nil {
			return err
		}
		if v == nil {
			continue
		}
		tensors = append(tensors, safetensors.Tensor{Name: name, Shape: []int{len(v)}, Data: v})
		digest(sum, name, v)
	}
	texts := map[string]string{"sha256": hex.EncodeToString(sum.Sum(nil)), "run": r.id, "state": state}
	return durable.WriteFile(r.path(state), func(w io.Writer) error { return safetensors.Write(w, tensors, texts) })
}

// digest adds a vector to a hash.
func digest(sum io.Writer, name string, v []float32) {
	_, _ = fmt.Fprintf(sum, "%s %d\n", name, len(v)) // a hash takes everything
	_, _ = sum.Write(npy.AppendFloats(nil, "<f4", v))
}

// goTo brings the home into the state that the hub counts on. What is newer is forgotten: the hub went back, and what
// was done since will be asked again, or not.
func (r *run) goTo(state string) error {
	if state != "" && !plain(state) {
		return fault.Usagef("site %q: no state is called %.40q", r.site.Name, state)
	}
	if r.at == state {
		return r.forget(state)
	}
	f := &safetensors.File{}
	if state != "" {
		var err error
		f, err = safetensors.ReadFile(r.path(state))
		if errors.Is(err, os.ErrNotExist) {
			return fault.Usagef("site %q has no state %s of run %.12s: put the folder of --state back, "+
				"or begin the run anew", r.site.Name, state, r.id)
		}
		if err != nil {
			return err
		}
		sum := sha256.New()
		for _, t := range f.Tensors {
			digest(sum, t.Name, t.Data)
		}
		if hex.EncodeToString(sum.Sum(nil)) != f.Texts["sha256"] || f.Texts["run"] != r.id ||
			f.Texts["state"] != state {
			return fault.Mismatchf("site %q: %s: %w; restore it, or begin the run anew", r.site.Name, r.path(state),
				durable.ErrDamaged)
		}
	}
	r.at = unknown
	if err := r.place.Clear(); err != nil {
		return err
	}
	home := r.place.Home
	for _, t := range f.Tensors {
		if err := home.Kept.Put(t.Name, r.place.Client, t.Data); err != nil {
			return err
		}
	}
	home.Kept.Commit()
	r.at = state
	return r.forget(state)
}

// plain reports whether a name is one of a state.
func plain(state string) bool {
	return len(state) >= 9 && len(state) <= 20 && !strings.ContainsFunc(state, func(c rune) bool {
		return c != '-' && (c < '0' || c > '9')
	})
}

// states lists those that are saved, oldest first.
func (r *run) states() ([]string, error) {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return nil, fmt.Errorf("site: %w", err)
	}
	var all []string
	for _, e := range entries {
		name, is := strings.CutPrefix(e.Name(), statePrefix)
		if name, ends := strings.CutSuffix(name, stateSuffix); is && ends && plain(name) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all, nil
}

// forget removes the states that are newer.
func (r *run) forget(than string) error {
	all, err := r.states()
	if err != nil {
		return err
	}
	for _, state := range all {
		if state > than {
			if err := os.Remove(r.path(state)); err != nil {
				return fmt.Errorf("site: %w", err)
			}
		}
	}
	return nil
}

// prune removes the states to which no hub goes back any more.
func (r *run) prune(o *wire.Order) error {
	round := 0
	for _, t := range o.Tasks {
		round = max(round, t.Round)
	}
	all, err := r.states()
	if err != nil {
		return err
	}
	old, _ := slices.BinarySearch(all, stateName(max(round-2, 0), 0))
	for i, state := range all {
		if i+1 < old { // the newest one before them stays
			if err := os.Remove(r.path(state)); err != nil {
				return fmt.Errorf("site: %w", err)
			}
		}
	}
	return nil
}
