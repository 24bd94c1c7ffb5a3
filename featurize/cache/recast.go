package cache

import (
	"context"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Frame is what images are told apart by: classes, their embeddings and scale, and the encoder that rows come from.
type Frame struct {
	Classes    []string
	Templates  []string
	Text       f32.Matrix // (C,D), unit rows
	Projection f32.Matrix // (D,E), where rows come before the encoder's visual projection
	LogitScale float64
	Encoder    *ModelInfo // nil: it is not known, features were imported
}

// Recast writes a cache again into dir, which is new, in another frame: the same rows, in the same order, with the
// frame's classes, embeddings and scale. The cache's classes are found in the frame by their names, and its rows must
// come from the frame's encoder. Who owns the images, and what they are called, stays behind.
func Recast(ctx context.Context, dir string, c *Cache, as Frame, versions map[string]string) (m *Manifest, err error) {
	labels, err := c.within(as)
	if err != nil {
		return nil, err
	}
	from := c.Manifest
	m = &Manifest{
		Format: FormatVersion, Origin: "personalize", Classes: as.Classes, Templates: as.Templates,
		LogitScale: LogitScale{as.LogitScale, "run"}, Dim: from.Dim, DType: from.DType, Width: from.Width,
		Views: from.Views, ViewSeed: from.ViewSeed, Model: from.Model, Data: from.Data, Versions: versions,
	}
	release, err := claim(dir)
	if err != nil {
		return nil, err
	}
	defer release()
	defer func() {
		if err != nil {
			wipe(dir)
		}
	}()
	if m.Text, err = storeMatrix(dir, textFile, as.Text); err != nil {
		return nil, err
	}
	if as.Projection.Rows > 0 {
		file, err := storeMatrix(dir, projectionFile, as.Projection)
		if err != nil {
			return nil, err
		}
		m.Projection = &file
	}
	u := &union{ctx: ctx, manifest: m}
	for _, info := range from.Splits {
		s, err := c.Split(info.Name)
		if err != nil {
			return nil, err
		}
		if info, err = u.recast(dir, s, labels); err != nil {
			return nil, err
		}
		m.Splits = append(m.Splits, info)
	}
	if err := m.check(); err != nil {
		return nil, fault.Corruptf("cache: %w", err)
	}
	if err := m.put(dir); err != nil {
		return nil, err
	}
	return m, nil
}

// within gives the cache's classes their numbers in a frame.
func (c *Cache) within(as Frame) ([]int32, error) {
	m := c.Manifest
	switch {
	case (m.Model == nil) != (as.Encoder == nil):
		return nil, fault.Usagef("cache: %s does not go with the run: one of them was imported and has no record of "+
			"its encoder; featurize both, or import both", c.Dir)
	case m.Dim != as.Text.Cols || m.Width != as.Projection.Cols:
		return nil, fault.Usagef("cache: %s has features of another shape than the run's; make it with the run's model",
			c.Dir)
	case m.Model != nil:
		if what, remedy := as.Encoder.differs(m.Model); what != "" {
			return nil, fault.Mismatchf("cache: the pictures of the run and of %s %s; %s", c.Dir, what, remedy)
		}
	}
	at := map[string]int32{}
	for i, name := range as.Classes {
		at[name] = int32(i)
	}
	var labels []int32
	var unknown []string
	for _, name := range m.Classes {
		y, known := at[name]
		if !known {
			unknown = append(unknown, name)
		}
		labels = append(labels, y)
	}
	if unknown != nil {
		return nil, fault.Usagef("cache: the run does not know the classes %s of %s;%s it knows %s",
			few(unknown), c.Dir, fault.DidYouMean(unknown[0], as.Classes), few(as.Classes))
	}
	return labels, nil
}

// recast writes a split with other labels.
func (u *union) recast(dir string, s *Split, labels []int32) (info SplitInfo, err error) {
	info = SplitInfo{Name: s.info.Name, Rows: s.info.Rows, Skipped: s.info.Skipped}
	y := make([]int32, info.Rows)
	for i, label := range s.labels {
		y[i] = labels[label]
	}
	err = u.arrays(dir, &info, []*Split{s}, y)
	return info, err
}
