package pictures

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/sample"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/hub"
	"github.com/fedpurel/fedpurel/models/tiny"
	"github.com/fedpurel/fedpurel/train/fault"
)

// BuiltIn is the name of the model that is part of the program.
const BuiltIn = "tiny"

// OpenModel reads the description of the built-in model or of a folder.
func OpenModel(name string, o models.Options) (*models.Model, error) {
	if name == BuiltIn {
		return models.Open(tiny.Folder(), o)
	}
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return nil, absent(name)
	}
	return models.Open(models.OnDisk(name), o)
}

// absent says how to come by a model that is not there.
func absent(name string) error {
	known := []string{BuiltIn}
	for _, e := range hub.Catalogue() {
		switch name {
		case e.Name:
			return fault.Missingf("models: %s is not here; fetch it with `fedpurel models pull %s`", name, name)
		case e.Repository:
			return fault.Missingf("models: %s is not here; fetch it with `fedpurel models pull %s`, "+
				"then give --model %s", name, name, path.Base(name))
		}
		if e.Name == filepath.Base(name) {
			return fault.Missingf("models: %s is not there; fetch it with `fedpurel models pull %s --out %s`",
				name, e.Name, name)
		}
		known = append(known, e.Name)
	}
	if filepath.Base(name) != name {
		return fault.Missingf("models: open %s: no such folder; `fedpurel models list` names what can be fetched", name)
	}
	return fault.Missingf("models: open %s: no such folder, nor a model that is known by name;%s known: %s",
		name, fault.DidYouMean(name, known), strings.Join(known, ", "))
}

// modelFor is the model for a data set, by name: the one that was given, or, for the program's own pictures, the
// built-in one.
func modelFor(given string, set dataset.Source) (string, error) {
	switch {
	case given != "":
		return given, nil
	case set.About().Name == sample.Name:
		return BuiltIn, nil
	}
	return "", fault.Usagef("--model is missing: give a CLIP model's folder, or a name of `fedpurel models list` " +
		"that `fedpurel models pull` fetches; --model tiny, for a try, is built in and knows only the sample's species")
}

// strange is what to know of the built-in model on other pictures than the program's own.
const strange = "embedded with the built-in model, which knows only the sample's species: " +
	"accuracies on these pictures mean nothing"
