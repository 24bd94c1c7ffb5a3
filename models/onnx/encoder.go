//go:build cgo

package onnx

import (
	"errors"
	"fmt"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/graph"
)

// encoder runs the towers of a model. ONNX Runtime sessions may be run from several goroutines.
type encoder struct {
	model        *models.Model
	vision, text *session // the same if one file holds both towers; text is nil if the model was opened without it
	traits       models.Traits
}

// Open loads the towers of a model, runs them once on made-up input, and compares what they give with what the model's
// files say.
func Open(m *models.Model, o Options) (models.Encoder, error) {
	if _, err := Ready(o); err != nil {
		return nil, err
	}
	var err error
	e := &encoder{model: m}
	towers := []*models.Tower{m.Vision}
	if m.Text != nil && m.Text.File == m.Vision.File {
		towers = append(towers, m.Text)
	}
	if e.vision, err = load(m, o, towers...); err != nil {
		return nil, err
	}
	switch {
	case len(towers) == 2:
		e.text = e.vision
	case m.Text != nil:
		if e.text, err = load(m, o, m.Text); err != nil {
			return nil, errors.Join(err, e.Close())
		}
	}
	if err := e.probe(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	if o.Tap != "" {
		t := &tokenEncoder{encoder: e, tokensFirst: o.TokensFirst}
		if err := t.probeTokens(); err != nil {
			return nil, errors.Join(err, e.Close())
		}
		return t, nil
	}
	return e, nil
}

func (e *encoder) Traits() models.Traits { return e.traits }

func (e *encoder) EncodeImages(pixels []float32, n int, out []float32) error {
	s, w := e.model.Preprocess.Size, e.traits.Width
	per, edge := 3*s*s, int64(s)
	return chunks(n, e.limit(e.model.Vision), func(first, n, room int) error {
		batch := padded(pixels[first*per:(first+n)*per], room*per)
		v, err := floats(e.model.Vision.Input.Type, batch, int64(room), 3, edge, edge)
		if err != nil {
			return fmt.Errorf("onnx: encode images: %w", err)
		}
		defer destroy([]ort.Value{v})
		if err := e.encode(e.vision, e.model.Vision, v, nil, room, out[first*w:], n, w, nil); err != nil {
			return fmt.Errorf("onnx: encode images: %w", err)
		}
		return nil
	})
}

func (e *encoder) EncodeText(ids []int64, lengths []int, out []float32) error {
	if e.text == nil {
		panic("onnx: the model was opened without its text tower")
	}
	l, w := e.model.Context, e.traits.Dim
	return chunks(len(lengths), e.limit(e.model.Text), func(first, n, room int) error {
		v, err := ints(e.model.Text.Input.Type, padded(ids[first*l:(first+n)*l], room*l), int64(room), int64(l))
		if err != nil {
			return fmt.Errorf("onnx: encode text: %w", err)
		}
		defer destroy([]ort.Value{v})
		err = e.encode(e.text, e.model.Text, v, lengths[first:first+n], room, out[first*w:], n, w, nil)
		if err != nil {
			return fmt.Errorf("onnx: encode text: %w", err)
		}
		return nil
	})
}

// limit is the number of rows that a tower's run must have, or 0 if any number will do.
func (e *encoder) limit(t *models.Tower) int {
	if t.Graph.DynamicallyQuantized() && t.Batch() == 0 {
		return 1
	}
	return t.Batch()
}

// chunks divides n rows into runs of exactly limit rows, of which the last may be filled up; 0 makes one run of all.
func chunks(n, limit int, f func(first, n, room int) error) error {
	if limit == 0 {
		limit = n
	}
	for first := 0; first < n; first += limit {
		if err := f(first, min(limit, n-first), limit); err != nil {
			return err
		}
	}
	return nil
}

// padded is data with zeros up to the given length.
func padded[T any](data []T, length int) []T {
	if len(data) == length {
		return data
	}
	return append(append(make([]T, 0, length), data...), make([]T, length-len(data))...)
}

// encode runs a tower on room rows, of which the first n count, and writes them into out (n, w). see is shown the
// tokens' states, where they are tapped; nil: nobody wants them.
func (e *encoder) encode(
	s *session, t *models.Tower, main ort.Value, lengths []int, room int, out []float32, n, w int,
	see func(tokens ort.Value) error,
) error {
	c, err := e.call(s, t, main, lengths, room)
	defer destroy(c.own)
	if err != nil {
		return err
	}
	place := out
	if n < room {
		place = make([]float32, room*w)
	}
	v, done, err := roomFor(t.Output.Type, place, room, w)
	if err != nil {
		return err
	}
	c.out[t.Output.Name] = v
	all, err := s.run(c)
	defer destroy(all)
	if err != nil {
		return err
	}
	done()
	if n < room {
		copy(out[:n*w], place)
	}
	if see != nil {
		return see(s.result(all, tapped))
	}
	return nil
}

// call prepares the inputs of a run: the main one, what goes with each of its rows, and rows for the other tower.
// Outputs in float16 get room here, since ONNX Runtime's own cannot be read.
func (e *encoder) call(s *session, t *models.Tower, main ort.Value, lengths []int, rows int) (c call, err error) {
	c.in, c.out = map[string]ort.Value{t.Input.Name: main}, map[string]ort.Value{}
	others := rows
	for _, x := range t.Extra {
		var v ort.Value
		n := rows
		if x.Role == models.Pixels || x.Role == models.IDs || t == e.model.Vision {
			if n = 1; len(x.Dims) > 0 && x.Dims[0] > 0 {
				n = int(x.Dims[0])
			} else if x.Batch != "" && x.Batch == t.Input.Batch {
				n = rows
			}
			others = n
		}
		if x.Role == models.Pixels {
			size := e.model.Preprocess.Size
			v, err = floats(x.Type, make([]float32, n*3*size*size), int64(n), 3, int64(size), int64(size))
		} else {
			v, err = e.tokens(x, lengths, n)
		}
		if err != nil {
			return c, err
		}
		c.in[x.Name], c.own = v, append(c.own, v)
	}
	for _, o := range []*models.Tower{e.model.Vision, e.model.Text} {
		if o == nil || o == t || s != e.text || s != e.vision || o.Output.Type == graph.Float32 {
			continue
		}
		w := int(o.Output.Columns())
		v, _, err := roomFor(o.Output.Type, make([]float32, others*w), others, w)
		if err != nil {
			return c, err
		}
		c.out[o.Output.Name] = v
	}
	return c, nil
}

// tokens makes an input that goes with token ids, or empty texts.
func (e *encoder) tokens(x models.Extra, lengths []int, rows int) (ort.Value, error) {
	l := max(e.model.Context, 2)
	if len(x.Dims) == 2 && x.Dims[1] > 0 {
		l = int(x.Dims[1])
	}
	data := make([]int64, rows*l)
	for r := range rows {
		row := data[r*l : (r+1)*l]
		for i := range row {
			switch x.Role {
			case models.Mask:
				// SigLIP attends to its padding.
				if r >= len(lengths) || i < lengths[r] || e.model.Family == models.SigLIP {
					row[i] = 1
				}
			case models.Positions:
				row[i] = int64(i)
			}
		}
	}
	return ints(x.Type, data, int64(rows), int64(l))
}

// Close frees the sessions.
func (e *encoder) Close() error {
	var err error
	if e.text != nil && e.text != e.vision {
		err = e.text.Destroy()
	}
	if e.vision != nil {
		err = errors.Join(err, e.vision.Destroy())
	}
	return err
}
