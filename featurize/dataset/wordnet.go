package dataset

import (
	"path"
	"path/filepath"
	"strings"
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
