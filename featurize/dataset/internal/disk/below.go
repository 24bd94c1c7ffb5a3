package disk

import (
	"os"
	"path"
	"path/filepath"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Below returns the fitting files in a folder and in those below, so many levels down.
func Below(root, rel string, levels int, fits func(string) bool) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(rel)))
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	var names []string
	for _, e := range entries {
		name := path.Join(rel, e.Name())
		switch {
		case Hidden(e.Name()):
		case fits(e.Name()) && IsFile(root, name):
			names = append(names, name)
		case levels > 0 && IsFolderEntry(filepath.Join(root, filepath.FromSlash(rel)), e):
			inner, err := Below(root, name, levels-1, fits)
			if err != nil {
				return nil, err
			}
			names = append(names, inner...)
		}
	}
	return names, nil
}
