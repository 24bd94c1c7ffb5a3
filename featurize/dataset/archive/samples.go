package archive

import (
	"encoding/json"
	"io"
	"math"
	"path"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/train/fault"
)

// sample is what WebDataset calls one: consecutive members with the same path up to the first dot of the base name.
type sample struct {
	key    string
	image  member // the first one, of those without a further extension if there are any: 0.png rather than 0.mask.png
	others int    // further images, of which
	other  string // is the first
	label  string // of the cls member
	json   struct {
		Label     json.RawMessage `json:"label"`
		Cls       json.RawMessage `json:"cls"`
		LabelName string          `json:"label_name"`
		ClassName string          `json:"class_name"`
	}
}

// text is the label as it is written, or "", and tells whether it is a word.
func (s *sample) text() (text string, word bool) {
	if s.label != "" {
		_, err := strconv.ParseFloat(s.label, 64)
		return s.label, err != nil
	}
	for _, raw := range []json.RawMessage{s.json.Label, s.json.Cls} {
		// boxes and the like are no label of an image
		if len(raw) == 0 || string(raw) == "null" || raw[0] == '[' || raw[0] == '{' {
			continue
		}
		if json.Unmarshal(raw, &text) == nil {
			_, err := strconv.Atoi(text)
			return text, err != nil
		}
		return string(raw), false
	}
	return "", false
}

// pass counts a further image.
func (s *sample) pass(name string) {
	if s.others++; s.others == 1 {
		s.other = name
	}
}

func (s *sample) labelled() bool {
	text, _ := s.text()
	return text != ""
}

func (s *sample) name() string {
	if s.json.LabelName != "" {
		return s.json.LabelName
	}
	return s.json.ClassName
}

// gatherer makes samples of members.
type gatherer struct {
	now   sample
	plain bool // its image has no further extension
	done  func(sample) error
}

// The most bytes of a member that describes an image.
const maxDescription = 1 << 20

func (g *gatherer) take(m member) error {
	dir, base := path.Split(m.name)
	stem, ext, dotted := strings.Cut(base, ".")
	if !dotted || stem == "" {
		return nil // WebDataset passes over files without an extension
	}
	if key := dir + stem; key != g.now.key {
		if err := g.flush(); err != nil {
			return err
		}
		g.now.key = key
	}
	switch ext = strings.ToLower(ext); {
	case disk.IsImage("." + ext):
		if plain := !strings.Contains(ext, "."); g.now.image.name == "" {
			g.now.image, g.plain = m, plain
		} else if plain && !g.plain {
			g.now.pass(g.now.image.name)
			g.now.image, g.plain = m, true
		} else {
			g.now.pass(m.name)
		}
	case ext == "cls" || ext == "cls.txt" || ext == "json":
		if m.at.Size > maxDescription {
			return fault.Corruptf("dataset: member %s has %d bytes, more than any label", m.name, m.at.Size)
		}
		data, err := io.ReadAll(m.content)
		if err != nil {
			return fault.Corruptf("dataset: member %s: %w; is the archive cut short?", m.name, err)
		}
		if ext != "json" {
			g.now.label = strings.TrimSpace(string(data))
		} else if err := json.Unmarshal(data, &g.now.json); err != nil && !json.Valid(data) {
			return fault.Corruptf("dataset: member %s is not JSON: %w", m.name, err)
		}
	}
	return nil
}

// flush ends a sample.
func (g *gatherer) flush() error {
	s := g.now
	g.now = sample{}
	if s.key == "" {
		return nil
	}
	return g.done(s)
}

// samples stages the images of WebDataset shards.
func (t *tars) samples(b *dataset.Builder, images *staging) ([]group, []string, error) {
	l := names.NewLegend(b.Root)
	var groups []group
	numbers := map[group]int32{}
	for _, s := range t.shards {
		g := gatherer{done: func(one sample) error {
			for range one.others {
				b.Skip("further images of samples that have several", one.other)
			}
			if one.image.name == "" {
				b.Skip("samples without an image", one.key)
				return nil
			} else if !one.labelled() {
				b.Skip("samples without a label", one.image.name)
				return nil
			}
			name := path.Join(s.label, one.image.name)
			label, err := readLabel(l, one, s.Split, name)
			if err != nil {
				return err
			}
			to := group{split: s.Split, label: label}
			n, there := numbers[to]
			if !there {
				n = int32(len(groups))
				numbers[to], groups = n, append(groups, to)
			}
			return images.add(one.image, name, n)
		}}
		err := t.walk(s, &b.Remarks, func(_ archive, m member) error { return g.take(m) })
		if err == nil {
			err = g.flush()
		}
		if err != nil {
			return nil, nil, err
		}
	}
	classes, err := l.Classes(&b.Remarks, nil)
	if err != nil {
		return nil, nil, err
	}
	for i := range groups {
		groups[i].label = l.Label(groups[i].label)
	}
	return groups, classes, nil
}

// readLabel takes the label of a sample into a legend.
func readLabel(l *names.Legend, s sample, split dataset.Split, name string) (int, error) {
	text, word := s.text()
	if word {
		return l.Word([]byte(text), name)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		f, wrong := strconv.ParseFloat(text, 64) // 1.0 is 1
		if n, err = int64(f), wrong; float64(n) != f || math.Abs(f) > 1<<53 {
			err = strconv.ErrRange
		}
	}
	if err != nil {
		return 0, fault.Corruptf("dataset: %s: the label of %s is %q, which is no whole number",
			l.Root, name, disk.Clipped(text))
	}
	label, err := l.Number(n, name)
	if given := s.name(); err == nil && given != "" && label >= 0 {
		err = l.Name(n, given, string(split), name)
	}
	return label, err
}
