// Package bpe is CLIP's tokenizer: lower-cased text, split into words, encoded as byte pairs.
//
// A vocabulary comes in the formats that model folders hold: vocab.json with merges.txt, tokenizer.json (both Hugging
// Face), or bpe_simple_vocab_16e6.txt.gz (OpenAI). It may be of any size; ids are those of the file.
package bpe

import (
	"html"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Tokenizer turns texts into token ids. It is read-only and safe for concurrent use.
type Tokenizer struct {
	ids        map[string]int64 // symbol → id; a symbol at a word's end carries "</w>"
	ranks      map[[2]string]int
	start, end int64
	marks      [2]string // how the vocabulary spells start and end
}

// Size is the number of entries of the vocabulary.
func (t *Tokenizer) Size() int { return len(t.ids) }

// words splits a text that is lower-cased already: contractions, runs of letters, single digits, runs of the rest.
var words = regexp.MustCompile(`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`)

// Encode returns exactly context ids: start, the text, end, padded with end. A longer text is cut, and truncated says
// so. A text that spells the start or end mark is refused, since it would move the place where the encoder reads.
//
// The reference is OpenAI's tokenizer: HTML entities are resolved twice, blanks collapse, letters become lower case.
// Of ftfy's repairs it performs the ones that need no guessing: NFC, straight quotes, ligatures, full-width forms,
// control characters. Text in a wrong encoding stays as it is.
func (t *Tokenizer) Encode(text string, context int) (ids []int64, truncated bool, err error) {
	if context < 2 {
		panic("bpe: a context holds at least start and end")
	}
	clean := clean(text)
	for _, mark := range t.marks {
		if strings.Contains(clean, mark) {
			return nil, false, fault.Usagef("bpe: the text holds the mark %s; remove it", mark)
		}
	}
	ids = append(make([]int64, 0, context), t.start)
	for _, word := range words.FindAllString(clean, -1) {
		ids = t.encodeWord(ids, word)
	}
	ids = append(ids, t.end)
	if len(ids) > context {
		ids, truncated = ids[:context], true
		ids[context-1] = t.end
	}
	for len(ids) < context {
		ids = append(ids, t.end)
	}
	return ids, truncated, nil
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

// repairs are the replacements of ftfy that change no meaning: curly quotes, Latin ligatures.
var repairs = strings.NewReplacer(
	"‘", "'", "’", "'", "‚", "'", "‛", "'", "ʼ", "'", "“", `"`, "”", `"`, "„", `"`, "‟", `"`,
	"ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "ﬅ", "ſt", "ﬆ", "st", "Ĳ", "IJ", "ĳ", "ij",
	"Ǆ", "DŽ", "ǅ", "Dž", "ǆ", "dž", "Ǉ", "LJ", "ǈ", "Lj", "ǉ", "lj", "Ǌ", "NJ", "ǋ", "Nj", "ǌ", "nj", "Ǳ", "DZ", "ǲ", "Dz", "ǳ", "dz", "\u2028", "\n", "\u2029", "\n",
)

// clean is the normal form of a text.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	if strings.ContainsRune(text, '&') && !strings.ContainsRune(text, '<') {
		text = html.UnescapeString(text)
	}
	text = repairs.Replace(text)
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\u3000':
			return ' '
		case r >= 0xff01 && r <= 0xff5e: // full-width forms of ASCII
			return r - 0xfee0
		case r == '\n' || r == '\t' || r == '\r' || r == '\f':
			return ' '
		case unicode.IsControl(r) || r == '\ufeff' || (r >= 0xfff9 && r <= 0xfffc) || (r >= 0x206a && r <= 0x206f):
			return -1
		}
		return r
	}, text)
	text = norm.NFC.String(text)
	text = html.UnescapeString(html.UnescapeString(text))
	text = strings.Join(strings.FieldsFunc(text, unicode.IsSpace), " ")
	return cases.Lower(language.Und).String(text)
}
