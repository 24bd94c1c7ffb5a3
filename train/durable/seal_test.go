package durable_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/durable"
)

type thing struct {
	Name  string    `json:"name"`
	Parts []float64 `json:"parts"`
}

// Every changed bit of a sealed file that leaves it readable is noticed, but for white space and in the word "seal".
func TestSealedFile(t *testing.T) {
	path, want := filepath.Join(t.TempDir(), "a.json"), thing{"a <b>", []float64{1, 2.5, 1e-9}}
	if err := durable.WriteSealed(path, want); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := json.MarshalIndent(want, "", "  ")
	if err != nil || !bytes.HasPrefix(data, bytes.TrimSuffix(plain, []byte("\n}"))) {
		t.Errorf("another file than without a seal:\n%s", data)
	}
	var got thing
	if err := json.Unmarshal(data, &got); err != nil || durable.CheckSeal(data) != nil || got.Name != want.Name {
		t.Errorf("%+v: %v, %v", got, err, durable.CheckSeal(data))
	}
	for i := range 8 * len(data) {
		spoilt := bytes.Clone(data)
		spoilt[i/8] ^= 1 << (i % 8)
		got = thing{}
		if json.Unmarshal(spoilt, &got) != nil || durable.CheckSeal(spoilt) != nil {
			continue
		}
		if again, _ := json.MarshalIndent(got, "", "  "); !bytes.Equal(again, plain) {
			t.Errorf("bit %d is not noticed:\n%s", i, spoilt)
		}
	}
	var other bytes.Buffer
	if err := json.Indent(&other, data, "", "\t"); err != nil || durable.CheckSeal(other.Bytes()) != nil {
		t.Errorf("indented otherwise: %v", err)
	}
	if err := durable.CheckSeal(plain); err != nil {
		t.Errorf("without a seal: %v", err)
	}
}

func TestChain(t *testing.T) {
	var lines []string
	var c durable.Chain
	for _, line := range []string{`{"round":1,"x":0.5}`, `{"round":2}`, `{"round":3}`} {
		b, err := c.Seal([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(b))
	}
	first, second, third := lines[0], lines[1], lines[2]
	open := `{"round":2}`
	for name, test := range map[string]struct {
		lines []string
		whole bool
	}{
		"as written":       {lines, true},
		"the end lost":     {lines[:2], true}, // who knows the number of rounds sees it
		"a line lost":      {[]string{first, third}, false},
		"the first lost":   {[]string{second, third}, false},
		"in another order": {[]string{first, third, second}, false},
		"a line twice":     {[]string{first, first, second}, false},
		"a seal lost":      {[]string{first, open, third}, false},
		"a digit changed":  {[]string{strings.Replace(first, "0.5", "0.7", 1), second}, false},
		"no seals":         {[]string{open, open}, true},
	} {
		var c durable.Chain
		var err error
		for _, line := range test.lines {
			err = errors.Join(err, c.Check([]byte(line)))
		}
		if (err == nil) != test.whole || (err != nil && !errors.Is(err, durable.ErrDamaged)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
