package names

import (
	"strings"
	"unicode/utf8"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"golang.org/x/text/unicode/norm"
)

// dubious notes classes that a user should look at.
func dubious(r *dataset.Remarks, folders, names []string) {
	alike := map[string]string{}
	nameless, last := 0, ""
	for i, f := range folders {
		key := strings.ToLower(norm.NFKC.String(strings.TrimSpace(f)))
		if other, ok := alike[key]; ok {
			r.Note("the class folders %+q and %+q look alike; they are two classes", other, f)
		}
		alike[key] = f
		if !utf8.ValidString(f) {
			r.Note("the name of class folder %+q is not UTF-8: its prompt will have gaps; name it in %s", f, File)
		}
		if IsWordNet(names[i]) {
			nameless, last = nameless+1, f
		}
	}
	if nameless > 0 {
		r.Note("%d classes have no name but their WordNet id, such as %s; name them in %s", nameless, last, File)
	}
}
