package dataset

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// NamesFile gives class folders their names.
const NamesFile = "classnames.txt"

// classNames returns the name of every class folder: from classnames.txt, "folder name" a line; or else, of ImageNet's folders, the
// published one; or else the folder's own with blanks for underscores. A line for an unknown folder is an error, since it is likely a
// misspelling.
func classNames(root string, folders []string) ([]string, error) {
	names := make([]string, len(folders))
	of := human
	if areScenes(root, folders) {
		of = sceneName
	} else if slices.ContainsFunc(folders, isWordNet) {
		published := imagenetNames()
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
	file := filepath.Join(root, NamesFile)
	text, err := readText(file)
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
			return nil, fault.Corruptf("dataset: %s line %d: no class folder begins %q; write \"folder name\"", file, line, text)
		}
		if name := strings.TrimSpace(text[len(folders[i]):]); name != "" {
			names[i] = name
		}
	}
	return names, nil
}

// folderOf finds the longest folder name that begins the line and is followed by a blank or nothing: folder names may hold blanks.
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

// maxText bounds a file with names.
const maxText = 64 << 20

// readText reads a short text file, without a byte order mark.
func readText(file string) (string, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return "", fault.Missingf("dataset: %w", err)
	case !info.Mode().IsRegular(): // reading a pipe would wait for its other end
		return "", fault.Corruptf("dataset: %s is not a file", file)
	case info.Size() > maxText:
		return "", fault.Corruptf("dataset: %s has %d bytes, more than any list of names", file, info.Size())
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fault.Missingf("dataset: %w", err)
	}
	return strings.TrimPrefix(string(data), "\ufeff"), nil
}

// nameLines reads a file of names, one a line in label order. Lines that begin with # are comments; a blank one is an error, since it
// would shift the names after it.
func nameLines(file string) (names []string, err error) {
	text, err := readText(file)
	if err != nil {
		return nil, err
	}
	number := 0
	for line := range strings.Lines(strings.TrimRight(text, " \t\r\n")) {
		number++
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "#"):
			continue
		case line == "":
			return nil, fault.Corruptf("dataset: %s line %d is blank, so that name %d is empty; write one name a line, the first for label 0", file, number, len(names)+1)
		}
		names = append(names, line)
	}
	return names, nil
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
