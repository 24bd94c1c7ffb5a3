package flags

import (
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/fed/export"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/fed/rank"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/hub"
	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/models/prompts"
	"github.com/fedpurel/fedpurel/train"
)

// Shells are those that completion is there for.
var Shells = []string{"bash", "zsh", "fish"}

// TensorBoard is the program that --log can write for.
const TensorBoard = "tensorboard"

// closed are the values of flags that take one of few, where no table lists them.
var closed = map[string][]string{
	"with":           {"npm", "pip"},
	"dtype":          {"f32", "f16"},
	"on-error":       {"fail", "skip"},
	"tokenizer":      {"openai", "hf"},
	"crop-rule":      {"hf", "torchvision"},
	"val":            {"train"},
	"split":          {"train", "test", "all"},
	"scope":          {"tensor", "row", "global"},
	"schedule":       {"constant", "cosine"},
	"creff-start":    {"texts", "normal"},
	"prior":          train.Priors,
	"lc-form":        train.FedLCForms,
	"personal-start": {"initial", "global", "zeroshot"},
	"power":          {"1", "2"},
	"private":        {"head"},
	"log":            {TensorBoard},
}

// Values lists what a flag of a command may be given, or without a flag its arguments: for completion. several tells
// that a comma may separate some of them, files that files and folders may be given, too.
func Values(command, flag string) (values []string, several, files bool) {
	for _, slot := range Plugins.Slots("") {
		if slot.Name == flag {
			return slot.Names(), false, false
		}
		if slot.Name == "method" && flag == "methods" {
			return slot.Names(), true, false
		}
	}
	switch flag {
	case "preset":
		return Plugins.PresetNames(), false, false
	case "local-test":
		return partition.LocalTests, false, false
	case "align":
		return train.AlignNames(), false, false
	case "format":
		if command == "predict" {
			return []string{"table", "jsonl", "csv"}, false, false
		}
		return all.FormatNames(), false, false
	case "formats":
		return export.Formats, true, false
	case "templates":
		return prompts.Sets(), false, true
	case "provider":
		return strings.Split(onnx.Providers, ", "), false, false
	case "preprocess":
		names, _ := models.Presets()
		return names, false, false
	case "score":
		return rank.ScoreNames(), false, false
	case "hierarchy":
		return []string{"cifar100"}, false, true
	case "model":
		return []string{"tiny"}, false, true
	case "":
		return argumentsOf(command)
	}
	return closed[flag], false, false
}

// Additions are what methods can wear, behind a plus sign, where a flag or, without one, a command's argument names
// methods.
func Additions(command, flag string) (names []string) {
	if flag == "method" || flag == "methods" || flag == "" && command == "methods" {
		for _, a := range Plugins.Additions {
			names = append(names, a.Name)
		}
	}
	return names
}

func argumentsOf(command string) (values []string, several, files bool) {
	switch command {
	case "methods":
		values, _, _ = Values("", "method")
		return values, false, false
	case "completion":
		return Shells, false, false
	case "models show", "models verify":
		return []string{"tiny"}, false, true
	case "models pull":
		for _, e := range hub.Catalogue() {
			values = append(values, e.Name)
		}
		return slices.Clip(values), false, false
	}
	return nil, false, true
}
