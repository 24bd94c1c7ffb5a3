package main

import (
	"archive/tar"
	"bufio"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// miniature is an exported ViT of 32 pixels, small enough that a million images take minutes.
const miniature = "featurize/testdata/exported/model"

// embedMany featurizes shards of generated pictures, ever more of them, with the real program, and reports time and
// peak memory: if that is flat, all rows show the same.
func embedMany(o options) error {
	work, binary, done, err := workshop(o)
	if err != nil {
		return err
	}
	defer done()
	var b strings.Builder
	m := describe()
	fmt.Fprintf(&b, "# Many images\n\n%s, %d cores, %s, commit %s\n", m.CPU, m.Cores, m.OS, m.Commit)
	fmt.Fprintf(&b, "\n`featurize` on WebDataset shards of 8×8 pictures, with the miniature model %s "+
		"and 2 views of each training image:\n\n"+
		"| images | seconds | peak resident memory (MiB) |\n|---|---|---|\n", miniature)
	counts := []int{10_000, 100_000, 1_000_000}
	if o.quick {
		counts = []int{1000, 4000}
	}
	for _, n := range counts {
		log.Printf("featurize %d images", n)
		shards, out := filepath.Join(work, "shards"), filepath.Join(work, "embedded")
		if err := writeShards(shards, n); err != nil {
			return err
		}
		seconds, memory, err := timed(binary, "featurize", "--data", shards, "--model", miniature, "--out", out,
			"--views", "2", "--batch", "64", "--dtype", "f16", "--quiet")
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "| %d | %.1f | %d |\n", n, seconds, memory)
		for _, dir := range []string{shards, out} {
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
		}
	}
	fmt.Print(b.String())
	return os.WriteFile(filepath.Join(o.out, "images.md"), []byte(b.String()), 0o644)
}

// perShard is the number of samples in a shard.
const perShard = 50_000

// writeShards writes n samples of 100 classes as train-00000.tar, …, and a twentieth as many as test-00000.tar.
func writeShards(dir string, n int) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for first := 0; first < n; first += perShard {
		shard := filepath.Join(dir, fmt.Sprintf("train-%05d.tar", first/perShard))
		if err := writeShard(shard, first, min(first+perShard, n)); err != nil {
			return err
		}
	}
	return writeShard(filepath.Join(dir, "test-00000.tar"), n, n+n/20)
}

func writeShard(path string, first, last int) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 1<<20)
	t := tar.NewWriter(out)
	for i := first; i < last && err == nil; i++ {
		picture := []byte("P6 8 8 255\n")
		for k := range 8 * 8 * 3 {
			picture = append(picture, byte(i>>(k%20)*(k+1)))
		}
		for _, member := range []struct {
			name string
			data []byte
		}{{fmt.Sprintf("%08d.ppm", i), picture}, {fmt.Sprintf("%08d.cls", i), fmt.Append(nil, i%100)}} {
			h := &tar.Header{Name: member.name, Mode: 0o644, Size: int64(len(member.data))}
			if err = t.WriteHeader(h); err == nil {
				_, err = t.Write(member.data)
			}
		}
	}
	if err == nil {
		err = t.Close()
	}
	if err == nil {
		err = out.Flush()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// timed runs the program and returns its seconds and its peak resident memory in MiB.
func timed(binary string, args ...string) (seconds float64, memory int64, err error) {
	start, cmd := time.Now(), exec.Command(binary, args...)
	if library, _ := filepath.Abs(firstOf(".ort/*onnxruntime*")); library != "" && os.Getenv("ONNXRUNTIME_LIB") == "" {
		cmd.Env = append(os.Environ(), "ONNXRUNTIME_LIB="+library)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, 0, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, out)
	}
	seconds = time.Since(start).Seconds()
	memory, err = peak(cmd.ProcessState)
	return seconds, memory, err
}
