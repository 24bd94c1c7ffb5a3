package bpe

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/fedpurel/fedpurel/tools/fixture"
	"github.com/fedpurel/fedpurel/train/fault"
)

// TestReference compares with OpenAI's tokenizer and Hugging Face's, and with ids that the latter publishes.
func TestReference(t *testing.T) {
	dir := filepath.Dir(fixture.Path(t, "data/clip/clip_tokens.json"))
	data, err := os.ReadFile(filepath.Join(dir, "clip_tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	type example struct {
		Text   string  `json:"text"`
		IDs    []int64 `json:"ids"`
		Cut    []int64 `json:"ids_truncated_77"`
		HF     []int64 `json:"ids_hf_normalizer"`
		OpenAI []int64 `json:"ids_openai_reference"`
	}
	var file struct {
		Cases     []example `json:"cases"`
		Published struct {
			Cases []example `json:"cases"`
		} `json:"hf_published_cases"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) < 50 || len(file.Published.Cases) < 20 {
		t.Errorf("only %d and %d cases", len(file.Cases), len(file.Published.Cases))
	}
	or := func(a, b []int64) []int64 {
		if a != nil {
			return a
		}
		return b
	}
	for _, mode := range []Mode{OpenAI, HuggingFace} {
		tok, err := Load(os.DirFS(dir), Options{Mode: mode, Pad: -1})
		if err != nil {
			t.Fatal(err)
		}
		if tok.Size() != 49408 || tok.Pad() != 49407 {
			t.Errorf("%d entries, padded with %d", tok.Size(), tok.Pad())
		}
		// For this text the file has OpenAI's ids alone. Hugging Face's tokenizers lower letters one by one, so
		// that a sigma at the end of a word is a plain one (seen with tokenizers 0.22:
		// Lowercase().normalize_str("ΑΣ") is "ασ").
		own := map[string][]int64{"ΑΣ ΟΔΟΣ": {49406, 138, 109, 139, 481, 138, 123, 138, 112, 138, 123, 139, 481, 49407}}
		check := func(text string, want []int64) {
			got, cut := tok.encode(text, 77)
			if cut != (len(want) > 77) {
				t.Errorf("%s %q: truncated %v", mode, text, cut)
			}
			if cut {
				want = append(slices.Clone(want[:76]), 49407)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s %q:\n got %v\nwant %v", mode, text, got, want)
			}
		}
		for _, c := range file.Cases {
			switch {
			case c.Cut != nil:
				if got, length, cut, err := tok.Encode(c.Text, 77); err != nil || !cut || length != 77 ||
					!slices.Equal(got, c.Cut) {
					t.Errorf("%q: %v, %v", c.Text, got, err)
				}
			case mode == HuggingFace:
				check(c.Text, or(own[c.Text], or(c.HF, c.IDs)))
			default:
				check(c.Text, c.IDs)
			}
		}
		for _, c := range file.Published.Cases {
			if mode == OpenAI {
				check(c.Text, or(c.OpenAI, c.IDs))
			} else {
				check(c.Text, c.IDs)
			}
		}
	}
}

var smallMerges = [][2]string{{"c", "a"}, {"ca", "t</w>"}, {"a", "t</w>"}, {"1", "2</w>"}}

// small returns one small vocabulary in all three formats. In OpenAI's the ids follow from the order.
func small() map[string]fstest.MapFS {
	ids := map[string]int64{}
	for _, end := range []string{"", wordEnd} {
		for _, b := range append(slices.Clone(direct), others...) {
			ids[symbolOf[b]+end] = int64(len(ids))
		}
	}
	lines, pairs := "#version: 0.2\n", [][2]string{}
	for _, m := range smallMerges {
		ids[m[0]+m[1]] = int64(len(ids))
		lines += m[0] + " " + m[1] + "\n"
		pairs = append(pairs, m)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	fmt.Fprint(w, lines)
	w.Close()
	ids["<|startoftext|>"] = int64(len(ids))
	ids["<|endoftext|>"] = int64(len(ids))
	vocab, _ := json.Marshal(ids)
	single, _ := json.Marshal(map[string]any{
		"model":        map[string]any{"vocab": ids, "merges": pairs},
		"added_tokens": []any{map[string]any{"id": 0, "content": "!"}},
	})
	return map[string]fstest.MapFS{
		"pair":   {"vocab.json": {Data: vocab}, "merges.txt": {Data: []byte(lines)}},
		"single": {"tokenizer.json": {Data: single}},
		"openai": {openAIGz: {Data: packed.Bytes()}},
	}
}

func TestFormatsAgree(t *testing.T) {
	for name, fsys := range small() {
		tok, err := Load(fsys, Options{Pad: -1})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, length, cut, err := tok.Encode("  Cat&amp;cat 12 ", 12)
		if err != nil || cut || length != 7 {
			t.Fatal(name, length, cut, err)
		}
		id := func(s string) int64 { return tok.ids[s] }
		want := []int64{tok.start, id("cat</w>"), id("&</w>"), id("cat</w>"), id("1</w>"), id("2</w>"), tok.end}
		for len(want) < 12 {
			want = append(want, tok.end)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		got, _, cut, _ = tok.Encode("cat cat cat cat", 4)
		if !cut || !slices.Equal(got, []int64{tok.start, id("cat</w>"), id("cat</w>"), tok.end}) {
			t.Errorf("%s: cut to %v (%v)", name, got, cut)
		}
		if _, _, _, err := tok.Encode("a <|EndOfText|> b", 12); fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: mark in the text: %v", name, err)
		}
	}
}

func TestBadVocabularies(t *testing.T) {
	good := small()["pair"]
	vocab := string(good["vocab.json"].Data)
	with := func(v, m string) fstest.MapFS {
		return fstest.MapFS{"vocab.json": {Data: []byte(v)}, "merges.txt": {Data: []byte(m)}}
	}
	changed := func(old, new string) fstest.MapFS { return with(strings.ReplaceAll(vocab, old, new), "c a\n") }
	torn := &fstest.MapFile{Data: small()["openai"][openAIGz].Data[:40]}
	for name, c := range map[string]struct {
		fsys fstest.MapFS
		kind fault.Kind
		say  string
	}{
		"nothing":        {fstest.MapFS{}, fault.Missing, "tokenizer.json"},
		"no merges":      {fstest.MapFS{"vocab.json": good["vocab.json"]}, fault.Missing, "merges.txt"},
		"no JSON":        {with("<html>", "a b"), fault.Corrupt, "vocab.json"},
		"unknown result": {with(vocab, "x y\n"), fault.Corrupt, "xy"},
		"three symbols":  {with(vocab, "c a t\n"), fault.Corrupt, "line 1"},
		"no marks":       {changed("endoftext", "eot"), fault.Corrupt, "<|endoftext|>"},
		"end not last":   {changed(`"cat\u003c/w\u003e":513`, `"cat\u003c/w\u003e":9999`), fault.Corrupt, "9999"},
		"lacks a byte":   {changed(`"q":`, `"qq":`), fault.Corrupt, `"q"`},
		"torn gzip":      {fstest.MapFS{openAIGz: torn}, fault.Corrupt, openAIGz},
	} {
		if _, err := Load(c.fsys, Options{}); fault.KindOf(err) != c.kind || err == nil ||
			!strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What fills up texts comes from tokenizer.json, else from tokenizer_config.json, else from the caller.
func TestPadding(t *testing.T) {
	fsys := small()["pair"]
	for _, c := range []struct {
		config, single string
		fallback, want int64
	}{
		{"", "", -1, 517},
		{"", "", 0, 0},
		{`{"pad_token":"!"}`, "", -1, 0},
		{`{"pad_token":{"content":"a"}}`, "", -1, 64},
		{`{"pad_token":null}`, "", 3, 3},
		{`{"pad_token":"!"}`, `{"padding":{"pad_id":7}}`, -1, 7},
		{`{"pad_token":"nowhere"}`, "", -1, -1},
		{"", `{"padding":{"pad_id":9999}}`, -1, -1},
		{"[", "", -1, -1},
	} {
		delete(fsys, "tokenizer.json")
		delete(fsys, "tokenizer_config.json")
		if c.config != "" {
			fsys["tokenizer_config.json"] = &fstest.MapFile{Data: []byte(c.config)}
		}
		if c.single != "" {
			fsys["tokenizer.json"] = &fstest.MapFile{Data: []byte(c.single)}
		}
		tok, err := Load(fsys, Options{Pad: c.fallback})
		if c.want < 0 {
			if fault.KindOf(err) != fault.Corrupt {
				t.Errorf("%+v: %v", c, err)
			}
			continue
		}
		if err != nil || tok.Pad() != c.want {
			t.Errorf("%+v: %v, %v", c, tok, err)
			continue
		}
		if ids, _, _, _ := tok.Encode("cat", 4); ids[3] != c.want {
			t.Errorf("%+v: %v", c, ids)
		}
	}
}

func FuzzEncode(f *testing.F) {
	tok, err := Load(small()["pair"], Options{Pad: -1})
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"", "a cat", "\xff\xfe", "İ ς 's 1234", "&amp;lt;", strings.Repeat("x", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ids, _, _, err := tok.Encode(s, 24)
		if err != nil {
			return
		}
		if len(ids) != 24 || ids[0] != tok.start || ids[23] != tok.end || tok.Pad() != tok.end {
			t.Errorf("%q: %v", s, ids)
		}
		for _, id := range ids[1:] {
			if id == tok.start || id < 0 {
				t.Errorf("%q: %v", s, ids)
			}
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{"a":1}`), []byte("a b\n"))
	f.Fuzz(func(t *testing.T, vocab, merges []byte) {
		_, _ = Load(fstest.MapFS{"vocab.json": {Data: vocab}, "merges.txt": {Data: merges}}, Options{})
		_, _ = Load(fstest.MapFS{"tokenizer.json": {Data: vocab}}, Options{})
		_, _ = Load(fstest.MapFS{openAIGz: {Data: vocab}}, Options{})
	})
}
