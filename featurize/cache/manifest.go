// Package cache stores image and class-text embeddings on disk: written once, crash-safe, read through mmap. Open reads
// a cache; Import makes one of arrays in files, Create of rows at hand, and package featurize of images.
//
// A cache is a folder of NumPy arrays and a manifest.json that describes them; FORMAT.md is the specification.
// Training, evaluation and reports meet featurization only here.
package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// FormatVersion is the version of the folder's layout that this package writes and reads.
const FormatVersion = 1

// ManifestFile is written last: a folder with it is complete.
const ManifestFile = "manifest.json"

// Manifest describes a cache.
type Manifest struct {
	Format int `json:"format"`
	// Fingerprint is the SHA-256 of what a run depends on: classes, scale, dimension, the arrays' hashes.
	Fingerprint string     `json:"fingerprint"`
	Inputs      string     `json:"inputs_sha256,omitempty"`
	Origin      string     `json:"origin"` // "featurize", "import", "sites", "personalize", "cut" or "identity"
	Classes     []string   `json:"classes"`
	Templates   []string   `json:"templates,omitempty"`
	TextSource  *File      `json:"text_source,omitempty"` // the array that stood in for a text tower
	LogitScale  LogitScale `json:"logit_scale"`
	Dim         int        `json:"dim"`   // D
	DType       npy.DType  `json:"dtype"` // of the image features: "<f4" or "<f2"
	Text        File       `json:"text"`
	// Features taken before the encoder's visual projection have Width columns, and Projection is its matrix (D,Width).
	Width      int               `json:"width,omitempty"`
	Projection *File             `json:"projection,omitempty"`
	Views      int               `json:"views,omitempty"` // K, views of each training image beside the plain one
	ViewSeed   uint64            `json:"view_seed,omitempty"`
	Tokens     *TokensInfo       `json:"tokens,omitempty"`
	Splits     []SplitInfo       `json:"splits"`
	Curvature  *File             `json:"curvature,omitempty"` // of an identity
	Model      *ModelInfo        `json:"model,omitempty"`
	Data       *DataInfo         `json:"data,omitempty"`
	Sites      []SiteInfo        `json:"sites,omitempty"`    // whose caches were put together
	Versions   map[string]string `json:"versions,omitempty"` // program, Go, ONNX Runtime: for the record only
}

// MaxViews bounds the views of an image: 1024 images with all their views are in memory at a time.
const MaxViews = 100

// LogitScale is s in ℓ = s·⟨x/‖x‖, t_c⟩, already exponentiated, and where it comes from.
type LogitScale struct {
	Value  float64 `json:"value"`
	Source string  `json:"source"`
}

// File is one file of the cache.
type File struct {
	Name   string `json:"file"`
	SHA256 string `json:"sha256"`
}

// SplitInfo describes one split. Its files hold Rows rows, in the same order.
type SplitInfo struct {
	Name     string `json:"name"`
	Rows     int    `json:"rows"`
	Features File   `json:"features"`
	Views    *File  `json:"views,omitempty"`  // (Rows, K, columns), random crops of the same images
	Tokens   []File `json:"tokens,omitempty"` // (n, 1+K, columns) each, all rows together, in order
	Labels   File   `json:"labels"`
	Files    *File  `json:"files,omitempty"` // names of the images, one a line; absent for imported caches
	// Clients names the site or user that each image belongs to, one a line, an empty line for nobody; absent where
	// the data names none.
	Clients *File   `json:"clients,omitempty"`
	Thumbs  *Thumbs `json:"thumbs,omitempty"` // small pictures of some rows
	Skipped []Skip  `json:"skipped,omitempty"`
}

// Skip is an image that could not be used. It has no row.
type Skip struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

// DataInfo says what the images came from.
type DataInfo struct {
	Format string `json:"format"`
	// Name is that of a known set, such as "cifar-100"; empty for users' own pictures.
	Name  string   `json:"name,omitempty"`
	Notes []string `json:"notes,omitempty"` // what was left out of the data set, or divided, and why
	// Orientation is whose rule turned pictures whose files ask for it: "pillow" (TIFF only), "datasets" or "option".
	Orientation string `json:"orientation,omitempty"`
}

// ModelInfo says which encoder made the features.
type ModelInfo struct {
	Name       string            `json:"name"`
	Layout     string            `json:"layout"`
	License    string            `json:"license,omitempty"` // of the weights, if known; it decides nothing
	Family     string            `json:"family,omitempty"`
	Files      map[string]string `json:"sha256"`
	Preprocess json.RawMessage   `json:"preprocess"`
	Tokenizer  *Tokenizer        `json:"tokenizer,omitempty"`
	// Normalised: the encoder gave rows of length 1; they are stored as given.
	Normalised bool   `json:"normalised"`
	Quantized  string `json:"quantized,omitempty"` // "dynamic": less exact than float32
	Provider   string `json:"provider,omitempty"`  // what computed, unless the CPU
}

// Tokenizer says how texts became ids.
type Tokenizer struct {
	Kind  string `json:"kind"`           // "bpe" or "unigram"
	Mode  string `json:"mode,omitempty"` // how texts were cleaned
	Pad   int64  `json:"pad"`
	Clean string `json:"clean,omitempty"` // and before that, as the model's config wants
}

// fingerprint hashes the part of the manifest that results depend on.
func (m *Manifest) fingerprint() string {
	type split struct {
		Name, Features, Labels string
		Rows                   int
		Views, Clients         string   `json:",omitempty"`
		Tokens                 []string `json:",omitempty"`
	}
	content := struct {
		Classes []string
		Scale   float64
		Dim     int
		Text    string
		Project string `json:",omitempty"`
		Splits  []split
	}{Classes: m.Classes, Scale: m.LogitScale.Value, Dim: m.Dim, Text: m.Text.SHA256}
	if m.Projection != nil {
		content.Project = m.Projection.SHA256
	}
	for _, s := range m.Splits {
		one := split{Name: s.Name, Features: s.Features.SHA256, Labels: s.Labels.SHA256, Rows: s.Rows}
		if s.Views != nil {
			one.Views = s.Views.SHA256
		}
		if s.Clients != nil {
			one.Clients = s.Clients.SHA256
		}
		for _, file := range s.Tokens {
			one.Tokens = append(one.Tokens, file.SHA256)
		}
		content.Splits = append(content.Splits, one)
	}
	return hashJSON(content)
}

// hashJSON is the SHA-256 of v's JSON. v must be marshallable.
func hashJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic("cache: " + err.Error())
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// readManifest reads and checks the manifest of dir, without looking at the arrays.
func readManifest(dir string) (*Manifest, error) {
	path := filepath.Join(dir, ManifestFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if s, err := openShard(dir); err == nil {
			return nil, fault.Missingf("cache: %s is shard %v of a cache; "+
				"put the shards together with `fedpurel cache merge`", dir, s.Shard)
		}
		if _, err := os.Stat(filepath.Join(dir, partsDir)); err == nil {
			return nil, fault.Missingf("cache: %s is unfinished; "+
				"run the same `fedpurel featurize` command again with --resume", dir)
		}
		return nil, fault.Missingf("cache: %s holds no %s; "+
			"make a cache with `fedpurel featurize` or `fedpurel cache import`", dir, ManifestFile)
	} else if err != nil {
		return nil, fault.Missingf("cache: read manifest: %w", err)
	}
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fault.Corruptf("cache: %s is no manifest: %w; make the cache again", path, err)
	}
	if m.Format != FormatVersion {
		return nil, fault.Corruptf("cache: %s has format %d, this program reads format %d; make the cache again",
			path, m.Format, FormatVersion)
	}
	if err := m.check(); err != nil {
		return nil, fault.Corruptf("cache: %s: %w; make the cache again", path, err)
	}
	if got := m.fingerprint(); got != m.Fingerprint {
		return nil, fault.Mismatchf("cache: %s was edited: its fingerprint is %.12s…, recorded is %.12s…; "+
			"make the cache again", path, got, m.Fingerprint)
	}
	return &m, nil
}

// Fingerprint is that of the cache in dir by its manifest alone: whether the cache is whole is found by who opens it.
func Fingerprint(dir string) (string, error) {
	m, err := readManifest(dir)
	if err != nil {
		return "", err
	}
	return m.Fingerprint, nil
}

func (m *Manifest) check() error {
	switch {
	case len(m.Classes) < 2:
		return fmt.Errorf("%d classes: at least two are needed", len(m.Classes))
	case m.Dim < 1 || m.Dim > 1<<20:
		return fmt.Errorf("dimension %d is impossible", m.Dim)
	case (m.Projection != nil) != (m.Width > 0) || m.Width > 1<<20:
		return fmt.Errorf("width %d does not go with the projection", m.Width)
	case m.DType != "<f4" && m.DType != "<f2":
		return fmt.Errorf("feature type %q is not <f4 or <f2", m.DType)
	case m.Views < 0 || m.Views > MaxViews:
		return fmt.Errorf("%d views are impossible", m.Views)
	case !(m.LogitScale.Value > 0) || math.IsInf(m.LogitScale.Value, 0):
		return fmt.Errorf("logit scale %v is not positive", m.LogitScale.Value)
	}
	for _, f := range m.files() {
		if f.Name == "" || filepath.Base(f.Name) != f.Name || f.Name == ".." {
			return fmt.Errorf("file name %q leads outside the folder", f.Name)
		}
	}
	return nil
}

// columns is the number of columns of the image features.
func (m *Manifest) columns() int {
	if m.Width > 0 {
		return m.Width
	}
	return m.Dim
}
