package tree

import (
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
)

// sampleMarker is the file that the program's own sample of pictures has beside its folders.
const sampleMarker = "fedpurel-sample.json"

// sampleName is the name of that set, "" for all others.
func sampleName(root string) string {
	if !disk.IsFile(root, sampleMarker) {
		return ""
	}
	text, err := disk.ReadText(filepath.Join(root, sampleMarker))
	var marker struct{ Format string }
	name := strings.TrimSuffix(sampleMarker, ".json")
	if err != nil || json.Unmarshal([]byte(text), &marker) != nil || marker.Format != name {
		return "" // a file that is only called so
	}
	return name
}
