// Package disk looks at files and folders as all rooms of data sets do: what is there, what counts as an image and what
// as hidden, short texts, temporary files.
package disk

import (
	"os"
	"path/filepath"
	"strings"
)

// IsFolder tells whether a folder is there.
func IsFolder(elem ...string) bool {
	info, err := os.Stat(filepath.Join(elem...))
	return err == nil && info.IsDir()
}

// IsFile tells whether a regular file is there.
func IsFile(elem ...string) bool {
	info, err := os.Stat(filepath.Join(elem...))
	return err == nil && info.Mode().IsRegular()
}

// FirstFile is the first of the files below root that exists, or "".
func FirstFile(root string, names ...string) string {
	for _, n := range names {
		if IsFile(root, n) {
			return n
		}
	}
	return ""
}

// FirstFolder is the first of the folders below root that exists, or "".
func FirstFolder(root string, names ...string) string {
	for _, n := range names {
		if IsFolder(root, n) {
			return n
		}
	}
	return ""
}

// LowerExt is a file name's, in lower case.
func LowerExt(file string) string { return strings.ToLower(filepath.Ext(file)) }
