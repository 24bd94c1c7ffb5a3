// Package bpe is CLIP's tokenizer: lower-cased text, split into words, encoded as byte pairs. Load reads a folder's
// vocabulary, Encode gives the ids of a text.
//
// A vocabulary comes in the formats that model folders hold: vocab.json with merges.txt, tokenizer.json (both Hugging
// Face), or bpe_simple_vocab_16e6.txt.gz (OpenAI). It may be of any size; ids are those of the file.
package bpe

import (
	"regexp"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Mode is the way in which a text is cleaned before it is split.
type Mode string

// The modes. They give the same ids for plain English names.
const (
	OpenAI      Mode = "openai" // OpenAI's and open_clip's: repairs, HTML entities resolved
	HuggingFace Mode = "hf"     // normal form and blanks only
)

// Tokenizer turns texts into token ids. It is read-only and safe for concurrent use.
type Tokenizer struct {
	ids        map[string]int64 // symbol → id; a symbol at a word's end carries "</w>"
	ranks      map[[2]string]int
	start, end int64
	pad        int64
	marks      [2]string // how the vocabulary spells start and end
	clean      func(string) string
	words      *regexp.Regexp
}

// Size is the number of entries of the vocabulary.
func (t *Tokenizer) Size() int { return len(t.ids) }

// Pad is the id that fills up texts.
func (t *Tokenizer) Pad() int64 { return t.pad }

// Encode returns exactly context ids: start, the text, end, padding; length is how many come before the padding. A
// longer text is cut, and truncated says so. A text that spells the start or end mark is refused, since it would move
// the place where the encoder reads.
func (t *Tokenizer) Encode(text string, context int) (ids []int64, length int, truncated bool, err error) {
	for _, mark := range t.marks {
		if strings.Contains(t.clean(text), mark) {
			return nil, 0, false, fault.Usagef("bpe: the text holds the mark %s; remove it", mark)
		}
	}
	ids, truncated = t.encode(text, context)
	length = len(ids)
	for len(ids) < context {
		ids = append(ids, t.pad)
	}
	return ids, length, truncated, nil
}

// encode returns start, the text and end, cut to context.
func (t *Tokenizer) encode(text string, context int) (ids []int64, truncated bool) {
	if context < 2 {
		panic("bpe: a context holds at least start and end")
	}
	ids = append(make([]int64, 0, context), t.start)
	for _, word := range t.words.FindAllString(t.clean(text), -1) {
		switch word {
		case t.marks[0]:
			ids = append(ids, t.start)
		case t.marks[1]:
			ids = append(ids, t.end)
		default:
			ids = t.encodeWord(ids, word)
		}
	}
	ids = append(ids, t.end)
	if len(ids) > context {
		ids, truncated = ids[:context], true
		ids[context-1] = t.end
	}
	return ids, truncated
}

// splitter matches the words of a clean text: marks, contractions, runs of letters, single digits, runs of the rest.
func splitter(marks [2]string) *regexp.Regexp {
	return regexp.MustCompile(regexp.QuoteMeta(marks[0]) + "|" + regexp.QuoteMeta(marks[1]) +
		`|(?i:'s|'t|'re|'ve|'m|'ll|'d)|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`)
}

// encodeWord appends the ids of one word: its bytes as symbols, then again and again the adjacent pair of the lowest
// rank merged wherever it occurs.
func (t *Tokenizer) encodeWord(ids []int64, word string) []int64 {
	symbols := make([]string, 0, len(word))
	for i := range len(word) {
		symbols = append(symbols, symbolOf[word[i]])
	}
	symbols[len(symbols)-1] += wordEnd
	for len(symbols) > 1 {
		best, found := 0, [2]string{}
		for i := range len(symbols) - 1 {
			pair := [2]string{symbols[i], symbols[i+1]}
			if rank, ok := t.ranks[pair]; ok && (found == [2]string{} || rank < best) {
				best, found = rank, pair
			}
		}
		if found == [2]string{} {
			break
		}
		merged := symbols[:0]
		for i := 0; i < len(symbols); i++ {
			if i+1 < len(symbols) && symbols[i] == found[0] && symbols[i+1] == found[1] {
				merged = append(merged, found[0]+found[1])
				i++
			} else {
				merged = append(merged, symbols[i])
			}
		}
		symbols = merged
	}
	for _, s := range symbols {
		ids = append(ids, t.ids[s])
	}
	return ids
}
