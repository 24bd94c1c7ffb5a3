package unigram

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/fedpurel/fedpurel/models/hftoken"
	"github.com/fedpurel/fedpurel/train/fault"
)

// File is the name of the vocabulary in a model folder.
const File = "tokenizer.json"

const maxBytes = 64 << 20 // of the file

// unknownPenalty is how much less probable than every piece an unknown character is, as sentencepiece has it.
const unknownPenalty = 10

// step is a normalizer or pre-tokenizer of the file.
type step struct {
	Type    string `json:"type"`
	Steps   []step `json:"normalizers"`
	Pattern struct{ Regex, String *string }
	Content string
	Prepend string
	Left    *bool `json:"strip_left"`
	Right   *bool `json:"strip_right"`
	// Of Metaspace.
	Replacement string
	Prefix      *bool   `json:"add_prefix_space"`
	Scheme      *string `json:"prepend_scheme"`
	Pretoken    []step  `json:"pretokenizers"`
}

// Is tells whether the folder's tokenizer.json holds sentence pieces.
func Is(fsys fs.FS) bool {
	data, err := read(fsys)
	var file struct{ Model struct{ Type string } }
	return err == nil && json.Unmarshal(data, &file) == nil && file.Model.Type == "Unigram"
}

func read(fsys fs.FS) ([]byte, error) {
	f, err := fsys.Open(File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err == nil && len(data) > maxBytes {
		err = fmt.Errorf("it has more than %d bytes", maxBytes)
	}
	return data, err
}

// Load reads tokenizer.json. Texts are filled up as it says, else with tokenizer_config.json's pad_token, else with
// pad.
func Load(fsys fs.FS, pad int64) (*Tokenizer, error) {
	data, err := read(fsys)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Missingf("unigram: the model folder has no %s: copy the tokenizer files into it", File)
	}
	var t *Tokenizer
	if err == nil {
		var token string
		if token, err = hftoken.PadToken(fsys); err == nil {
			t, err = parse(data, token, pad)
		}
	}
	if err != nil {
		return nil, fault.Corruptf("unigram: read %s: %w", File, err)
	}
	return t, nil
}

func parse(data []byte, padToken string, pad int64) (*Tokenizer, error) {
	var file struct {
		Model struct {
			Type     string
			Unknown  *int64               `json:"unk_id"`
			Vocab    [][2]json.RawMessage `json:"vocab"`
			Fallback bool                 `json:"byte_fallback"`
		}
		Normalizer *step `json:"normalizer"`
		Pre        *step `json:"pre_tokenizer"`
		Post       *post `json:"post_processor"`
		Padding    *struct {
			ID int64 `json:"pad_id"`
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	m := file.Model
	if m.Type != "Unigram" || m.Fallback || m.Unknown == nil {
		return nil, fmt.Errorf("its model is %q, byte fallback %v, known is Unigram with an unknown token: "+
			"pass --text-features for this encoder", m.Type, m.Fallback)
	}
	t := &Tokenizer{pieces: make(map[string]piece, len(m.Vocab)), unknown: *m.Unknown, pad: pad}
	for i, entry := range m.Vocab {
		p := piece{id: int64(i)}
		var s string
		if err := errors.Join(json.Unmarshal(entry[0], &s), json.Unmarshal(entry[1], &p.score)); err != nil ||
			s == "" || math.IsNaN(p.score) {
			return nil, fmt.Errorf("piece %d is no text with a score", i)
		}
		t.pieces[s] = p
		t.longest, t.lowest = max(t.longest, len(s)), min(t.lowest, p.score-unknownPenalty)
	}
	size := int64(len(m.Vocab))
	p, known := t.pieces[padToken]
	switch {
	case file.Padding != nil:
		t.pad = file.Padding.ID
	case known:
		t.pad = p.id
	case padToken != "":
		return nil, fmt.Errorf("the pad_token %.40q of %s is none of its pieces", padToken, hftoken.ConfigFile)
	}
	var err error
	if file.Normalizer != nil {
		if t.clean, err = file.Normalizer.cleaners(nil); err != nil {
			return nil, err
		}
	}
	if t.prependTo, err = file.Pre.metaspace(); err != nil {
		return nil, err
	}
	if t.before, t.after, err = file.Post.around(); err != nil {
		return nil, err
	}
	for _, id := range append(append([]int64{t.pad, t.unknown}, t.before...), t.after...) {
		if id < 0 || id >= size {
			return nil, fmt.Errorf("the id %d is outside the vocabulary of %d", id, size)
		}
	}
	return t, nil
}

// cleaners turns a normalizer into functions. Precompiled tables of characters are taken as the normal form NFKC, of
// which they are a variant; they differ on some control characters only.
func (s step) cleaners(all []func(string) string) ([]func(string) string, error) {
	switch s.Type {
	case "Sequence":
		var err error
		for _, inner := range s.Steps {
			if all, err = inner.cleaners(all); err != nil {
				return nil, err
			}
		}
		return all, nil
	case "Lowercase":
		return append(all, hftoken.Lower), nil
	case "NFC":
		return append(all, norm.NFC.String), nil
	case "NFKC", "Precompiled", "Nmt":
		return append(all, norm.NFKC.String), nil
	case "Strip":
		return append(all, func(t string) string {
			if s.Left == nil || *s.Left {
				t = strings.TrimLeft(t, " \t\n\r\u00a0")
			}
			if s.Right == nil || *s.Right {
				t = strings.TrimRight(t, " \t\n\r\u00a0")
			}
			return t
		}), nil
	case "Prepend":
		return append(all, func(t string) string { return s.Prepend + t }), nil
	case "Replace":
		switch {
		case s.Pattern.String != nil:
			old := *s.Pattern.String
			return append(all, func(t string) string { return strings.ReplaceAll(t, old, s.Content) }), nil
		case s.Pattern.Regex != nil:
			re, err := regexp.Compile(*s.Pattern.Regex)
			if err != nil {
				return nil, fmt.Errorf("its normalizer has a pattern that cannot be used: %w", err)
			}
			return append(all, func(t string) string { return re.ReplaceAllLiteralString(t, s.Content) }), nil
		}
	}
	return nil, fmt.Errorf("its normalizer %q is not known", s.Type)
}

// metaspace is the pre-tokenizer: blanks become ▁, and a text gets one in front unless it has one.
func (s *step) metaspace() (func(string) string, error) {
	if s != nil && s.Type == "Sequence" {
		for _, inner := range s.Pretoken {
			if inner.Type == "Metaspace" {
				return inner.metaspace()
			}
		}
	}
	if s == nil || s.Type != "Metaspace" || (s.Replacement != "" && s.Replacement != space) {
		return nil, errors.New("its pre-tokenizer is not Metaspace with ▁")
	}
	prefix := s.Prefix == nil || *s.Prefix
	if s.Scheme != nil {
		prefix = *s.Scheme != "never"
	}
	return func(t string) string {
		t = strings.ReplaceAll(t, " ", space)
		if prefix && t != "" && !strings.HasPrefix(t, space) {
			t = space + t
		}
		return t
	}, nil
}

// post is the template that puts marks around a text.
type post struct {
	Type   string
	Single []struct {
		Special  *struct{ ID string } `json:"SpecialToken"`
		Sequence *struct{ ID string } `json:"Sequence"`
	} `json:"single"`
	Tokens map[string]struct{ IDs []int64 } `json:"special_tokens"`
}

// around lists the ids before and after a text.
func (p *post) around() (before, after []int64, err error) {
	if p == nil {
		return nil, nil, nil
	}
	if p.Type != "TemplateProcessing" {
		return nil, nil, fmt.Errorf("its post-processor %q is not known", p.Type)
	}
	seen := false
	for _, part := range p.Single {
		switch {
		case part.Sequence != nil:
			seen = true
		case part.Special == nil || len(p.Tokens[part.Special.ID].IDs) == 0:
			return nil, nil, errors.New("its template names a mark that it does not define")
		case seen:
			after = append(after, p.Tokens[part.Special.ID].IDs...)
		default:
			before = append(before, p.Tokens[part.Special.ID].IDs...)
		}
	}
	if len(before)+len(after) > 8 {
		return nil, nil, errors.New("its template has more than 8 marks")
	}
	return before, after, nil
}
