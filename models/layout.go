package models

import (
	"io/fs"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// layout is one way in which exporters arrange the files of a dual encoder.
// To support another, add a row; the files are relative to the folder, with slashes.
type layout struct {
	name         string
	vision, text string // the two towers
	config       string // Hugging Face config.json
	preprocess   string // Hugging Face preprocessor_config.json
}

// layouts are tried in this order; the first whose towers both exist is the model's.
var layouts = []layout{
	{"hf-split", "onnx/vision_model.onnx", "onnx/text_model.onnx", "config.json", "preprocessor_config.json"},
	{"hf-split-flat", "vision_model.onnx", "text_model.onnx", "config.json", "preprocessor_config.json"},
}

// tokenizerFiles are the names under which a text tower's vocabulary may lie beside the configs.
var tokenizerFiles = []string{"vocab.json", "merges.txt", "tokenizer.json", "bpe_simple_vocab_16e6.txt.gz"}

// resolve finds the layout of a folder.
func resolve(fsys fs.FS, where string) (layout, error) {
	var tried []string
	for _, l := range layouts {
		if isFile(fsys, l.vision) && isFile(fsys, l.text) {
			return l, nil
		}
		tried = append(tried, l.vision+" + "+l.text)
	}
	return layout{}, fault.Missingf("models: open %s: it holds no pair of towers (looked for %s): "+
		"pass a folder in the Hugging Face split layout, exported with projection", where, strings.Join(tried, ", "))
}

func isFile(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.Mode().IsRegular()
}
