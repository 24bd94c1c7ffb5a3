package dataset

import (
	"math"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Builder collects a set, image by image. The first error sticks: who adds images may check it at the end, with Finish.
type Builder struct {
	Remarks
	Root        string
	Name        string // of a known set
	Templates   string // the set's customary prompts
	Orientation string // as in About
	Options     Options
	// ClientColumn is the column of a table that says whose images are; "" where folders do, or nothing.
	ClientColumn string

	client   string // whose the images are that are added
	misnamed string // the first client whose name is none

	format     string
	list       *List
	rows       map[Split][]int32 // of the list, in order
	unlabelled int
	missing    []string // the first images that are listed and not there
	absent     int      // the number of all of them
	err        error
}

// NewBuilder begins a set that lies in a folder or file.
func NewBuilder(root, format string, o Options) *Builder {
	return &Builder{Root: root, Options: o, format: format, list: &List{}, rows: map[Split][]int32{}}
}

// Add appends an image. A label of −1 means that nobody knows it: such images are left out and counted.
func (b *Builder) Add(split Split, name string, label int, at Place) error {
	switch {
	case b.err != nil:
	case label == -1:
		b.unlabelled++
	case label < 0 || label > math.MaxInt32:
		b.err = fault.Corruptf("dataset: %s: image %s has label %d, which is no class", b.Root, name, label)
	case strings.ContainsAny(name, "\n\r"):
		b.err = fault.Corruptf("dataset: %s: the file name %q holds a line break; rename it", b.Root, name)
	case b.list.Len() == math.MaxInt32:
		b.err = fault.Usagef("dataset: %s has more than %d images", b.Root, math.MaxInt32)
	default:
		b.rows[split] = append(b.rows[split], int32(b.list.Len()))
		b.err = b.list.Add(Item{name, int32(label), b.client, at})
	}
	return b.err
}

// examples is the number of missing images that are named.
const examples = 5

// AddFile appends an image that is a file of its own and that a list names.
func (b *Builder) AddFile(split Split, name string, label int, there bool) error {
	err := b.Add(split, name, label, Place{})
	if err == nil && label >= 0 && !there {
		b.Missing(name)
	}
	return err
}

// Missing notes that an image that was added is not there, so that reading it fails or is skipped as the user wants.
func (b *Builder) Missing(name string) {
	b.absent++
	if len(b.missing) < examples {
		b.missing = append(b.missing, name)
	}
}

// Relabel puts of(label) in the place of every label so far: where the classes are known only when all images are,
// those have had numbers of another kind until then.
func (b *Builder) Relabel(of func(label int) int) {
	for i, label := range b.list.labels {
		b.list.labels[i] = int32(of(int(label)))
	}
}

// Len is the number of images so far, without those that have no label.
func (b *Builder) Len() int { return b.list.Len() }

// Empty tells whether there is no image, with or without a label.
func (b *Builder) Empty() bool { return b.list.Len()+b.unlabelled == 0 }

// Fail makes Finish close what is open and return the error, unless there was one before.
func (b *Builder) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Finish checks the list and gives the set. classes are the names by label; images fetches bytes and is closed with the
// set, also if Finish fails.
func (b *Builder) Finish(classes []string, images Reader) (_ *Set, err error) {
	s := &Set{root: b.Root, classes: make([]string, len(classes)), list: b.list, rows: b.rows, images: images}
	for i, name := range classes {
		s.classes[i] = strings.ToValidUTF8(name, "\ufffd") // records are JSON, and prompts text
	}
	defer func() {
		if err != nil {
			_ = s.Close() // the first error matters
		}
	}()
	if b.err != nil {
		return nil, b.err
	}
	if err := b.known(len(classes)); err != nil {
		return nil, err
	}
	if err := repeats(b.Root, b.list, b.rows, &b.Remarks); err != nil {
		return nil, err
	}
	for _, left := range b.LeftOut() {
		b.Note("left out: %s", left)
	}
	if b.unlabelled > 0 {
		b.Note("left out: %d images without a label", b.unlabelled)
	}
	if b.absent > 0 {
		b.Note("%d images are listed but missing, such as %s", b.absent, b.missing[0])
	}
	s.about = About{
		Format: b.format, Name: b.Name, Templates: b.Templates, Notes: b.Notes, Missing: b.absent, Examples: b.missing,
		Orientation: b.Orientation,
	}
	if err := s.settle(b.Options); err != nil {
		return nil, err
	}
	if s.about.Name == "" {
		s.about.Name = s.knownName()
	}
	if err := s.settleClients(b); err != nil {
		return nil, err
	}
	return s, nil
}

// known refuses labels beyond the classes.
func (b *Builder) known(classes int) error {
	for i, label := range b.list.labels {
		if int(label) < classes {
			continue
		}
		it, err := b.list.At(i)
		if err != nil {
			return err
		}
		return fault.Corruptf("dataset: %s: image %s has label %d, but there are %d classes (0 to %d)",
			b.Root, it.Name, label, classes, classes-1)
	}
	return nil
}
