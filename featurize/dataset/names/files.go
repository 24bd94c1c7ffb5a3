package names

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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
// folders in front of the names, or classes.txt. Where there are both, they agree.
func Beside(folder string) (given Given, err error) {
	for _, file := range []string{File, "classes.txt"} {
		if !disk.IsFile(folder, file) {
			continue
		}
		other := Given{From: filepath.Join(folder, file)}
		if other.Names, err = Lines(other.From); err != nil {
			return Given{}, err
		}
		other.Names = withoutFolders(other.Names)
		other.number()
		if len(given.Names) == 0 {
			given = other
		} else if i := permuted(given.Names, other.Names); i >= 0 {
			return Given{}, fault.Corruptf("dataset: %s and %s name the same classes in different orders, class %d %q "+
				"and %q; remove one of them", given.From, other.From, i, given.Names[i], other.Names[i])
		}
	}
	return given, nil
}

// permuted is the first place in which two lists of the same names differ, −1 if there is none.
func permuted(a, b []string) int {
	same := func(names []string) []string { return slices.Sorted(slices.Values(names)) }
	if !slices.Equal(same(a), same(b)) {
		return -1
	}
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}

// withoutFolders takes the WordNet ids off lines that all begin with one: "n01440764 tench".
func withoutFolders(lines []string) []string {
	names := make([]string, len(lines))
	for i, line := range lines {
		wnid, name, _ := strings.Cut(line, " ")
		if !IsWordNet(wnid) || name == "" {
			return lines
		}
		names[i] = name
	}
	return names
}

// numberedLine is a number and the name that it has.
var numberedLine = regexp.MustCompile(`^([0-9]{1,18})[ \t,;:.)]+(.+)$`)

// number takes the numbers off lines that all begin with their own, from 0 or from 1: "0 cat", "1: dog". Lines that
// begin with other numbers keep them, since they may be the names'; those are keys at most.
func (g *Given) number() {
	if len(g.Names) < 2 {
		return
	}
	stripped, keys := make([]string, len(g.Names)), map[int64]string{}
	from := [2]bool{true, true} // whether numbers run from 0, and from 1
	for i, line := range g.Names {
		parts := numberedLine.FindStringSubmatch(line)
		if parts == nil {
			return
		}
		key, _ := strconv.ParseInt(parts[1], 10, 64) // it has 18 digits at most
		if _, twice := keys[key]; twice || parts[1] != strconv.FormatInt(key, 10) {
			return
		}
		stripped[i], keys[key] = parts[2], parts[2]
		for first := range from {
			from[first] = from[first] && key == int64(first+i)
		}
	}
	switch {
	case from[0], from[1]:
		g.Names, g.From1 = stripped, from[1]
	default:
		g.Keys = keys
	}
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
