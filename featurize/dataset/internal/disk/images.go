package disk

import (
	"path"
	"strings"
)

// extensions of files that count as images. What a file really is shows when it is decoded.
var extensions = map[string]bool{
	".jpg": true, ".jpeg": true, ".jpe": true, ".jfif": true, ".png": true, ".bmp": true, ".gif": true, ".tif": true,
	".tiff": true, ".webp": true,
	".ppm": true, ".pgm": true, ".pnm": true,
}

// IsImage tells whether a file counts as an image, by its name.
func IsImage(name string) bool { return extensions[strings.ToLower(path.Ext(name))] }

// MaxDepth bounds folders within a class folder, and with them loops of symbolic links.
const MaxDepth = 16
