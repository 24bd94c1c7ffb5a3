package cache

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// large makes a cache whose training features are worth remembering, and a user's folder for what is remembered.
func large(t *testing.T) (dir string) {
	t.Helper()
	home, from := t.TempDir(), t.TempDir()
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, home)
	}
	const dim, train, test = 512, knownSize/4/512 + 1, 2
	array := func(name string, dt npy.DType, shape ...int) string {
		b := npy.AppendHeader(nil, dt, shape...)
		n := 1
		for _, k := range shape {
			n *= k
		}
		for i := range n {
			if dt == "<f4" {
				b = npy.AppendFloats(b, dt, []float32{float32(1 + i%7)})
			} else {
				b = append(b, byte(i%2), 0, 0, 0)
			}
		}
		path := filepath.Join(from, name)
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	dir = filepath.Join(t.TempDir(), "cache")
	if _, err := Import(dir, Arrays{
		Train: array("x", "<f4", train, dim), TrainLabels: array("y", "<i4", train),
		Test: array("xt", "<f4", test, dim), TestLabels: array("yt", "<i4", test),
		Text: array("t", "<f4", 2, dim), LogitScale: 100,
	}, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

// remembered tells whether the split's features would be taken as known.
func remembered(t *testing.T, dir, split string) bool {
	t.Helper()
	c, err := Map(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := c.Split(split)
	if err != nil {
		t.Fatal(err)
	}
	k := recall(dir)
	return k.has(s.info.Features)
}

// opened opens a cache, and lets so much time pass that what was just found is settled.
func opened(t *testing.T, dir string) {
	t.Helper()
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(recall(dir).path, later, later); err != nil {
		t.Fatal(err)
	}
}

func TestArraysAreComparedOnce(t *testing.T) {
	dir := large(t)
	features := filepath.Join(dir, "train.features.npy")
	if remembered(t, dir, "train") {
		t.Error("known before anybody looked")
	}
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if c.Close() != nil || remembered(t, dir, "train") {
		t.Error("a file that was only just written is known") // it may change within the clock's tick
	}
	opened(t, dir)
	if !remembered(t, dir, "train") || remembered(t, dir, "test") {
		t.Error("a large file is not known once it was compared, or a small one is")
	}
	info, err := os.Stat(features)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(features)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func() error{
		"another size": func() error { return os.Truncate(features, info.Size()-4) },
		"another time": func() error { return os.Chtimes(features, info.ModTime(), info.ModTime().Add(time.Second)) },
		"another file": func() error {
			if err := os.Remove(features); err != nil {
				return err
			}
			return os.WriteFile(features, bytes.Clone(whole), 0o644)
		},
	} {
		opened(t, dir)
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if k := recall(dir); k.has(File{"train.features.npy", k.Files["train.features.npy"].SHA256}) {
			t.Errorf("%s: still known", name)
		}
		if err := os.WriteFile(features, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A changed byte is noticed by who opens a cache, whatever the file's time says, and not by who maps it.
func TestChangedFeatures(t *testing.T) {
	dir := large(t)
	for _, name := range []string{"train.features.npy", "test.features.npy"} {
		opened(t, dir)
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)-1] ^= 1
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if identity, _ := identify(path); !identity.Changed.IsZero() { // else a time that is set back hides the change
			if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Open(dir); fault.KindOf(err) != fault.Mismatch {
			t.Errorf("%s: %v", name, err)
		}
		c, err := Map(dir)
		if err != nil {
			t.Fatal(err)
		}
		stopped, cancel := context.WithCancel(context.Background())
		cancel()
		if err := c.Check(stopped); err != context.Canceled {
			t.Errorf("interrupted: %v", err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		data[len(data)-1] ^= 1
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Without a folder for what is remembered, and with a record that is none, every process compares anew.
func TestNothingIsRemembered(t *testing.T) {
	dir := large(t)
	opened(t, dir)
	path := recall(dir).path
	for _, spoil := range []func() error{
		func() error { return os.WriteFile(path, []byte(`{"folder": 3}`), 0o644) },
		func() error { return os.RemoveAll(filepath.Dir(path)) },
		func() error {
			return errors.Join(os.RemoveAll(filepath.Dir(path)), os.WriteFile(filepath.Dir(path), nil, 0o644))
		},
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if remembered(t, dir, "train") {
			t.Error("known from nothing")
		}
		c, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
