package lab

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/train/fault"
)

// A moved cache is looked for in the folders above the run, so many levels up, and in so many folders of each.
const (
	levelsUp   = 3
	lookedInto = 1000
)

// cacheFolder is where the run's cache lies now, by its fingerprint: where it lay, whatever the working directory is,
// or else where the spec says, beside where it lay, or in a folder above the run. Where another cache lies in its place
// and it is not to be found, it is that one.
func (f *Folder) cacheFolder() (string, error) {
	recorded := f.Env.CacheFolder
	if recorded == "" { // by a program that did not record it
		recorded = f.Spec.Cache
	}
	if f.holds(recorded) {
		return recorded, nil
	}
	near := append([]string{f.Spec.Cache}, foldersIn(filepath.Dir(recorded))...)
	if dir, err := filepath.Abs(f.Dir); err == nil {
		for range levelsUp {
			dir = filepath.Dir(dir)
			near = append(near, foldersIn(dir)...)
		}
	}
	for _, dir := range near {
		if f.holds(dir) {
			How{Notice: f.Notice}.tell(fmt.Sprintf("the cache was %s, and is %s now", recorded, dir))
			return dir, nil
		}
	}
	if exists(filepath.Join(recorded, cache.ManifestFile)) {
		return recorded, nil
	}
	return "", fault.Missingf("%s was trained on the cache %s, which is not there any more; name it with --cache",
		f.Dir, recorded)
}

// holds reports whether a folder has the run's cache.
func (f *Folder) holds(dir string) bool {
	fingerprint, err := cache.Fingerprint(dir)
	return err == nil && fingerprint == f.Env.Cache
}

// foldersIn lists the folders in a folder, the first of many.
func foldersIn(place string) (dirs []string) {
	d, err := os.Open(place)
	if err != nil {
		return nil
	}
	defer d.Close() // read-only
	entries, _ := d.ReadDir(lookedInto)
	for _, e := range entries {
		if e.IsDir() || e.Type()&os.ModeSymlink != 0 {
			dirs = append(dirs, filepath.Join(place, e.Name()))
		}
	}
	return dirs
}
