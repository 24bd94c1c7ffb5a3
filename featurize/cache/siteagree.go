package cache

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/train/fault"
)

// agrees refuses a site whose features do not lie in the same space as those of s, by what the manifests say.
func (s *member) agrees(other *member) error {
	a, b := s.Manifest, other.Manifest
	refuse := func(what, remedy string) error {
		return fault.Usagef("cache: sites %s and %s %s; %s", s.Name, other.Name, what, remedy)
	}
	switch {
	case (a.Model == nil) != (b.Model == nil):
		return refuse("do not go together: one was imported and has no record of its encoder",
			"featurize both, or import both")
	case a.Dim != b.Dim || a.Width != b.Width || !equal(a.Projection, b.Projection):
		return refuse("have features of different shapes or projections", "make both caches with the same model")
	case (a.TextSource == nil) != (b.TextSource == nil):
		return refuse("do not go together: only one has its class embeddings from --text-features",
			"featurize both with it, or both without")
	case a.TextSource != nil && a.TextSource.SHA256 != b.TextSource.SHA256:
		return refuse("have their class embeddings from different arrays",
			"featurize both with one --text-features array of all classes, named by --classes")
	case !slices.Equal(a.Templates, b.Templates):
		return refuse("have different prompts: "+few(a.Templates)+" and "+few(b.Templates),
			"featurize both with the same --template(s)")
	case !near(a.LogitScale.Value, b.LogitScale.Value):
		return refuse("have different logit scales", "make both caches with the same --logit-scale")
	case a.Views != b.Views || a.ViewSeed != b.ViewSeed:
		return refuse("have not the same views of their training images",
			"featurize all sites with the same --views and --view-seed, or all without")
	case !slices.EqualFunc(s.splits, other.splits, func(x, y *Split) bool { return x.info.Name == y.info.Name }):
		return refuse("do not have the same splits", "both need training and test images")
	case a.Model != nil:
		if what, remedy := a.Model.differs(b.Model); what != "" {
			return refuse(what, remedy)
		}
	}
	return nil
}

// differs says what two encoders differ in, and what to do about it; empty if they are one. Folders may have any name.
func (m *ModelInfo) differs(other *ModelInfo) (what, remedy string) {
	if !maps.Equal(m.Files, other.Files) {
		var files []string
		for name := range m.Files {
			if m.Files[name] != other.Files[name] {
				files = append(files, name)
			}
		}
		for name := range other.Files {
			if m.Files[name] == "" {
				files = append(files, name)
			}
		}
		slices.Sort(files)
		return "were embedded by different models: " + few(files) + " differ", "featurize both with the same model"
	}
	switch {
	case !bytes.Equal(compact(m.Preprocess), compact(other.Preprocess)):
		return "had their pictures prepared in different ways",
			"featurize both with the same --preprocess, --crop-rule and --auto-orient"
	case !equal(m.Tokenizer, other.Tokenizer):
		return "had their prompts tokenized in different ways", "featurize both with the same --tokenizer"
	case m.Normalised != other.Normalised || m.Quantized != other.Quantized:
		return "were embedded by different models", "featurize both with the same --variant"
	}
	return "", ""
}

// near tells whether two logit scales are one: read off a model's logits, it is rounded as they are.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-5*math.Abs(a) }

// equal compares what may be absent.
func equal[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// compact is JSON without the spaces that a manifest is indented with.
func compact(data json.RawMessage) []byte {
	var b bytes.Buffer
	if json.Compact(&b, data) != nil {
		return data
	}
	return b.Bytes()
}
