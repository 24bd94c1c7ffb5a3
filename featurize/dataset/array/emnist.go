package array

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// emnist is what is special about EMNIST's files: pictures are stored transposed, and a file beside them says which
// character each label means. Labels need not begin with 0: those of letters begin with 1.
type emnist struct {
	source string        // of what follows
	index  map[int32]int // of a label; nil if nothing is known of them
	names  []string      // by index
}

// emnistParts are the characters of the published parts, where the mapping file is missing, and their first label.
var emnistParts = map[string]struct {
	first      int32
	characters string
}{
	"digits": {0, digits}, "mnist": {0, digits}, "letters": {1, capitals},
	"balanced": {0, digits + capitals + "abdefghnqrt"}, "bymerge": {0, digits + capitals + "abdefghnqrt"},
	"byclass": {0, digits + capitals + "abcdefghijklmnopqrstuvwxyz"},
}

const digits, capitals = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// openEMNIST reads the mapping file of a part, or takes what is published of it, and notes what is done.
func openEMNIST(r *dataset.Remarks, folder, part string) (*emnist, error) {
	e := &emnist{}
	file := filepath.Join(folder, part+"-mapping.txt")
	published, known := emnistParts[strings.ToLower(part[strings.LastIndex(part, "-")+1:])]
	switch {
	case part != "" && disk.IsFile(file):
		characters, err := readMapping(file)
		if err != nil {
			return nil, err
		}
		e.know(file, characters)
	case known:
		characters := map[int32]string{}
		for i, c := range published.characters {
			characters[published.first+int32(i)] = string(c)
		}
		e.know("the published "+part, characters)
	}
	r.Note("pictures are transposed, since EMNIST's files hold them so; they come out upright")
	return e, nil
}

// know takes the characters of labels. Classes are in the order of the labels.
func (e *emnist) know(source string, characters map[int32]string) {
	e.source, e.index = source, map[int32]int{}
	for i, label := range slices.Sorted(maps.Keys(characters)) {
		e.index[label] = i
		e.names = append(e.names, characters[label])
	}
}

// readMapping reads a mapping file: in each line a label, and the numbers of the characters that it stands for, of
// which the first names it.
func readMapping(file string) (characters map[int32]string, err error) {
	text, err := disk.ReadText(file)
	if err != nil {
		return nil, err
	}
	characters = map[int32]string{}
	used := map[string]bool{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		var code uint64
		label, err := strconv.ParseUint(fields[0], 10, 31)
		if err == nil && len(fields) > 1 {
			code, err = strconv.ParseUint(fields[1], 10, 21)
		}
		name := string(rune(code))
		if err != nil || !unicode.IsGraphic(rune(code)) || unicode.IsSpace(rune(code)) {
			return nil, fault.Corruptf("dataset: %s line %d: %q is no label with its character's number",
				file, number, disk.Clipped(strings.TrimSpace(line)))
		}
		if _, there := characters[int32(label)]; there || used[name] {
			return nil, fault.Corruptf("dataset: %s line %d: label %d or character %s is there twice",
				file, number, label, name)
		}
		characters[int32(label)], used[name] = name, true
	}
	if len(characters) == 0 {
		return nil, fault.Corruptf("dataset: %s is empty; fetch it again", file)
	}
	return characters, nil
}

// number puts indices in the place of labels.
func (e *emnist) number(labels []int32, file string) error {
	if e.index == nil {
		return nil
	}
	for i, label := range labels {
		index, there := e.index[label]
		if !there {
			return fault.Corruptf("dataset: %s: image %d has label %d, which %s does not have; "+
				"the files do not belong together", file, i, label, e.source)
		}
		labels[i] = int32(index)
	}
	return nil
}
