package encoder

import (
	"fmt"
	"slices"

	"github.com/fedpurel/fedpurel/train/f32"
)

// TextWeights are those of a text tower: causal blocks over token and position embeddings, and the end token's last
// state, normalised and projected.
//
// Shapes: Tokens (V,D)  Positions (P,D)  Projection (E,D)
type TextWeights struct {
	Tokens, Positions f32.Matrix
	Blocks            []Weights
	Heads             int
	Activation        Activation
	Final             Norm
	Projection        Map
}

// Text is a frozen text tower, ready for many passes. Several goroutines may use it.
type Text struct {
	tokens, positions f32.Matrix
	kept              map[int]int // rows of tokens, by id; nil: all are there
	blocks            []*Block
	head              head
}

// head is the norm and the linear map behind the last block:  f = P LN x.
type head struct {
	eps        float64
	projection linear
}

func newHead(n Norm, projection Map) head { return head{n.Eps, newLinear(projection.after(n))} }

// NewText lays out the weights. It keeps the embeddings, which must not change.
func NewText(w TextWeights) *Text {
	if len(w.Blocks) == 0 {
		panic("encoder: a tower without blocks")
	}
	t := &Text{tokens: w.Tokens, positions: w.Positions, head: newHead(w.Final, w.Projection)}
	for _, b := range w.Blocks {
		t.blocks = append(t.blocks, NewBlock(b, w.Heads, w.Activation, false))
	}
	return t
}

// Width is D, that of the tokens and of contexts.
func (t *Text) Width() int { return t.tokens.Cols }

// Embedding is E, the width of the features.
func (t *Text) Embedding() int { return t.head.projection.forth.Rows }

// Token is the embedding of a token, without its position: what a context that is started from words starts from.
func (t *Text) Token(id int) []float32 {
	row, there := t.row(id)
	if !there {
		panic("encoder: a token that is not there")
	}
	return t.tokens.Row(row)
}

// row is where a token's embedding lies.
func (t *Text) row(id int) (row int, there bool) {
	if t.kept == nil {
		return id, id >= 0 && id < t.tokens.Rows
	}
	row, there = t.kept[id]
	return row, there
}

// Keep forgets the embeddings of all tokens but these: a vocabulary is as large as half of the blocks, and class names
// need little of it. No goroutine may use the tower meanwhile.
func (t *Text) Keep(ids ...int) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	kept, tokens := map[int]int{}, f32.New(len(ids), t.Width())
	for i, id := range ids {
		kept[id] = i
		copy(tokens.Row(i), t.Token(id))
	}
	t.kept, t.tokens = kept, tokens
}

// Check reports the first text that the tower cannot read: an empty one, one that is longer than the positions, a token
// beyond the vocabulary, a row beyond the context's.
func (t *Text) Check(texts [][]int, context int) error {
	for c, text := range texts {
		if len(text) == 0 || len(text) > t.positions.Rows {
			return fmt.Errorf("encoder: text %d has %d tokens; the tower reads 1 to %d", c, len(text), t.positions.Rows)
		}
		for _, id := range text {
			if _, there := t.row(id); !there && (id >= 0 || id < -context) {
				return fmt.Errorf("encoder: text %d has the token %d, which is neither among the tower's %d tokens "+
					"nor in the context of %d", c, id, t.tokens.Rows, context)
			}
		}
	}
	return nil
}
