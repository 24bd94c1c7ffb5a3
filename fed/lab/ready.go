package lab

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/option"
)

// Ready tells, before the first run of a comparison, whether all can lie in its folder: begun there or, if that is
// wanted, continued. A comparison that cannot be finished is refused before hours go into it.
func Ready(runs []Spec, out string, resume bool) error {
	older, err := fs.Glob(os.DirFS(out), "*/seed-*/"+SpecFile)
	if err == nil && len(older) > 0 {
		return fault.Usagef("%s holds runs of an older layout (%s; now <method>/data-<n>/seed-<n>): "+
			"choose another --out", out, filepath.FromSlash(filepath.Dir(older[0])))
	}
	for i := range runs {
		if what := runs[i].apart(&runs[0]); what != "" {
			return fault.Usagef("%s has another %s than %s: runs that are compared share partition and measures",
				runs[i].Title(), what, runs[0].Title())
		}
	}
	named := map[string]bool{}
	for i := range runs {
		dir := runs[i].Folder(out)
		if named[dir] {
			return fault.Usagef("two of the runs are to lie in %s: name every method once, and give variants of one "+
				"a label each", dir)
		}
		named[dir] = true
		switch {
		case !exists(filepath.Join(dir, SpecFile)):
		case !resume:
			return taken(dir)
		default:
			if err := runs[i].continues(dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// apart names an option that keeps two runs out of one table, or is empty: who owns which image, and what is measured.
func (s *Spec) apart(other *Spec) string {
	measures := []string{"sigma", "power"}
	data := []string{"partition_file", "partition", "tail", "clients", "unseen", "local_test"}
	for _, name := range append(data, measures...) {
		if s.Value(name) != other.Value(name) {
			return option.Flag(name)
		}
	}
	for _, slot := range []string{"partition", "tail"} {
		mine, others := option.Values(s.options[slot]), option.Values(other.options[slot])
		for _, name := range slices.Sorted(maps.Keys(mine)) {
			if mine[name] != others[name] {
				return option.Flag(name)
			}
		}
	}
	return ""
}

// taken says that a folder has a run already.
func taken(dir string) error {
	return fault.Usagef("%s already holds a run; continue it with --resume or choose another --out", dir)
}

// continues refuses to go on with a run folder under another spec. A cache may move: its content is compared elsewhere.
func (s *Spec) continues(dir string) error {
	before, err := s.tables.readSpec(dir)
	if err != nil {
		return err
	}
	before.Cache = s.Cache
	if d := s.difference(&before); d != "" {
		return fault.Usagef("cannot resume %s: %s; use the same options or another --out", dir, d)
	}
	return nil
}
