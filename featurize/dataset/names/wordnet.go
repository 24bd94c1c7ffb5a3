package names

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
)

// IsWordNet tells whether a folder is named after a WordNet id, as ImageNet's are: n01440764.
func IsWordNet(folder string) bool {
	return len(folder) == 9 && folder[0] == 'n' && strings.Trim(folder[1:], "0123456789") == ""
}

// ImageNet are the published names of ImageNet's 1000 classes, by WordNet id.
func ImageNet() map[string]string {
	names := map[string]string{}
	for _, line := range Published("imagenet") {
		wnid, name, _ := strings.Cut(line, " ")
		names[wnid] = name
	}
	return names
}

// WordNetFolder is the WordNet id after which an image's folder is named, or "".
func WordNetFolder(name string) string {
	if wnid := path.Base(path.Dir(name)); IsWordNet(wnid) {
		return wnid
	}
	return ""
}

// WordNet names ImageNet's classes: as classnames.txt does ("n01440764 tench"), or else as they are published.
func WordNet(folders ...string) (Of, error) {
	names := ImageNet()
	for _, folder := range folders {
		if file := filepath.Join(folder, File); disk.IsFile(file) {
			own, err := Keyed(file, " \t")
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
