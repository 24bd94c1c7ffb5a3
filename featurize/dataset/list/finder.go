package list

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/train/fault"
)

// finder finds the images that a list names.
type finder struct {
	read.Files
	below string // the folder of the images, relative to root
	ext   string // the extension that the last path left out
}

// sampleSize is the number of paths by which a finder tells where the images lie.
const sampleSize = 32

// leftOut are the extensions that lists of numbers leave out.
var leftOut = []string{
	".jpg", ".png", ".jpeg", ".JPEG", ".JPG", ".PNG", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm",
}

// imagesAt is the folder of the images: the option's, or else the list's own.
func imagesAt(folder string, o dataset.Options) (read.Files, error) {
	if o.Images == "" {
		return read.Files{Root: folder}, nil
	}
	if !disk.IsFolder(o.Images) {
		return read.Files{}, fault.Missingf("dataset: --images %s is no folder", o.Images)
	}
	return read.Files{Root: o.Images}, nil
}

// settle chooses the folder, of some below root, that holds most of a sample of paths; the first if none does. It
// returns how many.
func (f *finder) settle(folders []string, sample []string) (best int) {
	best = -1
	for _, folder := range folders {
		at, held := finder{Files: f.Files, below: folder}, 0
		for _, p := range sample {
			if _, there := at.find(p); there {
				held++
			}
		}
		if held > best {
			f.below, best = folder, held
		}
	}
	return best
}

// find returns the name of the item for a path of a list, and whether the file is there: as the path says, or as it was
// meant by a list that leaves out the extension, has the slashes of another system, or begins with one for the images'
// own folder.
func (f *finder) find(listed string) (name string, there bool) {
	name = f.join(listed)
	if f.There(name) {
		return name, true
	}
	if !disk.IsImage(listed) {
		for _, e := range append([]string{f.ext}, leftOut...) {
			if with := f.join(listed + e); f.There(with) {
				f.ext = e
				return with, true
			}
		}
	}
	if turned := f.join(strings.TrimLeft(strings.ReplaceAll(listed, `\`, "/"), "/")); turned != name &&
		f.There(turned) {
		return turned, true
	}
	return name, false
}

func (f *finder) join(listed string) string {
	if filepath.IsAbs(listed) {
		return filepath.ToSlash(filepath.Clean(listed))
	}
	return path.Join(f.below, filepath.ToSlash(listed))
}
