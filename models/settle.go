package models

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"path"

	"github.com/fedpurel/fedpurel/train/fault"
)

// DefaultLogitScale is exp(logit_scale) of CLIP where no file says it: OpenAI's training clips it at 100 and every released
// model has it there.
const DefaultLogitScale = 100

// defaultScales are the scales of the families. SigLIP's base model ends at exp(4.765).
var defaultScales = map[Family]float64{CLIP: DefaultLogitScale, SigLIP: 117.33}

// ownFile is an optional file beside the model for what its other files do not say.
const ownFile = "fedpurel.json"

type own struct {
	Name       string          `json:"name"`
	LogitScale *float64        `json:"logit_scale"` // exponentiated
	Vision     string          `json:"vision"`      // the towers' files, if the folder is in no layout of the table
	Text       string          `json:"text"`
	CropRule   string          `json:"crop_rule,omitempty"` // in place of the layout's
	Export     json.RawMessage `json:"export,omitempty"`    // where the model comes from, as tools/export_clip.py notes it
}

func (m *Model) own() (o own, err error) {
	if isFile(m.Folder.FS, ownFile) {
		err = m.readJSON(ownFile, &o)
	}
	if o.Name != "" {
		m.Name = o.Name
	}
	return o, err
}

// resolve takes the towers that the file names, or else those of the layout table.
func (o own) resolve(folder Folder, opt Options) (layout, string, string, error) {
	switch {
	case o.Vision == "" && o.Text != "":
		return layout{}, "", "", fault.Corruptf("models: open %s: its %s names a tower of texts but none of images (\"vision\")", folder, ownFile)
	case o.Vision == "":
		return resolve(folder, opt)
	case o.Text == "" && !opt.NoText:
		return layout{}, "", "", fault.Missingf("models: open %s: its %s names no tower of texts (\"text\"); name one, or give class embeddings with --text-features", folder, ownFile)
	case opt.Variant != "":
		return layout{}, "", "", fault.Usagef("models: open %s: its %s names the towers' files, so that --variant chooses nothing", folder, ownFile)
	}
	l := layout{name: ownFile, configs: ofAny, preprocess: prepare, vocabulary: ".", pad: -1, crop: "hf"}
	for _, f := range []string{o.Vision, o.Text} {
		if f == "" && (f == o.Vision || opt.NoText) {
			continue
		}
		if !fs.ValidPath(f) || !isFile(folder.FS, f) {
			return l, "", "", fault.Missingf("models: open %s: its %s names the tower %q, which is no file there", folder, ownFile, f)
		}
	}
	if opt.NoText {
		return l, o.Vision, "", nil
	}
	return l, o.Vision, o.Text, nil
}

// architecture reads the first config that exists. Hugging Face's layouts always come with one.
func (m *Model) architecture(l layout, noText bool) (architecture, error) {
	name := first(m.Folder.FS, l.configs)
	if name == "" {
		if l.needsConfig() {
			return architecture{}, fault.Missingf("models: open %s: it has no %s, which belongs beside the towers", m.Folder, known(l.configs))
		}
		return architecture{family: CLIP}, nil // the exporters of these layouts know no other family
	}
	var c config
	if err := m.readJSON(name, &c); err != nil {
		return architecture{}, err
	}
	a, err := c.architecture(noText)
	if err != nil {
		return a, fault.Corruptf("models: read %s of %s: %w", name, m.Folder, err)
	}
	return a, nil
}

// preprocessing settles how pictures are prepared: by the preset that was asked for, or as a file of the folder says.
func (m *Model) preprocessing(l layout, o own, configured int, opt Options) (err error) {
	size, err := m.Vision.size()
	if err != nil {
		return fault.Corruptf("models: %s of %s: %w", m.Vision.File, m.Folder, err)
	}
	for _, s := range []int{configured, opt.ImageSize} {
		if size == 0 {
			size = s
		}
	}
	if opt.ImageSize != 0 && opt.ImageSize != size {
		return fault.Usagef("models: open %s: its pictures are %d pixels wide, not %d as --image-size says", m.Folder, size, opt.ImageSize)
	}
	crop := l.crop
	for _, rule := range []string{o.CropRule, opt.CropRule} {
		switch rule {
		case "":
		case "hf", "torchvision":
			crop = rule
		default:
			return fault.Usagef("models: crop rule %q: known are hf and torchvision", rule)
		}
	}
	defer func() { m.Preprocess.Orient = opt.Orient }()
	if opt.Preprocess != "" {
		m.Preprocess, err = Preset(opt.Preprocess, size, crop)
		return err
	}
	name := first(m.Folder.FS, l.preprocess)
	if name == "" {
		presets, _ := Presets()
		return fault.Missingf("models: open %s: no file says how pictures are prepared (looked for %s); say it with --preprocess (%s): for CLIP, clip", m.Folder, known(l.preprocess), known(presets))
	}
	var (
		hf preprocessor
		oc struct {
			transform
			Inner *transform `json:"preprocess_cfg"` // open_clip_config.json keeps the same one level deeper
		}
	)
	switch path.Base(name) {
	case "preprocessor_config.json":
		if err := m.readJSON(name, &hf); err != nil {
			return err
		}
		m.Preprocess, err = hf.resolve(crop)
	case "processor_config.json": // newer transformers keep the same one level deeper
		var whole struct {
			Image *preprocessor `json:"image_processor"`
		}
		if err := m.readJSON(name, &whole); err != nil {
			return err
		}
		if whole.Image == nil {
			return fault.Corruptf("models: read %s of %s: it has no image_processor; say how pictures are prepared with --preprocess", name, m.Folder)
		}
		m.Preprocess, err = whole.Image.resolve(crop)
	default:
		if err := m.readJSON(name, &oc); err != nil {
			return err
		}
		if oc.Inner != nil {
			oc.transform = *oc.Inner
		}
		m.Preprocess, err = oc.resolve(size, crop)
	}
	if err == nil && size != 0 && m.Preprocess.Size != size {
		err = fmt.Errorf("pictures become %d pixels wide, but the encoder's are %d", m.Preprocess.Size, size)
	}
	if err != nil {
		return fault.Corruptf("models: read %s of %s: %w", name, m.Folder, err)
	}
	return nil
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

// scale settles the logit scale: option before fedpurel.json before the family's default.
func (m *Model) scale(o own, opt Options) error {
	m.LogitScale, m.LogitScaleSource = defaultScales[m.Family], "default"
	if m.LogitScale == 0 {
		m.LogitScale = DefaultLogitScale
	}
	if o.LogitScale != nil {
		if !positive(*o.LogitScale) {
			return fault.Corruptf("models: read %s of %s: logit_scale is %v, want the exponentiated scale, for CLIP 100", ownFile, m.Folder, *o.LogitScale)
		}
		m.LogitScale, m.LogitScaleSource = *o.LogitScale, ownFile
	}
	if opt.LogitScale != 0 {
		if !positive(opt.LogitScale) {
			return fault.Usagef("models: logit scale %v: want a positive number, for CLIP 100", opt.LogitScale)
		}
		m.LogitScale, m.LogitScaleSource = opt.LogitScale, "option"
	}
	return nil
}

func positive(x float64) bool { return x > 0 && !math.IsInf(x, 1) }
