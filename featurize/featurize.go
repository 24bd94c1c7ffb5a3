// Package featurize turns raw images and class names into a feature cache. Run does it, for a data set (package
// dataset/all opens one), a model (package models) and an encoder that runs it (package models/onnx, or one's own).
//
//	images ─ read, decode, preprocess ─ batches ─ image tower ─ parts of a cache
//	class names ─ templates ─ token ids ─ text tower ─ mean per class ─ class embeddings
//
// Decoding runs beside inference. The rows are those of the data set's order, whatever the number of workers, and an
// encoder whose rows do not depend on their batch gives the same cache for any batch size.
//
// Run fills a cache; Embed gives the rows of any images to a caller, and keeps none.
package featurize

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/cache/thumbs"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/bpe"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// Options say how to work.
type Options struct {
	Templates []string // prompts; {} stands for the class name
	Mode      bpe.Mode // how texts are cleaned before they are tokenized; "" is OpenAI's
	Given     *Given   // class embeddings made elsewhere, in place of templates and a text tower
	// Like, if not nil, is what the cache must fit: class embeddings and scale are taken from it, and the encoder must
	// be its. There is no Given then, templates are its or none, and the data set has its classes, see Like.
	Like     *cache.Identity
	DType    npy.DType // of the stored image features: "<f4" or "<f2"
	Batch    int       // images in one call of the image tower
	Workers  int       // goroutines that decode
	Threads  int       // goroutines that run the image tower
	Provider string    // what computes, for the record; "" is the CPU
	Views    int       // K, views of each training image beside the plain one: random crops, half of them mirrored
	ViewSeed uint64    // of the crops
	Tokens   *Tokens   // states of images' tokens that are kept, too; nil: none
	// Room hears how many bytes tokens will take, before anything is written, and may refuse; nil: nobody does.
	Room     func(bytes int64) error
	Thumbs   int         // N, thumbnails of the first N test images of each class, for people to look at
	Shard    cache.Shard // do this share of the work only, for cache.Merge
	Skip     bool        // leave out images that cannot be read, instead of failing
	Resume   bool        // continue unfinished work
	Versions map[string]string
	Notes    []string // for the manifest, beside those of the data set
	// Observe, if not nil, hears how many of how many images are done, resumed ones included. Calls do not overlap.
	Observe func(done, total int)
}

// Report says what a run did.
type Report struct {
	Manifest  *cache.Manifest // nil for a shard
	Images    int             // images encoded now
	Resumed   int             // images that earlier work had finished
	Truncated []string        // prompts longer than the encoder's context, which were cut
}

// Run fills the cache folder out with the embeddings of a data set. Work that was interrupted can be resumed with the
// same options, except for Workers, Threads, Batch and Thumbs. If the folder already holds this very cache, Run with
// Resume returns cache.ErrComplete, but gives it the thumbnails that it lacks.
func Run(
	ctx context.Context, set dataset.Source, model *models.Model, encoder models.Encoder, out string, o Options,
) (*Report, error) {
	pace := Pace{o.Batch, o.Workers, o.Threads}
	if err := pace.check(); err != nil {
		return nil, err
	}
	if o.DType != "<f4" && o.DType != "<f2" {
		return nil, fault.Usagef("featurize: feature type %q is not <f4 or <f2", o.DType)
	}
	if model.Text == nil && o.Given == nil && o.Like == nil {
		return nil, fault.Usagef("featurize: without a text tower, class embeddings must be given")
	}
	if o.Views < 0 || o.Views > cache.MaxViews {
		return nil, fault.Usagef("featurize: %d views: want 0 to %d", o.Views, cache.MaxViews)
	}
	if o.Thumbs < 0 {
		return nil, fault.Usagef("featurize: %d thumbnails of each class: want 0 or more", o.Thumbs)
	}
	prepare := preparation(set, model)
	view, err := pixel.NewRecipe(prepare)
	if err != nil {
		return nil, err
	}
	contents, err := contentsOf(ctx, set, model, prepare, encoder.Traits(), o)
	if err != nil {
		return nil, err
	}
	t, err := newTexts(set, model, o, &contents)
	if err != nil {
		return nil, err
	}
	if o.Tokens != nil && o.Room != nil {
		if err := o.Room(contents.TokenBytes() / int64(max(o.Shard.Count, 1))); err != nil {
			return nil, err
		}
	}
	small := &miniatures{set: set, view: view, workers: o.Workers, perClass: o.Thumbs}
	writer, err := cache.Create(out, contents, o.Shard, o.Resume)
	if errors.Is(err, cache.ErrComplete) && o.Thumbs > 0 {
		return small.add(ctx, out, o.Shard)
	} else if err != nil {
		return nil, err
	}
	defer writer.Close() // the journal is synced line by line: nothing can be lost here
	r := &Report{}
	if o.Shard.First() && !writer.HasText() {
		if err := t.put(ctx, writer, encoder, r); err != nil {
			return nil, err
		}
	}
	p := &pipeline{
		line: line{view: view, encoder: encoder, tokens: o.Tokens, Pace: pace},
		set:  set, writer: writer, plan: contents, options: o, report: r,
	}
	if err := p.run(ctx); err != nil {
		return nil, err
	}
	if o.Shard.First() && !writer.HasThumbs() {
		if err := writer.PutThumbs(func(p *thumbs.Pile) error { return small.fill(ctx, p) }); err != nil {
			return nil, err
		}
	}
	if o.Shard.Count > 0 {
		return r, writer.FinishShard(o.Versions)
	}
	r.Manifest, err = writer.Finish(ctx, o.Versions)
	return r, err
}

// preparation is how the model wants pictures, turned as the reference of their container turns them.
func preparation(set dataset.Source, m *models.Model) models.Preprocess {
	p := m.Preprocess
	p.Orient = p.Orient || set.About().Orientation == dataset.ByDatasets
	return p
}

// orientation is whose rule turns pictures.
func orientation(set dataset.Source, m *models.Model) string {
	switch {
	case m.Preprocess.Orient:
		return "option"
	case set.About().Orientation != "":
		return set.About().Orientation
	}
	return "pillow"
}

// contentsOf lists all that the cache's content depends on, but for the texts.
func contentsOf(
	ctx context.Context, set dataset.Source, m *models.Model, prepare models.Preprocess, traits models.Traits,
	o Options,
) (cache.Contents, error) {
	hashes, err := m.Hash(ctx)
	if err != nil {
		return cache.Contents{}, err
	}
	preprocess, err := json.Marshal(prepare)
	if err != nil {
		return cache.Contents{}, fmt.Errorf("featurize: %w", err)
	}
	contents := cache.Contents{
		Classes:    set.Classes(),
		Dim:        traits.Dim,
		DType:      o.DType,
		LogitScale: cache.LogitScale{Value: m.LogitScale, Source: m.LogitScaleSource},
		Views:      o.Views,
		Thumbnails: o.Thumbs,
		Tokens:     o.Tokens.info(),
		Model: cache.ModelInfo{
			Name:       m.Name,
			Layout:     m.Layout,
			License:    m.License,
			Family:     string(m.Family),
			Files:      hashes,
			Preprocess: preprocess,
			Normalised: traits.Normalised,
			Provider:   o.Provider,
		},
	}
	about := set.About()
	contents.Data = &cache.DataInfo{
		Format: about.Format, Name: about.Name, Notes: slices.Concat(about.Notes, o.Notes),
		Orientation: orientation(set, m),
	}
	if o.Views > 0 {
		contents.ViewSeed = o.ViewSeed
	}
	if m.LogitScaleSource == "default" && traits.LogitScale > 0 {
		contents.LogitScale = cache.LogitScale{Value: traits.LogitScale, Source: "monolith"}
	}
	if len(m.Warnings()) > 0 {
		contents.Model.Quantized = "dynamic"
	}
	if m.Projection != "" {
		if err := beforeProjection(m, traits, &contents); err != nil {
			return contents, err
		}
	}
	for _, split := range splits {
		var owners cache.Owners
		s, err := cache.List(string(split), set.Len(split), func(i int) (string, int32, error) {
			it, err := set.At(split, i)
			owners.Add(it.Client)
			return it.Name, it.Label, err
		})
		if err != nil {
			return contents, err
		}
		s.Clients = owners.Sum()
		contents.Splits = append(contents.Splits, s)
	}
	return contents, nil
}

// beforeProjection plans features of the tower's own width, and checks their projection before hours are spent on them.
func beforeProjection(m *models.Model, traits models.Traits, contents *cache.Contents) error {
	path, onDisk := m.Folder.Path(m.Projection)
	if !onDisk {
		return fault.Usagef("featurize: features before the projection need a model in a folder on disk")
	}
	p, err := npy.Open(path)
	if err != nil {
		return err
	}
	defer p.Close()
	if len(p.Shape) != 2 || p.Shape[1] != traits.Width || (traits.Dim != 0 && p.Shape[0] != traits.Dim) {
		return fault.Corruptf("featurize: %s has shape %v, expected (%d, %d): it belongs to another model",
			path, p.Shape, traits.Dim, traits.Width)
	}
	contents.Dim, contents.Width, contents.Projection = p.Shape[0], traits.Width, path
	return nil
}

var splits = []dataset.Split{dataset.Train, dataset.Test}
