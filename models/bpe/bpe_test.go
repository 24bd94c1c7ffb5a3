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

// elsewhere are texts on which this tokenizer differs on purpose: wrongly decoded text, which ftfy repairs by guessing,
// and texts that Hugging Face leaves alone where OpenAI's cleaning drops a control character or a full-width form.
var elsewhere = map[string]bool{
	"\u00e2\u20ac\u0153quoted\u00e2\u20ac\u009d": true, "1\x002\ufffd3": true, "weird \uff5e edge \uff5e case": true,
}

// TestReference compares with OpenAI's tokenizer and with ids that Hugging Face publishes.
func TestReference(t *testing.T) {
	dir := filepath.Dir(fixture.Path(t, "data/clip/clip_tokens.json"))
	tok, err := Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	if tok.Size() != 49408 {
		t.Errorf("%d entries", tok.Size())
	}
	data, err := os.ReadFile(filepath.Join(dir, "clip_tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	type example struct {
		Text  string  `json:"text"`
		IDs   []int64 `json:"ids"`
		Cut   []int64 `json:"ids_truncated_77"`
		NoFix []int64 `json:"ids_without_ftfy"`
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
	check := func(kind string, c example) {
		if elsewhere[c.Text] {
			return
		}
		want := c.IDs
		if len(want) > 77 {
			c.Cut = append(slices.Clone(want[:76]), 49407)
		}
		if c.Cut != nil {
			want = c.Cut
		}
		got, cut, err := tok.Encode(c.Text, 77)
		if err != nil {
			if !strings.Contains(c.Text, "<|") {
				t.Errorf("%s %q: %v", kind, c.Text, err)
			}
			return
		}
		if cut != (c.Cut != nil) {
			t.Errorf("%s %q: truncated %v", kind, c.Text, cut)
		}
		n := min(len(want), 77)
		if !slices.Equal(got[:n], want[:n]) {
			t.Errorf("%s %q:\n got %v\nwant %v", kind, c.Text, got[:n], want)
		}
		for _, id := range got[n:] {
			if id != 49407 {
				t.Errorf("%s %q: padded with %d", kind, c.Text, id)
			}
		}
	}
	for _, c := range file.Cases {
		check("case", c)
	}
	for _, c := range file.Published.Cases {
		check("published", c)
	}
	if len(file.Cases) < 50 || len(file.Published.Cases) < 20 {
		t.Errorf("only %d and %d cases", len(file.Cases), len(file.Published.Cases))
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
	single, _ := json.Marshal(map[string]any{"model": map[string]any{"vocab": ids, "merges": pairs}, "added_tokens": []any{map[string]any{"id": 0, "content": "!"}}})
	return map[string]fstest.MapFS{
		"pair":   {"vocab.json": {Data: vocab}, "merges.txt": {Data: []byte(lines)}},
		"single": {"tokenizer.json": {Data: single}},
		"openai": {openAIGz: {Data: packed.Bytes()}},
	}
}

func TestFormatsAgree(t *testing.T) {
	for name, fsys := range small() {
		tok, err := Load(fsys)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, cut, err := tok.Encode("  Cat&amp;cat 12 ", 12)
		if err != nil || cut {
			t.Fatal(name, cut, err)
		}
		id := func(s string) int64 { return tok.ids[s] }
		want := []int64{tok.start, id("cat</w>"), id("&</w>"), id("cat</w>"), id("1</w>"), id("2</w>"), tok.end}
		for len(want) < 12 {
			want = append(want, tok.end)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		got, cut, _ = tok.Encode("cat cat cat cat", 4)
		if !cut || !slices.Equal(got, []int64{tok.start, id("cat</w>"), id("cat</w>"), tok.end}) {
			t.Errorf("%s: cut to %v (%v)", name, got, cut)
		}
		if _, _, err := tok.Encode("a <|EndOfText|> b", 12); fault.KindOf(err) != fault.Usage {
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
		"no marks":       {with(strings.ReplaceAll(vocab, "endoftext", "eot"), "c a\n"), fault.Corrupt, "<|endoftext|>"},
		"end not last":   {with(strings.Replace(vocab, `"cat\u003c/w\u003e":513`, `"cat\u003c/w\u003e":9999`, 1), "c a\n"), fault.Corrupt, "9999"},
		"lacks a byte":   {with(strings.Replace(vocab, `"q":`, `"qq":`, 1), "c a\n"), fault.Corrupt, `"q"`},
		"torn gzip":      {fstest.MapFS{openAIGz: {Data: small()["openai"][openAIGz].Data[:40]}}, fault.Corrupt, openAIGz},
	} {
		if _, err := Load(c.fsys); fault.KindOf(err) != c.kind || err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzEncode(f *testing.F) {
	tok, err := Load(small()["pair"])
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"", "a cat", "\xff\xfe", "İ ς 's 1234", "&amp;lt;", strings.Repeat("x", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ids, _, err := tok.Encode(s, 24)
		if err != nil {
			return
		}
		if len(ids) != 24 || ids[0] != tok.start || ids[23] != tok.end {
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
		_, _ = Load(fstest.MapFS{"vocab.json": {Data: vocab}, "merges.txt": {Data: merges}})
		_, _ = Load(fstest.MapFS{"tokenizer.json": {Data: vocab}})
		_, _ = Load(fstest.MapFS{openAIGz: {Data: vocab}})
	})
}
