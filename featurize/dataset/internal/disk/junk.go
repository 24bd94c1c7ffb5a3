package disk

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// junk are the folders, in lower case, in which other programs keep what is theirs: thumbnails and the like of
// Synology's and QNAP's storages, waste baskets, what macOS and Windows leave on foreign disks, what repairs found.
var junk = []string{
	"__macosx", "@eadir", "@recycle", "@recently-snapshot", "@tmp", "@synoresource", "#recycle", "#snapshot",
	"~snapshot", "$recycle.bin", "recycler", "recycled", "system volume information", "lost+found",
	"network trash folder", "temporary items", "found.000", "__pycache__",
}

// Hidden files and folders are other programs' business: .DS_Store, ._name.jpg, .ipynb_checkpoints, @eaDir.
func Hidden(name string) bool { return strings.HasPrefix(name, ".") || Junk(name) }

// Junk tells whether a folder is another program's though its name does not begin with a dot.
func Junk(name string) bool {
	lower := strings.ToLower(name)
	return slices.Contains(junk, lower) || strings.HasPrefix(lower, "synophoto_") ||
		strings.HasPrefix(lower, "synofile_thumb")
}

// WhyHidden says why a hidden file or folder is left out, in the plural.
func WhyHidden(name string) string {
	if Junk(name) && !strings.EqualFold(name, junk[0]) {
		return "folders and files of other programs"
	}
	return "hidden files"
}

// Masks is why masks are left out.
const Masks = "masks, thumbnails and the like that lie beside their images"

// maskWord ends the name of an image that goes with another and is none of the set: a mask or map of its pixels.
var maskWord = regexp.MustCompile(
	`(?i)[ ._-](?:masks?|seg|segmentations?|superpixels|groundtruth|ground_truth|gt|labels?|trimap|thumb|thumbnail)` +
		`(?:[ ._-]?[0-9]+)?$`)

// MaskOf is the path, without its extension, of the image that a mask goes with: a/x of a/x_mask.png. It is "" if the
// name is no mask's; whether it is one shows in whether there is that image.
func MaskOf(name string) string {
	stem := strings.TrimSuffix(name, path.Ext(name))
	at := maskWord.FindStringIndex(stem)
	if at == nil || at[0] == 0 || stem[at[0]-1] == '/' {
		return ""
	}
	return stem[:at[0]]
}

// maskFolders and imageFolders are what folders that go together are called, in lower case.
var (
	maskFolders = []string{
		"mask", "masks", "annotation", "annotations", "segmentation", "segmentations", "groundtruth", "ground_truth",
		"gt", "trimaps", "labels", "thumbs", "thumbnails", "_thumbs",
	}
	imageFolders = []string{"image", "images", "img", "imgs", "jpegimages", "pictures", "photos"}
)

// IsImageFolder tells whether a folder has the name of one that holds the images of what it lies in.
func IsImageFolder(name string) bool { return slices.Contains(imageFolders, strings.ToLower(name)) }

// MaskFolders are those of a folder's folders that hold the masks of the images in another.
func MaskFolders(folders []string) (masks []string) {
	if !slices.ContainsFunc(folders, IsImageFolder) {
		return nil
	}
	for _, f := range folders {
		if slices.Contains(maskFolders, strings.ToLower(f)) {
			masks = append(masks, f)
		}
	}
	return masks
}
