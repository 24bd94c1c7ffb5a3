package dataset

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// isWordNet tells whether a folder is named after a WordNet id, as ImageNet's are: n01440764.
func isWordNet(folder string) bool {
	return len(folder) == 9 && folder[0] == 'n' && strings.Trim(folder[1:], "0123456789") == ""
}

// imagenetNames are the published names of ImageNet's 1000 classes, by WordNet id.
func imagenetNames() map[string]string {
	names := map[string]string{}
	for _, line := range publishedNames("imagenet") {
		wnid, name, _ := strings.Cut(line, " ")
		names[wnid] = name
	}
	return names
}

// wordNetFolder is the WordNet id after which an image's folder is named, or "".
func wordNetFolder(name string) string {
	if wnid := path.Base(path.Dir(name)); isWordNet(wnid) {
		return wnid
	}
	return ""
}

// wordNetNames names ImageNet's classes: as classnames.txt does ("n01440764 tench"), or else as they are published.
func wordNetNames(folders ...string) (className, error) {
	names := imagenetNames()
	for _, folder := range folders {
		if file := filepath.Join(folder, NamesFile); isFile(file) {
			own, err := keyedNames(file, " \t")
			if err != nil {
				return nil, err
			}
			names = own
			break
		}
	}
	return func(_ int, wnid string) string {
		if name := names[wnid]; name != "" {
			return name
		}
		return wnid
	}, nil
}

// keyedNames reads a file with lines "key name", cut at the first of some blanks.
func keyedNames(file, blanks string) (map[string]string, error) {
	text, err := readText(file)
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
			return nil, fault.Corruptf("dataset: %s line %d: %q is no key with a name", file, n, clipped(line))
		}
		key, name := line[:cut], strings.TrimSpace(line[cut:])
		if before, ok := names[key]; ok && before != name {
			return nil, fault.Corruptf("dataset: %s line %d: %s is called %q, but %q before", file, n, key, clipped(name), clipped(before))
		}
		names[key] = name
	}
	return names, nil
}
