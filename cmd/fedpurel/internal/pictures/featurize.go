package pictures

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/caches"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize"
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/sample"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Featurize is the command `featurize`.
func Featurize() *cli.Command {
	return shell.Command(&cli.Command{
		Name:  "featurize",
		Usage: "embed raw images and class names with a CLIP model: images → cache",
		Description: "The data set is a folder train/<class>/<image> and test/<class>/<image>, " +
			"or a published set as it is unpacked, a list, an archive, a table:\n" +
			"the format is found out, see README. A set without splits is divided per class. " +
			"Interrupted work goes on with --resume.\n" +
			"Several machines share the work with --shard I/N, each into its own folder; " +
			"`fedpurel cache merge` puts them together.\n" +
			"Sites of a federation agree by --like, on what `fedpurel cache identity` wrote of one cache.\n" +
			"A model folder is in one of the layouts in which CLIP models are published (see README); " +
			"what its files do not say,\n" +
			"--preprocess, --logit-scale and --variant do. Embeddings are stored as the model gives them.\n" +
			"Only the sample set (`fedpurel sample`) has a model by itself, the built-in one.\n\n" +
			"Example: fedpurel featurize --data photos --model clip-vit-base-patch16 --out cache",
		Flags: featurizeFlags(),
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			f := featurizationOf(c)
			r, err := f.run(c)
			if errors.Is(err, cache.ErrComplete) {
				return caches.Complete(c, f.out)
			} else if err != nil {
				return err
			}
			if c.Bool("json") {
				return shell.PrintJSON(c, map[string]any{
					"out":               f.out,
					"images":            r.Images,
					"resumed":           r.Resumed,
					"truncated_prompts": r.Truncated,
					"manifest":          r.Manifest,
				})
			}
			if r.Manifest == nil {
				fmt.Fprintf(c.App.Writer, "%s: shard %s, %d images; when all are there: "+
					"fedpurel cache merge --out CACHE SHARD…\n", f.out, f.shard, r.Images+r.Resumed)
				return nil
			}
			fmt.Fprintln(c.App.Writer, caches.Describe(r.Manifest, f.out))
			return nil
		},
	})
}

// sampleThumbnails of each class are as many as a report needs to find among them, in nearly all classes, an image that
// a method changes: one in 24 is. They take 6 MB.
const sampleThumbnails = 50

// FeaturizeSample embeds the sample pictures with the built-in model, as far as that is not done.
func FeaturizeSample(c *cli.Context, images, out string, quiet bool) error {
	_, err := featurization{
		data: images, out: out, model: BuiltIn, dtype: "f32", batch: 16, onError: "fail",
		thumbnails: sampleThumbnails, set: dataset.DefaultOptions(), resume: true, quiet: quiet, own: true,
	}.run(c)
	if errors.Is(err, cache.ErrComplete) {
		return nil
	}
	return err
}

// run opens data and model and fills the cache.
func (f featurization) run(c *cli.Context) (*featurize.Report, error) {
	id, err := f.follow(c)
	if err != nil {
		return nil, err
	}
	dtype, ok := dtypes[f.dtype]
	if !ok {
		return nil, fault.Unknown("--dtype: unknown type", f.dtype, []string{"f32", "f16"})
	}
	if f.onError != "fail" && f.onError != "skip" {
		return nil, fault.Unknown("--on-error: unknown remedy", f.onError, []string{"fail", "skip"})
	}
	if c.IsSet("view-seed") && f.views == 0 {
		return nil, fault.Usagef("--view-seed is the seed of --views, of which there are none")
	}
	f.workers, f.threads = flags.Cores(f.workers, f.threads)
	var given *featurize.Given
	if f.options.NoText, err = noText(c); err != nil {
		return nil, err
	}
	shard, err := parseShard(f.shard)
	if err != nil {
		return nil, err
	}
	if !f.own { // else the program has asked already
		if err := Ready(c); err != nil {
			return nil, err
		}
	}
	if id != nil {
		defer id.Close() // read-only
		f.options.NoText = id.Manifest.TextSource != nil
	} else if f.options.NoText {
		if given, err = featurize.OpenGiven(f.features, f.names); err != nil {
			return nil, err
		}
	}
	set, err := OpenData(c, f.data, f.set, f.onError == "skip")
	if err != nil {
		return nil, err
	}
	defer set.Close() // read-only
	if id != nil {
		var notice string
		if set, notice, err = featurize.Like(set, id); err != nil {
			return nil, err
		}
		if notice != "" && !f.quiet {
			fmt.Fprintln(c.App.ErrWriter, "fedpurel: note: "+notice)
		}
	}
	if given == nil && (id == nil || len(f.templates) > 0 || f.named != "") {
		if f.templates, err = templates(f.templates, f.named, set.About().Templates); err != nil {
			return nil, err
		}
	}
	if f.model, err = modelFor(f.model, set); err != nil {
		return nil, err
	}
	var remarks []string
	if f.model == BuiltIn && set.About().Name != sample.Name {
		remarks = append(remarks, strange)
	}
	model, err := OpenModel(f.model, f.options)
	if err != nil {
		return nil, err
	}
	Warn(c.App.ErrWriter, model)
	encoder, provider, tokens, err := f.openEncoder(c, model)
	if err != nil {
		return nil, err
	}
	b := shell.NewBar("featurizing", "images", f.quiet)
	defer b.Finish()
	var begun sync.Once
	observe := func(done, total int) {
		begun.Do(func() { // not before the work does begin
			if !f.quiet && !f.own {
				notes(c.App.ErrWriter, set)
			}
			for _, remark := range remarks {
				fmt.Fprintf(c.App.ErrWriter, "fedpurel: warning: %s; "+
					"`fedpurel models list` names CLIP models\n", remark)
			}
		})
		b.Update(done, total)
	}
	r, err := featurize.Run(c.Context, set, model, encoder, f.out, featurize.Options{
		Templates: f.templates,
		Mode:      f.mode,
		Given:     given,
		Like:      id,
		Provider:  provider,
		DType:     dtype,
		Batch:     f.batch,
		Workers:   f.workers,
		Threads:   f.threads,
		Views:     f.views,
		ViewSeed:  f.viewSeed,
		Tokens:    tokens,
		Room:      f.room(c),
		Thumbs:    f.thumbnails,
		Shard:     shard,
		Skip:      f.onError == "skip",
		Resume:    f.resume,
		Versions:  caches.Versions(),
		Notes:     remarks,
		Observe:   observe,
	})
	b.Finish()
	if err != nil {
		if errors.Is(err, cache.ErrComplete) {
			f.remember()
		}
		return nil, errors.Join(err, encoder.Close())
	}
	for _, prompt := range r.Truncated {
		fmt.Fprintf(c.App.ErrWriter, "fedpurel: warning: the prompt %q is longer than the model's %d tokens "+
			"and was cut\n", prompt, model.Context)
	}
	f.remember()
	return r, encoder.Close()
}

// follow opens the identity that the cache must fit, if there is one, and takes from it what was not given.
func (f *featurization) follow(c *cli.Context) (*cache.Identity, error) {
	if f.like == "" {
		return nil, nil
	}
	if f.features != "" || f.names != "" {
		return nil, fault.Usagef("--like and --text-features exclude each other: class embeddings are the identity's")
	}
	id, err := cache.OpenIdentity(f.like)
	if err != nil {
		return nil, err
	}
	if !c.IsSet("views") && !c.IsSet("view-seed") {
		f.views, f.viewSeed = id.Manifest.Views, id.Manifest.ViewSeed
	}
	if !c.IsSet("dtype") && id.Manifest.DType == dtypes["f16"] {
		f.dtype = "f16"
	}
	return id, nil
}

// remember keeps where the images lie, so that a report can show some, and the encoder, which modules inside it read.
func (f featurization) remember() {
	model := f.model
	if model == BuiltIn {
		model = ""
	}
	if f.like != "" { // labels are not the data set's
		cache.Remember(f.out, "", model, nil)
		return
	}
	how := f.set
	if how.Images != "" {
		if abs, err := filepath.Abs(how.Images); err == nil {
			how.Images = abs
		}
	}
	cache.Remember(f.out, f.data, model, how)
}
