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
	vocabulary := [][]any{
		{"<pad>", 0.0}, {"</s>", 0.0}, {"<unk>", 0.0},
		{"▁", -2.0}, {"▁a", -1.5}, {"▁photo", -3.0}, {"▁of", -2.5},
	}
	for c := 'a'; c <= 'z'; c++ {
		vocabulary = append(vocabulary, []any{string(c), -5.0})
	}
	list, _ := json.Marshal(vocabulary) // texts and numbers cannot fail
	return fmt.Sprintf(`{
		"added_tokens":[{"id":0,"content":"<pad>"},{"id":1,"content":"</s>"},{"id":2,"content":"<unk>"}],
		"normalizer":{"type":"Sequence","normalizers":[
			{"type":"Lowercase"},{"type":"Replace","pattern":{"Regex":"[.,!?]"},"content":""}]},
		"pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true},
		"post_processor":{"type":"TemplateProcessing",
			"single":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"</s>","type_id":0}}],
			"special_tokens":{"</s>":{"id":"</s>","ids":[1],"tokens":["</s>"]}}},
		"model":{"type":"Unigram","unk_id":2,"vocab":%s}}`, list)
}

// Configs of Hugging Face, immich and open_clip for the default miniature.
const (
	hfConfig = `{"model_type":"clip","projection_dim":6,
		"vision_config":{"image_size":8},"text_config":{"max_position_embeddings":12}}`
	hfImages = `{"do_resize":true,"size":{"shortest_edge":8},"resample":3,
		"do_center_crop":true,"crop_size":{"height":8,"width":8},
		"do_rescale":true,"rescale_factor":0.00392156862745098,
		"do_normalize":true,"image_mean":[0.48145466,0.4578275,0.40821073],
		"image_std":[0.26862954,0.26130258,0.27577711]}`
	mobileImages = `{"do_resize":true,"size":{"shortest_edge":8},"resample":2,
		"do_center_crop":true,"crop_size":{"height":8,"width":8},"do_rescale":true,"do_normalize":false}`
	siglipConfig = `{"model_type":"siglip",
		"text_config":{"model_type":"siglip_text_model","max_position_embeddings":12},
		"vision_config":{"model_type":"siglip_vision_model"}}`
	siglipImages = `{"do_resize":true,"size":{"height":8,"width":8},"resample":3,"do_rescale":true,
		"do_normalize":true,"image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5]}`
	openConfig = `{"embed_dim":6,
		"vision_cfg":{"image_size":8,"layers":12,"width":768,"patch_size":16},
		"text_cfg":{"context_length":12,"vocab_size":49408}}`
	openImages = `{"size":[8,8],"mode":"RGB",
		"mean":[0.48145466,0.4578275,0.40821073],"std":[0.26862954,0.26130258,0.27577711],
		"interpolation":"bicubic","resize_mode":"shortest","fill_color":0}`
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
	out[dir+"vocab.json"] = &fstest.MapFile{Data: []byte(vocab)}
	out[dir+"merges.txt"] = &fstest.MapFile{Data: []byte(lines)}
	if files[dir+"tokenizer.json"] != "" {
		delete(out, dir+"vocab.json")
		delete(out, dir+"merges.txt")
	}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}
