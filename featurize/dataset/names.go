package dataset

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// NamesFile gives class folders their names.
const NamesFile = "classnames.txt"

// classNames returns the name of every class folder: from classnames.txt, "folder name" a line, or else the folder's
// own with blanks for underscores. A line for an unknown folder is an error, since it is likely a misspelling.
func classNames(root string, folders []string) ([]string, error) {
	names := make([]string, len(folders))
	for i, f := range folders {
		names[i] = human(f)
	}
	file := filepath.Join(root, NamesFile)
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return names, nil
	} else if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	line := 0
	for text := range strings.Lines(text) {
		line++
		text = strings.TrimRight(text, "\r\n \t")
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		i := folderOf(text, folders)
		if i < 0 {
			return nil, fault.Corruptf("dataset: %s line %d: no class folder begins %q; write \"folder name\"", file, line, text)
		}
		names[i] = strings.TrimSpace(text[len(folders[i]):])
	}
	return names, nil
}

// folderOf finds the longest folder name that begins the line and is followed by a blank: folder names may hold blanks.
func folderOf(line string, folders []string) int {
	best := -1
	for i, f := range folders {
		rest, ok := strings.CutPrefix(line, f)
		if ok && strings.IndexAny(rest, " \t") == 0 && (best < 0 || len(f) > len(folders[best])) {
			best = i
		}
	}
	return best
}

// published holds the class names of sets that do not bring them, one a line in label order; imagenet.txt has the folder first.
//
//go:embed names/*.txt
var published embed.FS

// publishedNames returns the class names of a published set, in label order, as its files spell them.
func publishedNames(set string) []string {
	data, err := published.ReadFile("names/" + set + ".txt")
	if err != nil {
		panic("dataset: " + err.Error()) // they are embedded
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// humans is human for each of the names.
func humans(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = human(n)
	}
	return out
}
