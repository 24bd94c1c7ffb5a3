package sample

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"

	"github.com/disintegration/imaging"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/seed"
)

// The overview shows the first training picture of every species in a grid.
const (
	overviewColumns = 12
	overviewEdge    = 80 // pixels a picture
	overviewGap     = 4
)

// overview draws the grid, in class order, row by row.
func overview(root seed.Root) image.Image {
	rows := (GuideSize + overviewColumns - 1) / overviewColumns
	const step = overviewEdge + overviewGap
	sheet := imaging.New(overviewColumns*step+overviewGap, rows*step+overviewGap, color.White)
	for class := range GuideSize {
		picture, _ := Picture(root, 0, class, 0)
		at := image.Pt(overviewGap+class%overviewColumns*step, overviewGap+class/overviewColumns*step)
		small := imaging.Fill(picture, overviewEdge, overviewEdge, imaging.Center, imaging.CatmullRom)
		sheet = imaging.Paste(sheet, small, at)
	}
	return sheet
}

func writeOverview(path string, root uint64) error {
	err := durable.WriteFile(path, func(w io.Writer) error { return png.Encode(w, overview(seed.Root(root))) })
	if err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	return nil
}
