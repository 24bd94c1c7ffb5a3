package pictures

import (
	"fmt"
	"io"
	"path"
	"strings"
	"text/tabwriter"

	"github.com/fedpurel/fedpurel/models"
)

// card is what `models show` says about a model.
type card struct {
	Name       string            `json:"name"`
	Folder     string            `json:"folder"`
	Layout     string            `json:"layout"`
	Family     string            `json:"family"`
	License    string            `json:"license,omitempty"`
	Dim        int               `json:"dim"`
	Image      towerCard         `json:"image"`
	Text       *towerCard        `json:"text,omitempty"`
	Context    int               `json:"context"`
	Vocabulary string            `json:"vocabulary"`
	Preprocess models.Preprocess `json:"preprocess"`
	Scale      float64           `json:"logit_scale"`
	ScaleFrom  string            `json:"logit_scale_source"`
	Projection string            `json:"projection,omitempty"`
	Warnings   []string          `json:"warnings,omitempty"`
}

type towerCard struct {
	File    string   `json:"file"`
	Input   string   `json:"input"`
	Output  string   `json:"output"`
	Also    []string `json:"also_fed,omitempty"` // inputs that only have to be there
	Weights []string `json:"weights,omitempty"`
	Batch   int      `json:"batch,omitempty"` // if fixed
}

func newCard(m *models.Model) card {
	k := card{
		Name:       m.Name,
		Folder:     m.Folder.String(),
		Layout:     m.Layout,
		Family:     string(m.Family),
		License:    m.License,
		Dim:        m.Dim,
		Image:      newTowerCard(m.Vision),
		Context:    m.Context,
		Vocabulary: path.Clean(m.Vocabulary),
		Preprocess: m.Preprocess,
		Scale:      m.LogitScale,
		ScaleFrom:  m.LogitScaleSource,
		Projection: m.Projection,
		Warnings:   m.Warnings(),
	}
	if m.Text != nil {
		t := newTowerCard(m.Text)
		k.Text = &t
	}
	return k
}

func newTowerCard(t *models.Tower) towerCard {
	k := towerCard{
		File:    t.File,
		Input:   t.Input.String(),
		Output:  t.Output.String(),
		Weights: t.Graph.External,
		Batch:   t.Batch(),
	}
	for _, e := range t.Extra {
		k.Also = append(k.Also, fmt.Sprintf("%s (%s)", e.Value, e.Role))
	}
	return k
}

func (k card) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	family := k.Family
	if family == "" {
		family = "unknown"
	}
	fmt.Fprintf(w, "%s\tlayout %s, family %s", k.Name, k.Layout, family)
	if k.Dim > 0 {
		fmt.Fprintf(w, ", dimension %d", k.Dim)
	}
	if k.License != "" {
		fmt.Fprintf(w, ", weights under %s", k.License)
	}
	fmt.Fprintln(w)
	k.Image.print(w, "images")
	if k.Text != nil {
		k.Text.print(w, "texts")
		fmt.Fprintf(w, "  tokens\t%d, vocabulary in %s\n", k.Context, k.Vocabulary)
	} else {
		fmt.Fprintln(w, "  texts\tnone: give class embeddings with featurize --text-features")
	}
	p := k.Preprocess
	fmt.Fprintf(w, "  pixels\t%s to %d, %s, crop %d by %s's rule, mean %v, deviation %v\n",
		p.Resize, p.ResizeTo, p.Interpolation, p.Size, p.CropRule, p.Mean, p.Std)
	if k.Projection != "" {
		fmt.Fprintf(w, "  projection\t%s\n", k.Projection)
	}
	fmt.Fprintf(w, "  logit scale\t%.5g (%s)\n", k.Scale, k.ScaleFrom)
	return w.Flush()
}

func (k towerCard) print(w io.Writer, what string) {
	fmt.Fprintf(w, "  %s\t%s: %s → %s", what, k.File, k.Input, k.Output)
	if len(k.Also) > 0 {
		fmt.Fprintf(w, ", also fed %s", strings.Join(k.Also, ", "))
	}
	if k.Batch > 0 {
		fmt.Fprintf(w, ", %d rows at a time", k.Batch)
	}
	if len(k.Weights) > 0 {
		fmt.Fprintf(w, ", weights in %s", strings.Join(k.Weights, ", "))
	}
	fmt.Fprintln(w)
}
