package list

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// eachCoOp calls f for every image of a list and returns the keys that the list has. The entry is overwritten.
func eachCoOp(file string, f func(part string, e *coopEntry) error) (parts []string, err error) {
	if !disk.IsFile(file) {
		return nil, fault.Missingf("dataset: %s is not a file", file)
	}
	r, err := os.Open(file)
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	defer r.Close() // read-only
	return readCoOp(file, r, f)
}

func readCoOp(file string, r io.Reader, f func(part string, e *coopEntry) error) (parts []string, err error) {
	l := coopList{d: json.NewDecoder(withoutMark(r)), f: f}
	if err := l.read(); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("the file ends early; fetch it again")
		}
		where := fmt.Sprintf("near byte %d", l.d.InputOffset())
		if l.part != "" {
			where = fmt.Sprintf("image %d of %q", l.n, l.part)
		}
		return nil, fault.Corruptf("dataset: %s, %s: %w", file, where, err)
	}
	return l.parts, nil
}

// coopList reads a list, entry by entry.
type coopList struct {
	d     *json.Decoder
	f     func(part string, e *coopEntry) error
	parts []string
	part  string // of the image in hand
	n     int    // its number there, from 1
}

func (l *coopList) read() error {
	if err := l.expect('{'); err != nil {
		return err
	}
	for l.d.More() {
		key, err := l.key()
		switch {
		case err != nil:
			return err
		case slices.Contains(l.parts, key):
			return fmt.Errorf("it holds %q twice", disk.Clipped(key))
		}
		l.parts = append(l.parts, key)
		if slices.Contains(coopParts, key) {
			err = l.images(key)
		} else {
			err = l.pass()
		}
		if err != nil {
			return err
		}
	}
	if err := l.expect('}'); err != nil {
		return err
	}
	if _, err := l.d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the list")
	}
	return nil
}

// images reads a part: an array of images, null, or an object that has the array as "data".
func (l *coopList) images(part string) error {
	start, err := l.d.Token()
	switch {
	case err != nil:
		return err
	case start == nil:
		return nil
	case start == json.Delim('{'):
		for l.d.More() {
			key, err := l.key()
			if err != nil {
				return err
			}
			if key != "data" {
				err = l.pass()
			} else if err = l.expect('['); err == nil {
				err = l.entries(part)
			}
			if err != nil {
				return err
			}
		}
		return l.expect('}')
	case start != json.Delim('['):
		return fmt.Errorf("%q is no array of images", part)
	}
	return l.entries(part)
}

func (l *coopList) entries(part string) error {
	l.part, l.n = part, 0
	for l.d.More() {
		l.n++
		var e coopEntry
		if err := l.d.Decode(&e); err != nil {
			return err
		}
		if err := l.f(part, &e); err != nil {
			return err
		}
	}
	l.n++ // where the array breaks off
	if err := l.expect(']'); err != nil {
		return err
	}
	l.part = ""
	return nil
}

func (l *coopList) key() (string, error) {
	t, err := l.d.Token()
	key, _ := t.(string) // the decoder lets nothing else stand there
	return key, err
}

func (l *coopList) expect(what json.Delim) error {
	if t, err := l.d.Token(); err != nil {
		return err
	} else if t != what {
		return fmt.Errorf("expected %q, found %s", what.String(), disk.Clipped(fmt.Sprint(t)))
	}
	return nil
}

// pass reads over a value.
func (l *coopList) pass() error {
	for depth := 0; ; {
		t, err := l.d.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}
