package tabular

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/fault"
)

// columnKind is what a column of a table can serve as.
type columnKind int

const (
	otherColumn  columnKind = iota
	imageColumn             // bytes, or a record of bytes and path
	numberColumn            // labels
	wordColumn              // labels
)

type column struct {
	name string
	kind columnKind
}

// features are what a description says of columns.
type features map[string]feature

type feature struct {
	Type  string   `json:"_type"`
	Names []string `json:"names"` // of classes
}

// readFeatures takes the features from a description. Those of nested columns are lists and are passed over.
func readFeatures(meta string) features {
	var all struct {
		Info struct {
			Features map[string]json.RawMessage `json:"features"`
		} `json:"info"`
	}
	_ = json.Unmarshal([]byte(meta), &all) // a description is a help, not a need
	f := features{}
	for name, raw := range all.Info.Features {
		var one feature
		if json.Unmarshal(raw, &one) == nil {
			f[name] = one
		}
	}
	return f
}

// imageNames and labelNames are what such columns are called, the likeliest first.
var (
	imageNames = []string{"image", "img", "picture", "jpg", "png"}
	labelNames = []string{"label", "labels", "fine_label", "variant", "class", "target", "category", "cls"}
)

// choose finds the columns of images and labels: those of the options, else those that the description tells apart,
// else by their names.
func choose(b *dataset.Builder, columns []column, f features) (image, label column, err error) {
	var images, told, labels, classes, called []column
	for _, c := range columns {
		switch {
		case c.kind == imageColumn:
			images = append(images, c)
			if f[c.name].Type == "Image" {
				told = append(told, c)
			}
		case c.kind == otherColumn:
		default:
			labels = append(labels, c)
			if f[c.name].Type == "ClassLabel" {
				classes = append(classes, c)
			}
			if slices.Contains(labelNames, c.name) {
				called = append(called, c)
			}
		}
	}
	if len(told) > 0 && b.Options.Column == "" {
		images = told
	}
	switch {
	case b.Options.Labels != "":
	case len(classes) > 0:
		labels = classes
	default:
		labels = called
	}
	if image, err = pick(b, "column", "images", b.Options.Column, columns, images, imageNames); err != nil {
		return column{}, column{}, err
	}
	label, err = pick(b, "labels", "labels", b.Options.Labels, columns, labels, labelNames)
	return image, label, err
}

// pick takes the column that the option asks for, or else the one whose name is the likeliest, and notes the others.
func pick(b *dataset.Builder, option, what, asked string, columns, fit []column, likely []string) (column, error) {
	if asked != "" {
		for _, c := range fit {
			if c.name == asked || c.name == asked+"_label" {
				return c, nil
			}
		}
		return column{}, fault.Usagef("dataset: %s has no column %q of %s; its columns are %s",
			b.Root, asked, what, columnNames(columns))
	}
	if len(fit) == 0 {
		return column{}, fault.Corruptf("dataset: %s: no column is known to hold the %s (--%s names one); "+
			"its columns are %s", b.Root, what, option, columnNames(columns))
	}
	best := fit[0]
	for _, name := range slices.Backward(likely) {
		if i := slices.IndexFunc(fit, func(c column) bool { return c.name == name }); i >= 0 {
			best = fit[i]
		}
	}
	if len(fit) > 1 {
		b.Note("column %s holds the %s; --%s can choose another of %s", best.name, what, option, columnNames(fit))
	}
	return best, nil
}

func columnNames(columns []column) string {
	var names []string
	for _, c := range columns {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ")
}
