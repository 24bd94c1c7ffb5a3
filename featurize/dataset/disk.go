package dataset

import (
	"os"
	"path"
	"path/filepath"
	"strings"
)

func isFolder(elem ...string) bool {
	info, err := os.Stat(filepath.Join(elem...))
	return err == nil && info.IsDir()
}

func isFile(elem ...string) bool {
	info, err := os.Stat(filepath.Join(elem...))
	return err == nil && info.Mode().IsRegular()
}

// firstFile is the first of the files below root that exists, or "".
func firstFile(root string, names ...string) string {
	for _, n := range names {
		if isFile(root, n) {
			return n
		}
	}
	return ""
}

// firstFolder is the first of the folders below root that exists, or "".
func firstFolder(root string, names ...string) string {
	for _, n := range names {
		if isFolder(root, n) {
			return n
		}
	}
	return ""
}

// extensions of files that count as images. What a file really is shows when it is decoded.
var extensions = map[string]bool{
	".jpg": true, ".jpeg": true, ".jpe": true, ".jfif": true, ".png": true, ".bmp": true, ".gif": true, ".tif": true, ".tiff": true, ".webp": true,
	".ppm": true, ".pgm": true, ".pnm": true,
}

func isImage(name string) bool { return extensions[strings.ToLower(path.Ext(name))] }

// maxDepth bounds folders within a class folder, and with them loops of symbolic links.
const maxDepth = 16

// hidden files and folders are other programs' business: .DS_Store, ._name.jpg, .ipynb_checkpoints, __MACOSX.
func hidden(name string) bool { return strings.HasPrefix(name, ".") || name == "__MACOSX" }

// lowerExt is a file name's, in lower case.
func lowerExt(file string) string { return strings.ToLower(filepath.Ext(file)) }
