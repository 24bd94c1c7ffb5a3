// Package models knows what a frozen dual encoder is on disk: where its two towers lie, how its pixels are prepared,
// how long its texts may be, and by which scale its cosines become logits.
//
// A model is a folder in a layout of the table in layout.go. Folders on disk and folders embedded in a binary take the
// same path through [fs.FS]. Nothing here runs a network: that is the business of an [Encoder].
package models

// Encoder runs the two towers of a dual encoder.
//
// Rows are written as the towers give them, normalised or not. Both methods are safe for concurrent use, keep no
// reference to their arguments, and panic if a slice is shorter than n rows.
type Encoder interface {
	// Dim is the width D of an embedding, the same for images and texts.
	Dim() int
	// EncodeImages embeds n images: pixels (n, 3, S, S) as Preprocess describes them, out (n, D).
	EncodeImages(pixels []float32, n int, out []float32) error
	// EncodeText embeds n texts: ids (n, context) with start, end and padding in place, out (n, D).
	EncodeText(ids []int64, n int, out []float32) error
	Close() error
}
