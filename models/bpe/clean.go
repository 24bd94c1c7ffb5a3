package bpe

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/fedpurel/fedpurel/models/hftoken"
)

// repairs are the replacements of ftfy that change no meaning: curly quotes, Latin ligatures.
var repairs = strings.NewReplacer(
	"‘", "'", "’", "'", "‚", "'", "‛", "'", "ʼ", "'", "“", `"`, "”", `"`, "„", `"`, "‟", `"`,
	"ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "ﬅ", "ſt", "ﬆ", "st", "Ĳ", "IJ", "ĳ", "ij",
	"Ǆ", "DŽ", "ǅ", "Dž", "ǆ", "dž", "Ǉ", "LJ", "ǈ", "Lj", "ǉ", "lj", "Ǌ", "NJ", "ǋ", "Nj", "ǌ", "nj",
	"Ǳ", "DZ", "ǲ", "Dz", "ǳ", "dz", "\u2028", "\n", "\u2029", "\n",
)

// cleaners are the normal forms of texts.
var cleaners = map[Mode]func(string) string{OpenAI: cleanOpenAI, HuggingFace: cleanHuggingFace}

// cleanHuggingFace is the normalizer of the tokenizer.json that Hugging Face publishes for CLIP.
func cleanHuggingFace(text string) string {
	return hftoken.Lower(blanks(norm.NFC.String(strings.ToValidUTF8(text, "\ufffd"))))
}

// cleanOpenAI is the cleaning of OpenAI's tokenizer: ftfy's repairs, HTML entities resolved twice, blanks, lower case.
// Of ftfy it does what class names and prompts meet: text decoded in the wrong way, NFC, straight quotes, ligatures,
// full-width forms, control characters.
func cleanOpenAI(text string) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	if strings.ContainsRune(text, '&') && !strings.ContainsRune(text, '<') {
		text = html.UnescapeString(text)
	}
	text = redecode(text)
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
	return lower(html.UnescapeString(html.UnescapeString(text)))
}

// lower collapses blanks and takes lower-case letters, as Python does, which looks at a letter's neighbours.
func lower(text string) string { return cases.Lower(language.Und).String(blanks(text)) }

// blanks makes one blank of each stretch of them.
func blanks(text string) string { return strings.Join(strings.FieldsFunc(text, unicode.IsSpace), " ") }

// redecode undoes the reading of UTF-8 as Windows-1252: "â€œ" was a quotation mark. It acts if all of the text can be
// such a reading, which sensible text practically never can.
func redecode(text string) string {
	for range 3 {
		var raw []byte
		for _, r := range text {
			b, ok := charmap.Windows1252.EncodeRune(r)
			if !ok && r < 0x100 { // the five bytes that Windows-1252 leaves open
				b, ok = byte(r), true
			}
			if !ok {
				return text
			}
			raw = append(raw, b)
		}
		if string(raw) == text || !utf8.Valid(raw) {
			return text
		}
		text = string(raw)
	}
	return text
}
