package dataset

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// finder finds the images that a list names.
type finder struct {
	loose
	below string // the folder of the images, relative to root
	ext   string // the extension that the last path left out
}

// sampleSize is the number of paths by which a finder tells where the images lie.
const sampleSize = 32

// leftOut are the extensions that lists of numbers leave out.
var leftOut = []string{".jpg", ".png", ".jpeg", ".JPEG", ".JPG", ".PNG", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm"}

// imagesAt is the folder of the images: the option's, or else the list's own.
func imagesAt(folder string, o Options) (loose, error) {
	if o.Images == "" {
		return loose{folder}, nil
	}
	if !isFolder(o.Images) {
		return loose{}, fault.Missingf("dataset: --images %s is no folder", o.Images)
	}
	return loose{o.Images}, nil
}

// settle chooses the folder, of some below root, that holds most of a sample of paths; the first if none does. It returns how many.
func (f *finder) settle(folders []string, sample []string) (best int) {
	best = -1
	for _, folder := range folders {
		at, held := finder{loose: f.loose, below: folder}, 0
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

// find returns the name of the item for a path of a list, and whether the file is there: as the path says, or as it was meant by a
// list that leaves out the extension, has the slashes of another system, or begins with one for the images' own folder.
func (f *finder) find(listed string) (name string, there bool) {
	name = f.join(listed)
	if f.there(name) {
		return name, true
	}
	if !isImage(listed) {
		for _, e := range append([]string{f.ext}, leftOut...) {
			if with := f.join(listed + e); f.there(with) {
				f.ext = e
				return with, true
			}
		}
	}
	if turned := f.join(strings.TrimLeft(strings.ReplaceAll(listed, `\`, "/"), "/")); turned != name && f.there(turned) {
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
