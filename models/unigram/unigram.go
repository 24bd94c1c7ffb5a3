// Package unigram is the tokenizer of SigLIP: sentence pieces, of which the most probable sequence is chosen (Kudo,
// ACL 2018). The vocabulary and the cleaning of texts are those of a Hugging Face tokenizer.json.
package unigram

import (
	"math"
	"strings"
	"unicode/utf8"
)

// Tokenizer turns texts into token ids. It is read-only and safe for concurrent use.
type Tokenizer struct {
	pieces    map[string]piece
	longest   int // bytes of the longest piece
	unknown   int64
	lowest    float64 // score of an unknown character
	clean     []func(string) string
	before    []int64 // ids around every text
	after     []int64
	pad       int64
	prependTo func(string) string
}

type piece struct {
	id    int64
	score float64 // log probability
}

// space stands for a blank within pieces.
const space = "▁"

// Size is the number of entries of the vocabulary.
func (t *Tokenizer) Size() int { return len(t.pieces) }

// Pad is the id that fills up texts.
func (t *Tokenizer) Pad() int64 { return t.pad }

// Encode returns exactly context ids: the text between the marks of the vocabulary, padded; length is how many come
// before the padding. A longer text is cut before the closing marks, and truncated says so.
func (t *Tokenizer) Encode(text string, context int) (ids []int64, length int, truncated bool, err error) {
	room := context - len(t.before) - len(t.after)
	if room < 1 {
		panic("unigram: a context holds at least one token and the marks")
	}
	for _, f := range t.clean {
		text = f(text)
	}
	middle := t.best(t.prependTo(text))
	if truncated = len(middle) > room; truncated {
		middle = middle[:room]
	}
	ids = append(append(append(make([]int64, 0, context), t.before...), middle...), t.after...)
	length = len(ids)
	for len(ids) < context {
		ids = append(ids, t.pad)
	}
	return ids, length, truncated, nil
}

// best is the segmentation of s with the greatest sum of scores. A character that no piece covers costs lowest, and
// neighbours of that kind become one unknown token.
func (t *Tokenizer) best(s string) []int64 {
	s = strings.ToValidUTF8(s, "\ufffd")
	type node struct {
		score float64
		from  int
		id    int64
	}
	nodes := make([]node, len(s)+1)
	for i := range nodes {
		nodes[i].score = math.Inf(-1)
	}
	nodes[0].score = 0
	for i := 0; i < len(s); {
		_, size := utf8.DecodeRuneInString(s[i:])
		single := false
		for j := i + size; j <= len(s) && j-i <= t.longest; {
			if p, ok := t.pieces[s[i:j]]; ok {
				single = single || j == i+size
				if v := nodes[i].score + p.score; v > nodes[j].score {
					nodes[j] = node{v, i, p.id}
				}
			}
			if j == len(s) {
				break
			}
			_, n := utf8.DecodeRuneInString(s[j:])
			j += n
		}
		if v := nodes[i].score + t.lowest; !single && v > nodes[i+size].score {
			nodes[i+size] = node{v, i, t.unknown}
		}
		i += size
	}
	var reversed []int64
	for i := len(s); i > 0; i = nodes[i].from {
		if id := nodes[i].id; id != t.unknown || len(reversed) == 0 || reversed[len(reversed)-1] != id {
			reversed = append(reversed, id)
		}
	}
	ids := make([]int64, len(reversed))
	for i, id := range reversed {
		ids[len(ids)-1-i] = id
	}
	return ids
}
