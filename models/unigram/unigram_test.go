package unigram

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/fedpurel/fedpurel/models/hftoken"
	"github.com/fedpurel/fedpurel/train/fault"
)

// TestReference compares with the ids of Hugging Face's tokenizers on the same vocabulary; testdata/make.py writes
// them.
func TestReference(t *testing.T) {
	tok, err := Load(os.DirFS("testdata"), 1)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Text string
		IDs  []int64
	}
	if err := json.Unmarshal(data, &cases); err != nil || len(cases) < 20 {
		t.Fatal(len(cases), err)
	}
	for _, c := range cases {
		ids, length, cut, err := tok.Encode(c.Text, 64)
		if err != nil || cut || !slices.Equal(ids[:length], c.IDs) {
			t.Errorf("%q:\n got %v (%v, %v)\nwant %v", c.Text, ids[:min(length, len(ids))], cut, err, c.IDs)
		}
		for _, id := range ids[length:] {
			if id != 1 {
				t.Errorf("%q: padded with %d", c.Text, id)
			}
		}
	}
	ids, length, cut, _ := tok.Encode("a photo of a cat and a dog and a bird", 5)
	if !cut || length != 5 || ids[4] != 1 {
		t.Errorf("cut to %v", ids)
	}
}

func TestBadVocabularies(t *testing.T) {
	data, err := os.ReadFile("testdata/tokenizer.json")
	if err != nil {
		t.Fatal(err)
	}
	good := string(data)
	for name, c := range map[string]struct {
		from, to string
		say      string
	}{
		"byte pairs": {`"Unigram"`, `"BPE"`, "--text-features"},
		"no JSON":    {`{`, `<`, "invalid"},
		"normalizer": {`"Lowercase"`, `"Uppercase"`, "Uppercase"},
		"template":   {`"TemplateProcessing"`, `"Bert"`, "Bert"},
		"splitter":   {`"Metaspace"`, `"Whitespace"`, "Metaspace"},
		"mark":       {`"ids":[1]`, `"ids":[99999]`, "99999"},
		"pattern":    {`\\s+`, `(?=x)`, "pattern"},
	} {
		if !strings.Contains(good, c.from) {
			t.Fatalf("%s: %q is not in the file", name, c.from)
		}
		_, err := Load(fstest.MapFS{File: {Data: []byte(strings.Replace(good, c.from, c.to, 1))}}, 1)
		if fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Load(fstest.MapFS{}, 1); fault.KindOf(err) != fault.Missing {
		t.Errorf("absent: %v", err)
	}
	if !Is(os.DirFS("testdata")) || Is(fstest.MapFS{}) {
		t.Error("the kind is not recognised")
	}
}

// Texts are filled up as tokenizer.json says, else as tokenizer_config.json, else as the caller.
func TestPadding(t *testing.T) {
	file := `{"model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["</s>",0],["<pad>",0],["a",-1]]},
		"pre_tokenizer":{"type":"Metaspace"}PADDING}`
	for name, c := range map[string]struct {
		padding, config string
		want            int64
	}{
		"by the caller":    {"", "", 1},
		"by the config":    {"", `{"pad_token":"<pad>"}`, 2},
		"as an object":     {"", `{"pad_token":{"content":"<pad>"}}`, 2},
		"none":             {"", `{"pad_token":null}`, 1},
		"by the tokenizer": {`,"padding":{"pad_id":3}`, `{"pad_token":"<pad>"}`, 3},
	} {
		folder := fstest.MapFS{File: {Data: []byte(strings.Replace(file, "PADDING", c.padding, 1))}}
		if c.config != "" {
			folder[hftoken.ConfigFile] = &fstest.MapFile{Data: []byte(c.config)}
		}
		if tok, err := Load(folder, 1); err != nil || tok.Pad() != c.want {
			t.Errorf("%s: %v, %v", name, tok, err)
		}
	}
	folder := fstest.MapFS{
		File:               {Data: []byte(strings.Replace(file, "PADDING", "", 1))},
		hftoken.ConfigFile: {Data: []byte(`{"pad_token":"<other>"}`)},
	}
	if _, err := Load(folder, 1); fault.KindOf(err) != fault.Corrupt {
		t.Errorf("a pad token that is no piece: %v", err)
	}
}

func FuzzEncode(f *testing.F) {
	tok, err := Load(os.DirFS("testdata"), 1)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a cat")
	f.Add("\xff\xfe ▁▁")
	f.Fuzz(func(t *testing.T, s string) {
		ids, length, _, err := tok.Encode(s, 16)
		if err != nil || len(ids) != 16 || length < 1 || length > 16 || ids[length-1] != 1 {
			t.Errorf("%q: %v, %d, %v", s, ids, length, err)
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{"model":{"type":"Unigram","unk_id":0,"vocab":[["a",-1]]},"pre_tokenizer":{"type":"Metaspace"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tok, err := Load(fstest.MapFS{File: {Data: data}}, 0)
		if err == nil {
			tok.Encode("some text", 16)
		}
	})
}
