package models

import (
	"encoding/json"
	"io/fs"
	"math"

	"github.com/fedpurel/fedpurel/train/fault"
)

// DefaultLogitScale is exp(logit_scale) of CLIP where no file says it: OpenAI's training clips it at 100 and every
// released model has it there.
const DefaultLogitScale = 100

// defaultScales are the scales of the families. SigLIP's base model ends at exp(4.765).
var defaultScales = map[Family]float64{CLIP: DefaultLogitScale, SigLIP: 117.33}

// ownFile is an optional file beside the model for what its other files do not say.
const ownFile = "fedpurel.json"

// fetchedFile is the record of a folder that package hub fetched.
const fetchedFile = "fedpurel.lock.json"

type own struct {
	Name       string   `json:"name"`
	LogitScale *float64 `json:"logit_scale"` // exponentiated
	Vision     string   `json:"vision"`      // the towers' files, if the folder is in no layout of the table
	Text       string   `json:"text"`
	CropRule   string   `json:"crop_rule,omitempty"` // in place of the layout's
	License    string   `json:"license,omitempty"`   // of the weights, by its SPDX name
	// Export is where the model comes from, as tools/export_clip.py notes it.
	Export json.RawMessage `json:"export,omitempty"`
}

func (m *Model) own() (o own, err error) {
	if isFile(m.Folder.FS, ownFile) {
		err = m.readJSON(ownFile, &o)
	}
	if o.Name != "" {
		m.Name = o.Name
	}
	if m.License = o.License; m.License == "" {
		m.License = m.fetchedLicense()
	}
	return o, err
}

// fetchedLicense is the license in the record of what was fetched. The record is no part of the model: without it, or
// with one that cannot be read, the license is not known.
func (m *Model) fetchedLicense() string {
	var fetched struct {
		License string `json:"license"`
	}
	data, err := fs.ReadFile(m.Folder.FS, fetchedFile)
	if err != nil || json.Unmarshal(data, &fetched) != nil {
		return ""
	}
	return fetched.License
}

// resolve takes the towers that the file names, or else those of the layout table.
func (o own) resolve(folder Folder, opt Options) (layout, string, string, error) {
	switch {
	case o.Vision == "" && o.Text != "":
		return layout{}, "", "", fault.Corruptf("models: open %s: its %s names a tower of texts but none of images "+
			"(\"vision\")", folder, ownFile)
	case o.Vision == "":
		return resolve(folder, opt)
	case o.Text == "" && !opt.NoText:
		return layout{}, "", "", fault.Missingf("models: open %s: its %s names no tower of texts (\"text\"); "+
			"name one, or give class embeddings with --text-features", folder, ownFile)
	case opt.Variant != "":
		return layout{}, "", "", fault.Usagef("models: open %s: its %s names the towers' files, "+
			"so that --variant chooses nothing", folder, ownFile)
	}
	l := layout{name: ownFile, configs: ofAny, preprocess: prepare, vocabulary: ".", pad: -1, crop: "hf"}
	for _, f := range []string{o.Vision, o.Text} {
		if f == "" && (f == o.Vision || opt.NoText) {
			continue
		}
		if !fs.ValidPath(f) || !isFile(folder.FS, f) {
			return l, "", "", fault.Missingf("models: open %s: its %s names the tower %q, which is no file there",
				folder, ownFile, f)
		}
	}
	if opt.NoText {
		return l, o.Vision, "", nil
	}
	return l, o.Vision, o.Text, nil
}

// scale finds the logit scale: option before fedpurel.json before the family's default.
func (m *Model) scale(o own, opt Options) error {
	m.LogitScale, m.LogitScaleSource = defaultScales[m.Family], "default"
	if m.LogitScale == 0 {
		m.LogitScale = DefaultLogitScale
	}
	if o.LogitScale != nil {
		if !positive(*o.LogitScale) {
			return fault.Corruptf("models: read %s of %s: logit_scale is %v, want the exponentiated scale, "+
				"for CLIP 100", ownFile, m.Folder, *o.LogitScale)
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
