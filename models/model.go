package models

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/train/fault"
)

// DefaultLogitScale is exp(logit_scale) of every CLIP that OpenAI released: training clips it there.
const DefaultLogitScale = 100

// Folder is where a model's files lie. Dir is the folder on disk, or "" if FS lives in memory.
type Folder struct {
	FS   fs.FS
	Dir  string
	Name string // what the model is called unless its fedpurel.json says otherwise
}

// OnDisk is the folder dir of the file system.
func OnDisk(dir string) Folder {
	name := filepath.Base(dir)
	if abs, err := filepath.Abs(dir); err == nil {
		name = filepath.Base(abs)
	}
	return Folder{FS: os.DirFS(dir), Dir: dir, Name: name}
}

func (f Folder) String() string {
	if f.Dir != "" {
		return f.Dir
	}
	return "embedded model " + f.Name
}

// Path gives the place of a file of the folder on disk; ok is false if the folder is not on disk.
func (f Folder) Path(name string) (path string, ok bool) {
	if f.Dir == "" {
		return "", false
	}
	return filepath.Join(f.Dir, filepath.FromSlash(name)), true
}

// Model describes a dual encoder. It is read-only once opened.
type Model struct {
	Folder       Folder
	Name         string
	Layout       string // the row of the layout table
	Vision, Text string // the towers, relative to the folder
	Dim          int    // D, the width of an embedding
	Context      int    // tokens a text is padded to
	Preprocess   Preprocess

	LogitScale       float64 // s in s·⟨image, text⟩, already exponentiated
	LogitScaleSource string  // "option", "fedpurel.json" or "default"

	files []string // every file the description was made from, and the vocabulary
}

// Options are what a caller may say against a model's own files.
type Options struct {
	LogitScale float64 // replaces the model's; 0 keeps it
}

// own is fedpurel.json, an optional file beside the model for what Hugging Face's files do not say.
type own struct {
	Name       string   `json:"name"`
	LogitScale *float64 `json:"logit_scale"` // exponentiated
}

// Open reads the description of a model. It does not load the towers.
func Open(folder Folder, opt Options) (*Model, error) {
	info, err := fs.Stat(folder.FS, ".")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Missingf("models: open %s: no such folder", folder)
	case err != nil:
		return nil, fault.Missingf("models: open %s: %w", folder, err)
	case !info.IsDir():
		return nil, fault.Usagef("models: open %s: pass the model's folder, not a file in it", folder)
	}
	l, err := resolve(folder.FS, folder.String())
	if err != nil {
		return nil, err
	}
	m := &Model{Folder: folder, Name: folder.Name, Layout: l.name, Vision: l.vision, Text: l.text}
	m.files = []string{l.vision, l.text, l.config, l.preprocess}
	for _, name := range tokenizerFiles {
		if isFile(folder.FS, name) {
			m.files = append(m.files, name)
		}
	}
	var c config
	if err := m.readJSON(l.config, &c); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, fault.Corruptf("models: read %s of %s: %w", l.config, folder, err)
	}
	m.Dim, m.Context = c.dim(), c.Text.Context
	var p preprocessor
	if err := m.readJSON(l.preprocess, &p); err != nil {
		return nil, err
	}
	if m.Preprocess, err = p.resolve(c.Vision.ImageSize); err != nil {
		return nil, fault.Corruptf("models: read %s of %s: %w", l.preprocess, folder, err)
	}
	return m, m.scale(opt)
}

// scale settles the name and the logit scale: option before fedpurel.json before default.
func (m *Model) scale(opt Options) error {
	m.LogitScale, m.LogitScaleSource = DefaultLogitScale, "default"
	const name = "fedpurel.json"
	if isFile(m.Folder.FS, name) {
		var o own
		if err := m.readJSON(name, &o); err != nil {
			return err
		}
		m.files = append(m.files, name)
		if o.Name != "" {
			m.Name = o.Name
		}
		if o.LogitScale != nil {
			if !positive(*o.LogitScale) {
				return fault.Corruptf("models: read %s of %s: logit_scale is %v, want the exponentiated scale, for CLIP 100", name, m.Folder, *o.LogitScale)
			}
			m.LogitScale, m.LogitScaleSource = *o.LogitScale, name
		}
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

// readJSON reads a small file of the folder. Keys that v does not know are other tools' business.
func (m *Model) readJSON(name string, v any) error {
	b, err := fs.ReadFile(m.Folder.FS, name)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.Missingf("models: open %s: it has no %s, which belongs beside the towers", m.Folder, name)
	}
	if err != nil {
		return fault.Missingf("models: open %s: %w", m.Folder, err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fault.Corruptf("models: read %s of %s: %w", name, m.Folder, err)
	}
	return nil
}
