// Package models knows what a frozen dual encoder is on disk: where its two towers lie, which of their inputs and
// outputs do what, how its pixels are prepared, how long its texts may be, and by which scale its cosines become
// logits.
//
// Open describes the model in a folder, Preset the pixels of a family.
//
// A model is a folder in a layout of the table in layout.go. Folders on disk and folders embedded in a binary take the
// same path through [fs.FS]. Nothing here runs a network: that is the business of an [Encoder].
package models

// Encoder runs the two towers of a dual encoder.
//
// Rows are written as the towers give them, normalised or not. Both methods are safe for concurrent use, keep no
// reference to their arguments, and panic if a slice is shorter than n rows.
type Encoder interface {
	Traits() Traits
	// EncodeImages embeds n images: pixels (n, 3, S, S) as Preprocess describes them, out (n, Width).
	EncodeImages(pixels []float32, n int, out []float32) error
	// EncodeText embeds n texts: ids (n, Context) with start, end and padding in place, lengths (n) the tokens up
	// to and with the end, out (n, Dim).
	EncodeText(ids []int64, lengths []int, out []float32) error
	Close() error
}

// TokenEncoder is an encoder that gives the states of images' tokens, too.
type TokenEncoder interface {
	Encoder
	// EncodeTokens is EncodeImages, and writes the tokens' states (n, L, D), the class token first, into tokens.
	EncodeTokens(pixels []float32, n int, out, tokens []float32) error
	// Tokens are L and D.
	Tokens() (length, width int)
}

// Traits are what shows only when the towers run.
type Traits struct {
	Dim        int     // D, the width of an embedding
	Width      int     // columns of image features: D, or E before the projection
	Normalised bool    // the image tower gives rows of length 1
	LogitScale float64 // that of a file which holds both towers and gives logits, else 0
	Single     bool    // images are run one at a time, because their rows would depend on their neighbours
}
