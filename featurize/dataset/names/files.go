package names

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Lines reads a file of names, one a line in label order. Lines that begin with # are comments; a blank one is an
// error, since it would shift the names after it.
func Lines(file string) (names []string, err error) {
	text, err := disk.ReadText(file)
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
			return nil, fault.Corruptf("dataset: %s line %d is blank, so that name %d is empty; "+
				"write one name a line, the first for label 0", file, number, len(names)+1)
		}
		names = append(names, line)
	}
	return names, nil
}

// Listed reads class names, one a line in label order, from a file; nil if there is none.
func Listed(elem ...string) ([]string, error) {
	file := filepath.Join(elem...)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return Lines(file)
}

// Beside reads a file that names the classes in order, one a line, if there is one: classnames.txt, which may have
// folders in front of the names, or classes.txt.
func Beside(folder string) (file string, names []string, err error) {
	if file = disk.FirstFile(folder, File, "classes.txt"); file == "" {
		return "", nil, nil
	}
	file = filepath.Join(folder, file)
	if names, err = Lines(file); err != nil {
		return "", nil, err
	}
	folders := 0
	for _, line := range names {
		if wnid, name, _ := strings.Cut(line, " "); IsWordNet(wnid) && name != "" {
			folders++
		}
	}
	if folders == len(names) {
		for i, n := range names {
			_, names[i], _ = strings.Cut(n, " ")
		}
	}
	return file, withoutNumbers(names), nil
}

// withoutNumbers takes the numbers off lines that all begin with their own, from 0 or from 1: "0 cat", "1: dog".
func withoutNumbers(lines []string) []string {
	for first := range 2 {
		names := make([]string, len(lines))
		for i, line := range lines {
			rest, numbered := strings.CutPrefix(line, strconv.Itoa(first+i))
			name := strings.TrimLeft(rest, " \t,;:.)")
			if !numbered || name == "" || name == rest {
				break
			}
			names[i] = name
		}
		if len(names) > 1 && !slices.Contains(names, "") {
			return names
		}
	}
	return lines
}

// Keyed reads a file with lines "key name", cut at the first of some blanks.
func Keyed(file, blanks string) (map[string]string, error) {
	text, err := disk.ReadText(file)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cut := strings.IndexAny(line, blanks)
		if cut < 0 {
			return nil, fault.Corruptf("dataset: %s line %d: %q is no key with a name", file, n, disk.Clipped(line))
		}
		key, name := line[:cut], strings.TrimSpace(line[cut:])
		if before, ok := names[key]; ok && before != name {
			return nil, fault.Corruptf("dataset: %s line %d: %s is called %q, but %q before",
				file, n, key, disk.Clipped(name), disk.Clipped(before))
		}
		names[key] = name
	}
	return names, nil
}
