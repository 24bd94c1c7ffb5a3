package all

import (
	"fmt"
	"path/filepath"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/list"
	"github.com/fedpurel/fedpurel/featurize/dataset/tree"
)

// folderFormat is a tree of class folders. A list beside them is not read, but named: what a list is, the rooms of
// folders do not know.
var folderFormat = withLists(tree.Format)

func withLists(tree dataset.Format) dataset.Format {
	both := tree
	both.Open = func(root string, o dataset.Options) (*dataset.Set, error) {
		s, err := tree.Open(root, o)
		return s, nameLists(s, err, root, o)
	}
	return both
}

// nameLists says of a list beside class folders why it is not read, in a note of the set or in the error that there is
// none.
func nameLists(s *dataset.Set, err error, root string, o dataset.Options) error {
	found, doubt := list.Guess(root, o)
	switch table := list.TableIn(root); {
	case err == nil && o.Format == "" && doubt != "":
		s.Note("%s is not taken for a list of the images: %s; --format manifest reads it", found, doubt)
	case err == nil:
	case doubt != "":
		err = fmt.Errorf("%w; %s is not taken for a list of the images: %s; --format manifest reads it",
			err, found, doubt)
	case found != "":
		err = fmt.Errorf("%w; --format manifest reads the list %s", err, found)
	case table != "":
		err = fmt.Errorf("%w; if %s lists the images, pass it, "+
			"with --format manifest and --labels for a column of labels", err, filepath.Join(root, table))
	}
	return err
}
