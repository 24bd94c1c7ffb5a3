package names

import (
	"regexp"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
)

var (
	coded    = regexp.MustCompile(`^(?:n[0-9]{8}[-_ ]|[0-9]{3,}\.)(.*\pL.*)$`) // n02085620-Chihuahua, 001.ak47
	camel    = regexp.MustCompile(`^(?:[A-Z][a-z]{2,}){2,}$`)                  // AnnualCrop
	camelHum = regexp.MustCompile(`[a-z][A-Z]`)
)

// worded is a class folder's name as a prompt would have it: without the number or WordNet id before it, and with
// blanks between words that are told apart by capitals only.
func worded(folder string) string {
	if parts := coded.FindStringSubmatch(folder); parts != nil {
		folder = parts[1]
	}
	if camel.MatchString(folder) {
		folder = camelHum.ReplaceAllStringFunc(folder, func(at string) string { return at[:1] + " " + at[1:] })
	}
	return Human(strings.TrimLeft(folder, "_- "))
}

// OfClassFolders is OfFolders for folders of images, whose names may be no words; it notes those, and what a user
// should look at.
func OfClassFolders(r *dataset.Remarks, root string, folders []string) ([]string, error) {
	called, err := ofFolders(root, folders, worded)
	if err != nil {
		return nil, err
	}
	changed, last := 0, 0
	for i, f := range folders {
		if called[i] == worded(f) && called[i] != Human(f) {
			changed, last = changed+1, i
		}
	}
	if changed > 0 {
		r.Note("%d classes are called by the words in their folders' names, such as %q for %s; %s gives others",
			changed, called[last], folders[last], File)
	}
	dubious(r, folders, called)
	return called, nil
}
