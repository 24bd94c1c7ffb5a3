package names

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// File gives class folders their names.
const File = "classnames.txt"

// OfFolders returns the name of every class folder: from classnames.txt, "folder name" a line; or else, of ImageNet's
// folders, the published one; or else the folder's own with blanks for underscores. A line for an unknown folder is an
// error, since it is likely a misspelling.
func OfFolders(root string, folders []string) ([]string, error) {
	return ofFolders(root, folders, Human)
}

// ofFolders is OfFolders where human makes a name of a folder's.
func ofFolders(root string, folders []string, human func(string) string) ([]string, error) {
	names := make([]string, len(folders))
	of := human
	if areScenes(root, folders) {
		of = sceneName
	} else if slices.ContainsFunc(folders, IsWordNet) {
		published := ImageNet()
		of = func(folder string) string {
			if name := published[folder]; name != "" {
				return name
			}
			return human(folder)
		}
	}
	for i, f := range folders {
		names[i] = of(f)
	}
	file := filepath.Join(root, File)
	text, err := disk.ReadText(file)
	if errors.Is(err, fs.ErrNotExist) {
		return names, nil
	} else if err != nil {
		return nil, err
	}
	line := 0
	for text := range strings.Lines(text) {
		line++
		text = strings.TrimRight(text, "\r\n \t")
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		i := folderOf(text, folders)
		if i < 0 {
			return nil, fault.Corruptf("dataset: %s line %d: no class folder begins %q; write \"folder name\"",
				file, line, text)
		}
		if name := strings.TrimSpace(text[len(folders[i]):]); name != "" {
			names[i] = name
		}
	}
	return names, nil
}

// folderOf finds the longest folder name that begins the line and is followed by a blank or nothing: folder names may
// hold blanks.
func folderOf(line string, folders []string) int {
	best := -1
	for i, f := range folders {
		rest, ok := strings.CutPrefix(line, f)
		if ok && (rest == "" || strings.IndexAny(rest, " \t") == 0) && (best < 0 || len(f) > len(folders[best])) {
			best = i
		}
	}
	return best
}
