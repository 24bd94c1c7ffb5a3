package bpe

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

const (
	wordEnd  = "</w>"
	maxBytes = 64 << 20 // of a vocabulary file, unpacked
	openAIGz = "bpe_simple_vocab_16e6.txt.gz"
	// openAIMarks is the id of the start mark in OpenAI's vocabulary: the number of byte symbols and merges before it.
	openAIMarks = 49406
)

// symbolOf maps every byte to a printable symbol: 188 bytes stand for themselves as code points, the others, in rising
// order, for U+0100 and up. direct lists the former in the order of CLIP's ids.
var symbolOf, direct, others = byteSymbols()

func byteSymbols() (table [256]string, direct, others []byte) {
	for b := range 256 {
		if (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174 {
			table[b] = string(rune(b))
			direct = append(direct, byte(b))
		} else {
			table[b] = string(rune(0x100 + len(others)))
			others = append(others, byte(b))
		}
	}
	return table, direct, others
}

// Options say how texts become ids, beside the vocabulary.
type Options struct {
	Mode Mode  // "" is OpenAI
	Pad  int64 // fills up texts unless the folder's files say otherwise; −1 is the end mark
}

// Load reads the vocabulary of a model folder: vocab.json with merges.txt, else tokenizer.json, else OpenAI's file.
func Load(fsys fs.FS, o Options) (*Tokenizer, error) {
	if o.Mode == "" {
		o.Mode = OpenAI
	}
	if cleaners[o.Mode] == nil {
		return nil, fault.Unknown("bpe: unknown mode", string(o.Mode), []string{string(OpenAI), string(HuggingFace)})
	}
	loaders := []struct {
		file string
		load func(fs.FS, []byte) (map[string]int64, [][2]string, error)
	}{{"vocab.json", loadPair}, {"tokenizer.json", loadSingle}, {openAIGz, loadOpenAI}}
	var names []string
	for _, l := range loaders {
		data, err := readFile(fsys, l.file)
		if errors.Is(err, fs.ErrNotExist) {
			names = append(names, l.file)
			continue
		} else if err != nil {
			return nil, fault.Corruptf("bpe: read %s: %w", l.file, err)
		}
		ids, merges, err := l.load(fsys, data)
		if err == nil {
			var t *Tokenizer
			if t, err = build(ids, merges); err == nil {
				t.clean, t.words = cleaners[o.Mode], splitter(t.marks)
				t.pad, err = padding(fsys, t, o.Pad)
				return t, err
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fault.Missingf("bpe: read %s: %w", l.file, err)
		}
		return nil, fault.Corruptf("bpe: read %s: %w: take the tokenizer files from the model's own folder again",
			l.file, err)
	}
	return nil, fault.Missingf("bpe: the model folder has no vocabulary (looked for %s): "+
		"copy the tokenizer files into it; for CLIP, OpenAI's "+openAIGz+" will do, for other encoders take "+
		"--text-features", strings.Join(names, ", "))
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f)
}

func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err == nil && len(data) > maxBytes {
		err = fmt.Errorf("it has more than %d bytes", maxBytes)
	}
	return data, err
}

// build checks that the vocabulary can spell every text and that the encoder will find the end of it: the end mark must
// have the largest id, since text towers read at the position of the maximum.
func build(ids map[string]int64, merges [][2]string) (*Tokenizer, error) {
	t := &Tokenizer{ids: ids, ranks: make(map[[2]string]int, len(merges)), start: -1, end: -1}
	for _, marks := range [][2]string{{"<|startoftext|>", "<|endoftext|>"}, {"<start_of_text>", "<end_of_text>"}} {
		start, ok1 := ids[marks[0]]
		end, ok2 := ids[marks[1]]
		if ok1 && ok2 {
			t.start, t.end, t.marks = start, end, marks
			break
		}
	}
	if t.end < 0 {
		return nil, errors.New("it has no <|startoftext|> and <|endoftext|>")
	}
	seen := make(map[int64]bool, len(ids))
	for symbol, id := range ids {
		if id < 0 || id > t.end || seen[id] {
			return nil, fmt.Errorf("the id %d of %.20q is negative, used twice, or beyond the end mark's %d",
				id, symbol, t.end)
		}
		seen[id] = true
	}
	made := make(map[string]bool, len(ids)) // byte symbols and what merges make of them
	for _, s := range symbolOf {
		for _, end := range []string{"", wordEnd} {
			made[s+end] = true
			if _, ok := ids[s+end]; !ok {
				return nil, fmt.Errorf("it lacks the byte symbol %q: it is not CLIP's kind of vocabulary", s+end)
			}
		}
	}
	for i, m := range merges {
		for _, s := range []string{m[0], m[1], m[0] + m[1]} {
			if _, ok := ids[s]; !ok {
				return nil, fmt.Errorf("merge %d (%.20q %.20q) needs %.40q, which has no id", i+1, m[0], m[1], s)
			}
		}
		if _, dup := t.ranks[m]; !dup {
			t.ranks[m] = i
		}
		made[m[0]+m[1]] = true
	}
	for symbol := range ids {
		if special := strings.HasPrefix(symbol, "<") && strings.HasSuffix(symbol, ">"); !made[symbol] && !special {
			return nil, fmt.Errorf("no merge makes %.40q of the vocabulary: the list of merges is cut short, "+
				"or belongs to another", symbol)
		}
	}
	return t, nil
}
