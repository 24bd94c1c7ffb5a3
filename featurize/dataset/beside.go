package dataset

import (
	"fmt"
	"path/filepath"
)

// folderFormat is a tree of class folders. A list beside them is not read, but named: what a list is, the rooms of folders do not know.
var folderFormat = withLists(treeFormat)

func withLists(tree Format) Format {
	both := tree
	both.Open = func(root string, o Options) (*Set, error) {
		s, err := tree.Open(root, o)
		return s, nameLists(s, err, root, o)
	}
	return both
}

// nameLists says of a list beside class folders why it is not read, in a note of the set or in the error that there is none.
func nameLists(s *Set, err error, root string, o Options) error {
	found, doubt := guessList(root, o)
	switch table := tableIn(root); {
	case err == nil && o.Format == "" && doubt != "":
		s.Note("%s is not taken for a list of the images: %s; --format manifest reads it", found, doubt)
	case err == nil:
	case doubt != "":
		err = fmt.Errorf("%w; %s is not taken for a list of the images: %s; --format manifest reads it", err, found, doubt)
	case found != "":
		err = fmt.Errorf("%w; --format manifest reads the list %s", err, found)
	case table != "":
		err = fmt.Errorf("%w; if %s lists the images, pass it, with --format manifest and --labels for a column of labels", err, filepath.Join(root, table))
	}
	return err
}
