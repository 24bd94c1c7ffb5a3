package main

import (
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/train/f32"
)

// projected is a split of pre-projection features (N,E) as embeddings (N,D), x Pᵀ.
type projected struct {
	*cache.Split
	p f32.Matrix
}

func (s projected) Dim() int { return s.p.Rows }

func (s projected) Gather(dst f32.Matrix, rows []int) error { return s.GatherViews(dst, rows, nil) }

func (s projected) GatherViews(dst f32.Matrix, rows, views []int) error {
	x := f32.New(len(rows), s.p.Cols)
	if err := s.Split.GatherViews(x, rows, views); err != nil {
		return err
	}
	f32.MulT(dst, x, s.p)
	return nil
}
