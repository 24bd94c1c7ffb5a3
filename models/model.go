package models

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/fedpurel/fedpurel/models/graph"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Model describes a dual encoder. It is read-only once opened.
type Model struct {
	Folder  Folder
	Name    string
	License string // of the weights, by its SPDX name, if the folder says it
	Layout  string // the row of the layout table
	Family  Family
	Vision  *Tower
	Text    *Tower // nil if it was not asked for
	Dim     int    // D, the width of an embedding; 0 if no file says it
	Context int    // L, tokens a text is padded to
	// Clean is what is done to texts before they are tokenized, by a config: open_clip's "canonicalize", or "".
	Clean      string
	Pad        int64 // the id that texts are padded with; −1 stands for the vocabulary's end mark
	Preprocess Preprocess

	LogitScale       float64 // s in s·⟨image, text⟩, already exponentiated
	LogitScaleSource string  // "option", "fedpurel.json", "default", or "monolith" once an encoder has found it

	Projection string // file of the visual projection (D,E), if the image tower's features come before it; else ""
	Vocabulary string // the folder of the tokenizer's files, relative to the model's

	files []string // every file the description was made from, and the vocabulary
}

// projectionFile holds the visual projection (D,E) of an export whose image features come before it.
const projectionFile = "visual_projection.npy"

// Options are what a caller may say against a model's own files. The zero value takes everything from the files.
type Options struct {
	LogitScale    float64     // replaces the model's; 0 keeps it
	Variant       string      // how weights are stored: fp16, quantized, …; "" takes the plain file, or the only one
	Preprocess    string      // a preset in place of the folder's description
	Prepare       *Preprocess // what to do with pictures, word for word, in place of all that follows about them
	ImageSize     int         // edge of the pictures for such a preset, where the model takes any size
	CropRule      string      // "hf" or "torchvision" in place of the layout's
	Orient        bool        // turn pictures as their orientation tags say
	NoText        bool        // the text tower is not needed
	PreProjection bool        // image features are those before the projection
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
	m := &Model{Folder: folder, Name: folder.Name}
	o, err := m.own()
	if err != nil {
		return nil, err
	}
	l, vision, text, err := o.resolve(folder, opt)
	if err != nil {
		return nil, err
	}
	m.Layout, m.Vocabulary = l.name, l.vocabulary
	a, err := m.architecture(l, opt.NoText)
	if err != nil {
		return nil, err
	}
	m.Family, m.Dim, m.Context, m.Clean = a.family, a.dim, a.context, a.clean
	m.Vision, err = m.tower(vision, func(g *graph.Graph) (*Tower, error) {
		return imageTower(vision, g, a.family, opt.PreProjection)
	})
	if err != nil {
		return nil, err
	}
	if text != "" {
		m.Text, err = m.tower(text, func(g *graph.Graph) (*Tower, error) { return textTower(text, g, a.family) })
		if err != nil {
			return nil, err
		}
	}
	if err := m.agree(opt.PreProjection); err != nil {
		return nil, err
	}
	m.vocabulary(l.pad)
	if err := m.preprocessing(l, o, a.imageSize, opt); err != nil {
		return nil, err
	}
	return m, m.scale(o, opt)
}

// tower reads the graph of a file and finds its roles.
func (m *Model) tower(file string, roles func(*graph.Graph) (*Tower, error)) (*Tower, error) {
	g, err := m.graph(file)
	if err != nil {
		return nil, err
	}
	t, err := roles(g)
	if err != nil {
		return nil, fault.Corruptf("models: %s of %s: %w", file, m.Folder, err)
	}
	m.files = append(m.files, file)
	for _, l := range g.External {
		name := path.Join(path.Dir(file), l)
		if !fs.ValidPath(l) || !fs.ValidPath(name) {
			return nil, fault.Corruptf("models: read %s of %s: it keeps weights in %q, outside its own folder",
				file, m.Folder, l)
		}
		if !isFile(m.Folder.FS, name) {
			return nil, fault.Missingf("models: open %s of %s: its weight file %s is missing", file, m.Folder, name)
		}
		m.files = append(m.files, name)
	}
	return t, nil
}

func (m *Model) graph(file string) (*graph.Graph, error) {
	f, err := m.Folder.FS.Open(file)
	if err != nil {
		return nil, fault.Missingf("models: open %s of %s: %w", file, m.Folder, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fault.Missingf("models: open %s of %s: %w", file, m.Folder, err)
	}
	at, ok := f.(io.ReaderAt)
	if !ok {
		return nil, fault.Errorf(fault.Failure, "models: open %s of %s: its file system has no random access",
			file, m.Folder)
	}
	g, err := graph.Read(at, info.Size())
	if head := make([]byte, 22); err != nil {
		if n, _ := at.ReadAt(head, 0); string(head[:n]) == "version https://git-lf" {
			return nil, fault.Missingf("models: open %s of %s: it is a pointer of git-lfs, not the file; "+
				"fetch the files with `git lfs pull`", file, m.Folder)
		}

		return nil, fault.Corruptf("models: read %s of %s: %w: it is no ONNX file, or a truncated one",
			file, m.Folder, err)
	}
	return g, nil
}

// agree compares the towers with each other and with the config, and fills in what only the graphs say.
func (m *Model) agree(before bool) error {
	towers := []*Tower{m.Vision, m.Text}
	if before {
		towers[0] = nil // its width is another
		m.Projection = projectionFile
		if !isFile(m.Folder.FS, m.Projection) {
			return fault.Missingf("models: open %s: features before the projection need its matrix, %s; "+
				"tools/export_clip.py writes it", m.Folder, m.Projection)
		}
		m.files = append(m.files, m.Projection)
	}
	for _, t := range towers {
		if t == nil {
			continue
		}
		d := int(t.Output.Extent(1, 2))
		switch {
		case d < 0:
		case m.Dim == 0:
			m.Dim = d
		case m.Dim != d:
			return fault.Corruptf("models: %s of %s gives embeddings %s, but its config or its other tower says %d: "+
				"towers of different models, or exported without the projection", t.File, m.Folder, t.Output, m.Dim)
		}
	}
	if m.Text != nil && m.Text.File == m.Vision.File && m.Text.Output.Name == m.Vision.Output.Name {
		return fault.Corruptf("models: %s of %s gives one embedding, %s, for images and texts alike: "+
			"take files with an embedding for each", m.Text.File, m.Folder, m.Text.Output)
	}
	if m.Text != nil {
		l := int(m.Text.Input.Extent(1, 2))
		switch {
		case m.Context == 0 && l > 0:
			m.Context = l
		case m.Context == 0:
			m.Context = contexts[m.Family]
		case l > 0 && l != m.Context:
			return fault.Corruptf("models: %s of %s takes %s, but its config says texts of %d",
				m.Text.File, m.Folder, m.Text.Input, m.Context)
		}
	}
	return nil
}

// readJSON reads a small file of the folder. Keys that v does not know are other tools' business.
func (m *Model) readJSON(name string, v any) error {
	b, err := fs.ReadFile(m.Folder.FS, name)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.Missingf("models: open %s: it has no %s", m.Folder, name)
	}
	if err != nil {
		return fault.Missingf("models: open %s: %w", m.Folder, err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fault.Corruptf("models: read %s of %s: %w", name, m.Folder, err)
	}
	m.files = append(m.files, name)
	return nil
}

// Warnings are what a user should know before a cache is made.
func (m *Model) Warnings() []string {
	var out []string
	for _, t := range []*Tower{m.Vision, m.Text} {
		if t != nil && t.Graph.DynamicallyQuantized() {
			out = append(out, t.File+" is dynamically quantized: it rounds activations with a step taken from the "+
				"whole batch, so that an embedding would depend on its neighbours. It is run one row at a time, "+
				"and its embeddings are less exact; take the float32 file for results that matter")
		}
	}
	return out
}

// known lists the files for a message.
func known(files []string) string { return strings.Join(files, " or ") }
