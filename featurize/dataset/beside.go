package dataset

import (
	"fmt"
	"path/filepath"
)

// openFolder reads class folders. A list beside them is not read, but named.
func openFolder(root string, o Options) (*Set, error) {
	s, err := openTree(root, o)
	list, doubt := guessList(root, o)
	switch table := tableIn(root); {
	case err == nil && o.Format == "" && doubt != "":
		s.Note("%s is not taken for a list of the images: %s; --format manifest reads it", list, doubt)
	case err == nil:
	case doubt != "":
		err = fmt.Errorf("%w; %s is not taken for a list of the images: %s; --format manifest reads it", err, list, doubt)
	case list != "":
		err = fmt.Errorf("%w; --format manifest reads the list %s", err, list)
	case table != "":
		err = fmt.Errorf("%w; if %s lists the images, pass it, with --format manifest and --labels for a column of labels", err, filepath.Join(root, table))
	}
	return s, err
}
