package models

import (
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Needed lists the files of a folder that Open with the same options reads: towers with their weight files, configs,
// vocabulary. Towers that are listed there but cannot be opened yet are taken to refer to no weight files; ask again
// once they can. Errors are those of Open about what the folder lacks.
func Needed(folder Folder, opt Options) ([]string, error) {
	m := &Model{Folder: folder}
	var o own
	if isFile(folder.FS, ownFile) {
		m.files = append(m.files, ownFile)
		if err := m.readJSON(ownFile, &o); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	l, vision, text, err := o.resolve(folder, opt)
	if err != nil {
		return nil, err
	}
	for _, tower := range []string{vision, text} {
		if tower == "" {
			continue
		}
		m.files = append(m.files, tower)
		g, err := m.graph(tower)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, err
		}
		for _, w := range g.External {
			name := path.Join(path.Dir(tower), w)
			if !fs.ValidPath(name) {
				return nil, fault.Corruptf("models: read %s of %s: it keeps weights in %q, outside its own folder",
					tower, folder, w)
			}
			m.files = append(m.files, name)
		}
	}
	for _, candidates := range [][]string{l.configs, l.preprocess} {
		if name := first(folder.FS, candidates); name != "" {
			m.files = append(m.files, name)
		}
	}
	if opt.PreProjection {
		m.files = append(m.files, projectionFile)
	}
	if text != "" {
		m.vocabularyFiles(l.vocabulary)
	}
	slices.Sort(m.files)
	return slices.Compact(m.files), nil
}
