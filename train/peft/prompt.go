package peft

import (
	"math/rand/v2"
	"sync"

	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Prompt are the options of a learned prompt.
type Prompt struct {
	Tokens int    `json:"prompt_tokens" usage:"number of learned context tokens before a class name"`
	Start  string `json:"prompt_start" usage:"words that the context starts from, as: a photo of a; none: N(0, 0.02²)"`
}

// mostTokens bounds contexts: it is beyond the positions of any tower.
const mostTokens = 1 << 10

// Validate reports the first option out of range.
func (o Prompt) Validate() error {
	if o.Tokens < 1 || o.Tokens > mostTokens {
		return fault.Usagef("peft: prompt tokens %d must be from 1 to %d", o.Tokens, mostTokens)
	}
	return nil
}

// prompt is a learned context in the frozen text tower g, which all classes share (CoOp, Zhou et al., IJCV 2022), or of
// which each class has one:
//
//	t_c = g(Begin, ctx, Names[c], End),  t'_c = t_c/‖t_c‖,  ℓ = s T' x̂
//
// Shapes: ctx (n,D), or (C,n·D), a row for each class  x (B,E)  T,T' (C,E), where D is the width of the tower's tokens.
type prompt struct {
	head    Head
	tokens  int  // n
	own     bool // a context for each class
	worded  bool // the context starts from words
	ctx     Tensor
	tensors Layout
	once    sync.Once
	texts   *encoder.Prompts
}

// newPrompt reads sizes alone. Without an inside, of a head that stands for layouts, D is that of the class texts.
func newPrompt(h Head, o Prompt, own bool) *prompt {
	width := h.Text.Cols
	if h.Inside != nil {
		width = h.Inside.Text.Width
	}
	t := Tensor{Name: "ctx", Rows: o.Tokens, Cols: width}
	if own {
		t.Rows, t.Cols = h.Text.Rows, o.Tokens*width
	}
	l := layout(t)
	return &prompt{head: h, tokens: o.Tokens, own: own, worded: o.Start != "", ctx: l[0], tensors: l}
}

func (p *prompt) Layout() Layout { return p.tensors }

// Init draws from N(0, 0.02²), or takes the tokens of the words.
func (p *prompt) Init(v []float32, rng *rand.Rand) {
	for i := range v {
		v[i] = float32(0.02 * rng.NormFloat64())
	}
	p.Anchor(v)
}

// Anchor takes the tokens of the words: the prompt is then the one that people wrote. A context that starts from no
// words has no zero-shot point, see Anchored, and stays as it is.
func (p *prompt) Anchor(v []float32) {
	if !p.worded {
		return
	}
	text, ctx := p.head.Inside.Text, p.contexts(v)
	for i := range ctx.Rows {
		copy(ctx.Row(i), text.Tower.Token(text.Words[i%p.tokens]))
	}
}

func (p *prompt) anchored() bool { return p.worded }

// Anchored says whether a module's Anchor reaches parameters at which it predicts zero-shot: all do but prompts that
// start from no words. Those that do are the hand-written prompt at their anchor, which is the zero-shot classifier
// where the class texts are of that prompt alone.
func Anchored(m Module) bool {
	a, may := m.(interface{ anchored() bool })
	return !may || a.anchored()
}

// frugalFrom is how many tokens a prompt's texts have, where what they have in common counts once, from which on passes
// keep less and compute more. Passes of fewer keep at most some 400 MB in the largest towers.
const frugalFrom = 1 << 10

// prepared does what does not depend on the context, once. Several goroutines may ask for it.
func (p *prompt) prepared() *encoder.Prompts {
	p.once.Do(func() {
		in := p.head.Inside
		p.texts = in.Text.Tower.Prompts(in.work(nil), in.Text.read(p.tokens, p.own), p.rows())
		p.texts.Frugal = p.texts.Nodes() >= frugalFrom
	})
	return p.texts
}

// read are the classes' texts as a tower reads them, with a context of n tokens for all, or for each.
func (t TextTower) read(n int, own bool) [][]int {
	texts := make([][]int, len(t.Names))
	for c, name := range t.Names {
		text := append([]int{}, t.Begin...)
		first := 0
		if own {
			first = c * n
		}
		for j := range n {
			text = append(text, -1-first-j)
		}
		texts[c] = append(append(text, name...), t.End...)
	}
	return texts
}

// rows is the number of tokens of all contexts.
func (p *prompt) rows() int {
	if p.own {
		return p.ctx.Rows * p.tokens
	}
	return p.tokens
}

// contexts are parameters, or a gradient, with a token in each row.
func (p *prompt) contexts(v []float32) f32.Matrix { return f32.Of(p.rows(), len(v)/p.rows(), v) }

func (p *prompt) At(m *f32.Arena, v []float32) Bound { return p.at(m, v) }

func (p *prompt) Texts(m *f32.Arena, v []float32) Texts { return p.at(m, v) }

// at lets the texts through the tower.
func (p *prompt) at(m *f32.Arena, v []float32) *promptAt {
	pass := p.prepared().Forward(p.head.Inside.work(m), p.contexts(v))
	unit, length := normalise(m, pass.Features)
	return &promptAt{p, pass, Head{Text: unit, Scale: p.head.Scale}, length}
}
