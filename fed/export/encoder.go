package export

import (
	"context"
	"io"
	"io/fs"
	"path"
	"slices"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/graph"
	"github.com/fedpurel/fedpurel/train/fault"
)

// ErrUnknownEncoder says that nothing can be put before a head.
var ErrUnknownEncoder = fault.Usagef("export: the run's features were imported, so that their encoder is not known: " +
	"export without --with-encoder")

// fits checks that the encoder is the one whose features the model was trained on, and that its file can be extended.
func (e *exporter) fits(ctx context.Context) error {
	m, info := e.Encoder, e.model.Card.Encoder
	switch {
	case info == nil:
		return ErrUnknownEncoder
	case len(m.Vision.Extra) > 0:
		return fault.Usagef("export: %s of %s takes %s beside pictures: --with-encoder needs the image tower "+
			"in a file of its own", m.Vision.File, m.Folder, m.Vision.Extra[0])
	}
	sums, err := m.Hash(ctx)
	if err != nil {
		return err
	}
	for _, file := range towerFiles(m.Vision) {
		if want := info.Files[file]; want != sums[file] {
			return fault.Mismatchf("export: the run's features come from %s, and not from %s of %s: "+
				"its SHA-256 is %.12s…, recorded is %.12s…", info.Name, file, m.Folder, sums[file], want)
		}
	}
	taken := []string{CardFile, ONNXFile, TensorsFile, ClassesFile, PreprocessFile, ArrayFolder}
	for _, name := range m.Vision.Graph.External {
		if path.Base(name) != name || slices.Contains(taken, name) {
			return fault.Usagef("export: %s of %s keeps weights in %q, which cannot lie beside %s under that name",
				m.Vision.File, m.Folder, name, ONNXFile)
		}
	}
	return nil
}

// towerFiles are the file of a tower and those of its weights, if they lie outside.
func towerFiles(t *models.Tower) []string {
	all := []string{t.File}
	for _, name := range t.Graph.External {
		all = append(all, path.Join(path.Dir(t.File), name))
	}
	return all
}

// withEncoder writes the image tower with the head appended. Weights that lie outside the tower's file lie
// beside the new one under the same names.
func (e *exporter) withEncoder() error {
	tower := e.Encoder.Vision
	for i, file := range towerFiles(tower) {
		err := e.open(file, func(f fs.File, size int64) error {
			if i > 0 {
				return e.file(path.Base(file), func(w io.Writer) error {
					_, err := io.Copy(w, f)
					return err
				})
			}
			return e.append(f.(io.ReaderAt), size) // models.Open has read the graph so
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *exporter) open(file string, use func(fs.File, int64) error) error {
	f, err := e.Encoder.Folder.FS.Open(file)
	if err != nil {
		return fault.Missingf("export: open %s of %s: %w", file, e.Encoder.Folder, err)
	}
	defer f.Close() // read-only
	info, err := f.Stat()
	if err != nil {
		return fault.Missingf("export: open %s of %s: %w", file, e.Encoder.Folder, err)
	}
	return use(f, info.Size())
}

// prefix begins the names of what is appended to a tower.
const prefix = "head/"

func (e *exporter) append(r io.ReaderAt, size int64) error {
	tower := e.Encoder.Vision
	refused := func(err error) error {
		return fault.Usagef("export: %s of %s: %w", tower.File, e.Encoder.Folder, err)
	}
	base, err := graph.Extend(r, size)
	if err != nil {
		return refused(err)
	}
	b := base.Builder(prefix)
	rows := tower.Output.Name
	if tower.Output.Type != graph.Float32 {
		rows = b.Node("Cast", []string{rows}, graph.Int("to", int64(graph.Float32)))
	}
	count, batch := int64(-1), tower.Input.Batch
	if n := tower.Batch(); n > 0 {
		count = int64(n)
	} else if batch == "" {
		batch = "batch"
	}
	e.network.add(b, rows, count, batch)
	e.note(b)
	if err := base.Fits(b); err != nil {
		return refused(err)
	}
	return e.file(ONNXFile, func(w io.Writer) error { return base.Append(w, b) })
}
