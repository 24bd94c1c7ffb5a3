// Package tiny holds the embedded default encoder: a small CLIP-shaped dual encoder, pre-trained on generated portraits
// by tools/pretrain. MODEL_CARD.md says how, on what, and how good it is. It is a model folder like any other and takes
// the same path.
package tiny

import (
	"embed"
	"io/fs"

	"github.com/fedpurel/fedpurel/models"
)

//go:embed model
var files embed.FS

// Folder is the embedded model's folder.
func Folder() models.Folder {
	sub, err := fs.Sub(files, "model")
	if err != nil {
		panic("tiny: " + err.Error()) // the folder is embedded at build time
	}
	return models.Folder{FS: sub, Name: "tiny"}
}
