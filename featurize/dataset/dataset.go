// Package dataset lists the images of raw data sets: one file a format.
//
// A set has classes, splits and, in each split, items in a stable order. Listing reads names only; the bytes of an
// image are read when asked for. A set never decodes.
package dataset

// Split names a part of a data set.
type Split string

// The splits that the program uses.
const (
	Train Split = "train"
	Test  Split = "test"
)

// Item is one image.
type Item struct {
	Name  string // relative to the data set, with slashes; unique in its split
	Label int32  // index into Classes
	path  string
}

// Source is a raw data set. It is safe for concurrent use.
type Source interface {
	// Classes returns the class names as prompts use them, by label.
	Classes() []string
	// Len is the number of images in a split.
	Len(split Split) int
	// At returns image i of a split.
	At(split Split, i int) Item
	// Read returns the bytes of an image.
	Read(Item) ([]byte, error)
}
