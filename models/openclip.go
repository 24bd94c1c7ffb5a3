package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// imageSize is a square picture's edge: 224 or [224, 224].
type imageSize int

// UnmarshalJSON accepts both spellings.
func (s *imageSize) UnmarshalJSON(b []byte) error {
	var n int
	if json.Unmarshal(b, &n) == nil {
		*s = imageSize(n)
		return nil
	}
	var edges []int
	if err := json.Unmarshal(b, &edges); err != nil {
		return errors.New("an image size is neither a number nor a list of numbers")
	}
	switch {
	case len(edges) == 1, len(edges) == 2 && edges[0] == edges[1]:
		*s = imageSize(edges[0])
		return nil
	}
	return fmt.Errorf("image size %v is not square", edges)
}

// transform is open_clip's description of its preprocessing, which immich copies.
type transform struct {
	Size          imageSize `json:"size"`
	Mean          []float64 `json:"mean"`
	Std           []float64 `json:"std"`
	Interpolation string    `json:"interpolation"`
	ResizeMode    string    `json:"resize_mode"`
}

// resolve fills in Preprocess. The defaults are open_clip's.
func (t transform) resolve(size int, crop string) (Preprocess, error) {
	if t.Size != 0 {
		size = int(t.Size)
	}
	out := Preprocess{Size: size, ResizeTo: size, Resize: "shortest", Interpolation: "bicubic", CropRule: crop}
	if t.Interpolation != "" {
		out.Interpolation = t.Interpolation
	}
	if t.ResizeMode != "" {
		out.Resize = t.ResizeMode
	}
	if out.Interpolation != "bicubic" && out.Interpolation != "bilinear" {
		return out, fmt.Errorf("interpolation is %q, known are bicubic and bilinear", out.Interpolation)
	}
	if out.Resize != "shortest" && out.Resize != "squash" {
		return out, fmt.Errorf("resize_mode is %q, known are shortest and squash", out.Resize)
	}
	if size < 1 || size > maxEdge {
		return out, fmt.Errorf("the size is %d, want 1 to %d", size, maxEdge)
	}
	if t.Mean == nil && t.Std == nil {
		return out.withStatistics(clipMean, clipStd)
	}
	return out.withStatistics(t.Mean, t.Std)
}

func containsFold(s, part string) bool { return strings.Contains(strings.ToLower(s), part) }
