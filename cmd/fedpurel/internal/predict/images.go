package predict

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/pictures"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/fault"
)

// image is one to predict.
type image struct {
	name  string
	class string // the true one, where it is known
	label int    // its number among the model's classes; −1: it is none of them, or not known
	read  func() ([]byte, error)
}

func (i image) Name() string          { return i.name }
func (i image) Read() ([]byte, error) { return i.read() }

// listed are the images that the command line names, or a list.
func (t *task) listed() (iter.Seq[image], error) {
	list := t.c.String("files-from")
	var in io.Reader = os.Stdin
	if list != "" && list != "-" {
		data, err := os.ReadFile(list)
		if err != nil {
			return nil, fault.Missingf("predict: --files-from: %w", err)
		}
		in = strings.NewReader(string(data))
	}
	if list != "" {
		return func(yield func(image) bool) {
			for name, err := range lines(in) {
				if err != nil {
					yield(unlabelled(list, nil).failing(err))
				}
				if err != nil || !below(name, 0, yield) {
					return
				}
			}
		}, nil
	}
	images := func(yield func(image) bool) {
		for _, name := range t.c.Args().Tail() {
			if name == "-" {
				if !yield(unlabelled(name, func() ([]byte, error) { return whole(os.Stdin) })) {
					return
				}
			} else if !below(name, 0, yield) {
				return
			}
		}
	}
	t.total = 0
	for range images {
		t.total++
	}
	if t.total == 0 {
		return nil, fault.Missingf("predict: there is no image in or below %s", strings.Join(t.c.Args().Tail(), ", "))
	}
	return images, nil
}

func unlabelled(name string, read func() ([]byte, error)) image {
	return image{name: name, label: -1, read: read}
}

// lines are those of a text that are not empty; an error ends them.
func lines(in io.Reader) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		s := bufio.NewScanner(in)
		for s.Scan() {
			if line := strings.TrimSuffix(s.Text(), "\r"); line != "" && !yield(line, nil) {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield("", err)
		}
	}
}

// deepest bounds folders in folders, and with them loops of symbolic links.
const deepest = 32

// below yields an image, or all in and below a folder in the order of their names.
func below(name string, depth int, yield func(image) bool) bool {
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		return yield(unlabelled(name, func() ([]byte, error) { return file(name) }))
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return yield(unlabelled(name, nil).failing(err))
	}
	for _, e := range entries {
		path := filepath.Join(name, e.Name())
		if dataset.Hidden(e.Name()) {
			continue
		}
		folder := e.IsDir()
		if e.Type()&fs.ModeSymlink != 0 {
			info, err := os.Stat(path)
			folder = err == nil && info.IsDir()
		}
		if folder && depth == deepest || !folder && !dataset.IsImage(e.Name()) {
			continue
		}
		if !below(path, depth+1, yield) {
			return false
		}
	}
	return true
}

// failing is the image with an error in place of its bytes.
func (i image) failing(err error) image {
	i.read = func() ([]byte, error) { return nil, err }
	return i
}

// largest bounds the bytes of an image.
const largest = 1 << 30

// file reads an image.
func file(name string) ([]byte, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Missingf("there is no such file")
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, fault.Corruptf("it is no file")
	}
	return whole(f)
}

func whole(in io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, largest+1))
	if err == nil && len(data) > largest {
		err = fault.Corruptf("it has more than %d bytes", largest)
	}
	return data, err
}

// dataFlags say how a data set is read; its format is found out, since --format is that of the output.
func dataFlags() []cli.Flag {
	return slices.DeleteFunc(flags.Dataset(), func(f cli.Flag) bool { return f.Names()[0] == "format" })
}

// dataset are the images of a data set.
func (t *task) dataset(root string) (images iter.Seq[image], done func(), err error) {
	splits := []dataset.Split{dataset.Train, dataset.Test}
	switch name := t.c.String("split"); name {
	case "all":
	case "train", "test":
		splits = []dataset.Split{dataset.Split(name)}
	default:
		return nil, nil, fault.Unknown("--split: unknown split", name, []string{"train", "test", "all"})
	}
	o := flags.DatasetOptions(t.c)
	o.Format = ""
	set, err := pictures.OpenData(t.c, root, o, t.skip)
	if err != nil {
		return nil, nil, err
	}
	t.total = 0
	for _, split := range splits {
		t.total += set.Len(split)
	}
	classes := set.Classes()
	number := numbers(classes, t.run.Card.Classes)
	if strangers := unknown(classes, number); strangers != "" && !t.c.Bool("quiet") {
		fmt.Fprintln(t.c.App.ErrWriter, "fedpurel: note: "+strangers)
	}
	return func(yield func(image) bool) {
		for _, split := range splits {
			for i := range set.Len(split) {
				it, err := set.At(split, i)
				next := image{name: it.Name, read: func() ([]byte, error) { return set.Read(it) }}
				if err != nil {
					next = unlabelled(fmt.Sprintf("%s image %d", split, i), nil).failing(err)
				} else {
					next.class, next.label = classes[it.Label], number[it.Label]
				}
				if !yield(next) {
					return
				}
			}
		}
	}, func() { _ = set.Close() }, nil // read-only
}

// numbers are the model's numbers of a data set's classes, −1 for those that it does not know.
func numbers(classes, model []string) []int {
	number := make([]int, len(classes))
	same := slices.Equal(classes, model) // also where names repeat
	for c, name := range classes {
		if number[c] = c; !same {
			number[c] = slices.Index(model, name)
		}
	}
	return number
}

// unknown is a sentence about classes that the model does not know, if there are any.
func unknown(classes []string, number []int) string {
	var names []string
	for c, n := range number {
		if n < 0 {
			names = append(names, plain(classes[c]))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d classes of the data, such as %s, are none of the model's: "+
		"their images are predicted, and not counted", len(names), len(classes), names[0])
}
