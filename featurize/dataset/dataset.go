// Package dataset says what a raw data set is, and builds one from what a room lists.
//
// A set has classes, splits and, in each split, items in a stable order. Listing reads names, labels and places; the
// bytes of an image are read when asked for. A set never decodes: records of bare pixels come as PPM or PGM files. The
// list itself lies on disk once it is long, so that a set of a million images takes some 16 MB.
//
// This is the hall that all rooms open on: Source and Set, Format, the Builder with its List of images and its Remarks,
// and the rules by which images are refused and splits settled. Each room lists sets of one nature and knows no other
// room but those that are named here:
//
//	names      what classes are called; every room asks it
//	tree       class folders
//	list       the user's lists, CoOp's, numbered lines
//	archive    tar archives and WebDataset
//	tabular    parquet and Arrow; tabular/page reads parquet's pages
//	array      CIFAR, MNIST's files, NumPy's arrays; reads pickles by package pickle
//	published  sets as their authors pack them; stands on tree and list, reads MATLAB's files by package mat
//	all        the table of formats, and Open; it alone knows all rooms
//
// What rooms share and users do not need is in internal. A new format is one file in a room and one line in the table
// of all.
package dataset

import (
	"io"
	"slices"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Split names a part of a data set.
type Split string

// The splits. The program trains on Train and tests on Test; Val is what a set has beside them. Images of a set without
// splits are Whole, until they are divided.
const (
	Train Split = "train"
	Val   Split = "val"
	Test  Split = "test"
	Whole Split = ""
)

// Item is one image.
type Item struct {
	Name   string // relative to the data set, with slashes; unique in its split unless the set repeats itself
	Label  int32  // index into Classes
	Client string // the site, user or writer to whom it belongs, "" for nobody
	Place  Place
}

// Place is where the bytes of an image lie. Its meaning is the reader's: a stretch of a file, or a row of a table.
type Place struct {
	File   uint32 // number of the file that holds the image
	Offset int64
	Size   int64
}

// Source is a raw data set. It is safe for concurrent use until Close.
type Source interface {
	// Classes returns the class names as prompts use them, by label. Names may repeat.
	Classes() []string
	// Len is the number of images in a split.
	Len(split Split) int
	// At returns image i of a split.
	At(split Split, i int) (Item, error)
	// Read returns the bytes of an image file.
	Read(Item) ([]byte, error)
	// About says what was found on the way.
	About() About
	io.Closer
}

// About is what a user should know about a set before hours are spent on it.
type About struct {
	Format    string   `json:"format"`
	Name      string   `json:"name,omitempty"`      // of a known set, such as cifar-100; "" for users' own pictures
	Templates string   `json:"templates,omitempty"` // the set's customary prompts: a name of models.TemplateSets
	Notes     []string `json:"notes,omitempty"`     // sentences: what was left out, and why
	Missing   int      `json:"missing,omitempty"`   // images that a list names and that are not there
	Examples  []string `json:"missing_examples,omitempty"`
	// Orientation is whose rule says which pictures are turned as their files' tags ask: ByDatasets, or "" for
	// Pillow's, which follows the tag of a TIFF only.
	Orientation string `json:"orientation,omitempty"`
}

// ByDatasets is the rule of Hugging Face's library of that name: tags are followed in all kinds of files.
const ByDatasets = "datasets"

// Options say how a set is read. Fields that mean nothing for a format must be zero.
type Options struct {
	Format       string  // a name of the table of formats; "" finds out
	TestFraction float64 // share of each class that becomes the test split of a set without splits, in (0,1)
	Seed         uint64  // of that division
	Resplit      bool    // divide all images anew in this way, whatever splits the set has
	Val          string  // "": validation images are left out; "train": they join the training images
	Labels       string  // which labels, where a set has several: a column, or coarse, family, manufacturer
	Column       string  // of the images, in tables that have several
	Clients      string  // column that says to which client an image belongs, in tables; "" finds one by its usual name
	Fold         int     // which of a set's numbered divisions; 0 is the first
	Images       string  // folder of the images that a list names; "": the list's own
	ClassLevel   int     // which level of folders holds the classes, from 1; 0 finds out
}

// DefaultOptions hold out a fifth.
func DefaultOptions() Options { return Options{TestFraction: 0.2, Seed: 1} }

// Only refuses options that mean nothing for a format. allowed are the names of those that do, beside the ones that all
// formats have.
func (o Options) Only(format string, allowed ...string) error {
	set := map[string]bool{
		"labels": o.Labels != "", "column": o.Column != "", "clients-column": o.Clients != "", "images": o.Images != "",
		"fold": o.Fold != 0, "class-level": o.ClassLevel != 0,
	}
	for _, name := range []string{"labels", "column", "clients-column", "images", "fold", "class-level"} {
		if set[name] && !slices.Contains(allowed, name) {
			return fault.Usagef("dataset: --%s means nothing for a set of format %s", name, format)
		}
	}
	return nil
}
