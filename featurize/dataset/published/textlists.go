// Package published lists data sets as their authors pack them, one small file for each: how it is recognised, and what
// its own lists mean.
package published

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/train/fault"
)

// textList calls each for every line of a list, with blanks and a byte order mark cut off. Empty lines and comments (#)
// are passed over. An error of each gets the file and the line.
func textList(root, file string, each func(line string) error) error {
	path := filepath.Join(root, filepath.FromSlash(file))
	f, err := os.Open(path)
	if err != nil {
		return fault.Missingf("dataset: %w", err)
	}
	defer f.Close()
	number := 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		number++
		line := lines.Text()
		if number == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := each(line); err != nil {
			return fault.Corruptf("dataset: %s line %d: %w", path, number, err)
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fault.Corruptf("dataset: %s line %d is longer than any line of a list of images; is it a text file?",
			path, number+1)
	} else if err := lines.Err(); err != nil {
		return fault.Missingf("dataset: %s: %w", path, err)
	}
	return nil
}

// textLines are the lines of a short list, such as class names.
func textLines(root, file string) (all []string, err error) {
	return all, textList(root, file, func(line string) error {
		all = append(all, line)
		return nil
	})
}

// imageList is a text file that names images, one a line, with their classes.
type imageList struct {
	split dataset.Split
	file  string
}

// imageLists are a published set's own lists.
type imageLists struct {
	root  string
	lists []imageList
	// parse makes of a line the image's path below root, and its class as the lists write it.
	parse func(line string) (image, class string, err error)
}

// there refuses lists that are missing.
func (l imageLists) there() error {
	for _, list := range l.lists {
		if !disk.IsFile(l.root, list.file) {
			return fault.Missingf("dataset: %s has no %s; unpack the set's lists beside its images", l.root, list.file)
		}
	}
	return nil
}

// classes are the byte-sorted classes of all lines.
func (l imageLists) classes() (classes []string, err error) {
	seen := map[string]bool{}
	for _, list := range l.lists {
		if err := textList(l.root, list.file, func(line string) error {
			_, class, err := l.parse(line)
			if err == nil && !seen[class] {
				seen[class] = true
				classes = append(classes, class)
			}
			return err
		}); err != nil {
			return nil, err
		}
	}
	slices.Sort(classes)
	return classes, nil
}

// add adds the images of all lists, in their order. The label is the class's index; a class that is not there is an
// error.
func (l imageLists) add(b *dataset.Builder, classes []string) error {
	labels := map[string]int{}
	for i, c := range classes {
		if _, twice := labels[c]; twice {
			return fault.Corruptf("dataset: %s: the set's list of classes has %q twice", l.root, c)
		}
		labels[c] = i
	}
	for _, list := range l.lists {
		if err := textList(l.root, list.file, func(line string) error {
			image, class, err := l.parse(line)
			if err != nil {
				return err
			}
			label, known := labels[class]
			if !known {
				return fault.Corruptf("%q is of class %q, which the set's list of classes does not have", line, class)
			}
			return addFile(b, list.split, image, label)
		}); err != nil {
			return err
		}
	}
	return nil
}

// addFile adds an image of a published set that is a file of its own. Such sets are closed: no path leads out of them.
func addFile(b *dataset.Builder, split dataset.Split, name string, label int) error {
	if !fs.ValidPath(name) {
		return fault.Corruptf("%q leads out of the data set, or is no path", name)
	}
	return b.AddFile(split, name, label, read.Files{Root: b.Root}.There(name))
}

// folderAndFile parses lines such as "banded/banded_0002.jpg": the class is the folder, and the whole lies below
// images.
func folderAndFile(images, suffix string) func(line string) (image, class string, err error) {
	return func(line string) (string, string, error) {
		class, file, ok := strings.Cut(line, "/")
		if !ok || class == "" || file == "" {
			return "", "", fault.Corruptf("%q is not of the form class/image", line)
		}
		return images + "/" + line + suffix, class, nil
	}
}
