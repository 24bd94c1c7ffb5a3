package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/export"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/npy"
)

// species trains on the sample's pictures, in a folder that has images, cache and run.
func species(t *testing.T) (dir string) {
	t.Helper()
	needsRuntime(t)
	dir = t.TempDir()
	ok(t, dir, "sample", "--out", "images", "--train", "4", "--test", "2")
	ok(t, dir, "featurize", "--data", "images", "--out", "cache", "--quiet")
	ok(t, dir, "train", "--cache", "cache", "--out", "run", "--rounds", "2", "--quiet")
	return dir
}

// predicted is what a run's model makes of the test split: the rows, the pictures that they come from, the logits.
func predicted(t *testing.T, dir, client string) (x f32.Matrix, files []string, logits f32.Matrix) {
	t.Helper()
	t.Chdir(dir)
	f, err := lab.Default().Open("run")
	if err != nil {
		t.Fatal(err)
	}
	m, err := f.Model(client)
	if err != nil {
		t.Fatal(err)
	}
	held, err := cache.Open("cache")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	test, err := held.Split("test")
	if err != nil {
		t.Fatal(err)
	}
	if files, err = test.Files(); err != nil {
		t.Fatal(err)
	}
	rows := make([]int, test.Len())
	for i := range rows {
		rows[i] = i
	}
	x = f32.New(len(rows), m.Columns())
	if err := test.Gather(x, rows); err != nil {
		t.Fatal(err)
	}
	return x, files, m.Logits(nil, x)
}

// An encoder whose folder does not say how pictures are prepared is exported as the run's record says.
func TestExportPreparesAlike(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	for class, all := range photos(t) {
		for i, photo := range all {
			put(t, dir, "photos/"+class+"/"+string(rune('a'+i))+".jpg", photo)
		}
	}
	otherModel(t, dir)
	if err := os.Remove(filepath.Join(dir, "other", "preprocessor_config.json")); err != nil {
		t.Fatal(err)
	}
	ok(t, dir, "featurize", "--data", "photos", "--model", "other", "--preprocess", "squash", "--out", "cache")
	ok(t, dir, "train", "--cache", "cache", "--out", "run", "--rounds", "2", "--clients", "2", "--quiet")
	ok(t, dir, "export", "run", "--with-encoder", "--out", "out")
	if made := read(t, dir, "out", export.PreprocessFile); !strings.Contains(made, `"resize": "squash"`) {
		t.Errorf("%s: %s", export.PreprocessFile, made)
	}
}

// python is a Python that has the packages, or the test is skipped.
func python(t *testing.T, packages string) string {
	t.Helper()
	name := os.Getenv("FEDPUREL_PYTHON")
	if name == "" {
		name = "python3"
	}
	if exec.Command(name, "-c", "import "+packages).Run() != nil {
		t.Skipf("Python with %s is not there; FEDPUREL_PYTHON may name one", packages)
	}
	return name
}

// What the command says and refuses.
func TestExport(t *testing.T) {
	dir := imported(t)
	train := append([]string{"train", "--rounds", "2", "--out"}, "run")
	ok(t, dir, append(train, quick...)...)
	out := ok(t, dir, "export", "run", "--out", "out")
	for _, want := range []string{
		"out: the global model, ", "model.onnx takes embeddings\n", "  numpy/text.npy", "  card.json",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	var printed struct{ Card export.Card }
	out = ok(t, dir, "export", "run", "--client", "1", "--formats", "npy, safetensors", "--out", "out", "--json")
	if err := json.Unmarshal([]byte(out), &printed); err != nil || printed.Card.Client != "1" {
		t.Errorf("%v in %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "out", export.ONNXFile)); err == nil {
		t.Error("the replaced export is still there")
	}
	fails(t, dir, 2, "unknown client \"99\"; known: 1 to", "export", "run", "--client", "99", "--out", "o")
	fails(t, dir, 2, "did you mean onnx?", "export", "run", "--formats", "onx", "--out", "o")
	fails(t, dir, 2, "were imported", "export", "run", "--with-encoder", "--out", "o")
	fails(t, dir, 2, "with --with-encoder alone", "export", "run", "--model", "tiny", "--out", "o")
	fails(t, dir, 2, "is no export", "export", "run", "--out", "run")
	fails(t, dir, 10, "spec.json", "export", "cache", "--out", "o")
	ok(t, dir, append([]string{"train", "--method", "local", "--rounds", "2", "--out", "alone"}, quick...)...)
	fails(t, dir, 2, "--method local has no global model; name one of its clients: 1 to",
		"export", "alone", "--out", "o")
	ok(t, dir, "export", "alone", "--client", "2", "--out", "o")
}

// Python's ONNX Runtime gives for exported heads what the program predicts, and so does NumPy for the formula.
func TestExportInPython(t *testing.T) {
	interpreter := python(t, "onnxruntime, numpy")
	dir := species(t)
	for _, client := range []string{"", "2"} {
		out := "head" + client
		ok(t, dir, "export", "run", "--client", client, "--out", out)
		x, _, want := predicted(t, dir, client)
		var b bytes.Buffer
		if err := npy.WriteFloat32(&b, x.Data, x.Rows, x.Cols); err != nil {
			t.Fatal(err)
		}
		put(t, dir, "x.npy", b.Bytes())
		cmd := exec.Command(interpreter, "-c", outside, out)
		cmd.Dir = dir
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		for _, name := range []string{"onnx.npy", "formula.npy"} {
			sameLogits(t, filepath.Join(dir, name), want)
		}
	}
}

// outside computes logits from an export without anything of ours: with ONNX Runtime, and from the formula with NumPy.
const outside = `
import json, sys, numpy as np, onnxruntime
x = np.load("x.npy")
session = onnxruntime.InferenceSession(sys.argv[1] + "/model.onnx")
np.save("onnx.npy", session.run(["logits"], {"embeddings": x})[0])
v, load = {"x": x}, lambda name: np.load(f"{sys.argv[1]}/numpy/{name}.npy")
for line in json.load(open(sys.argv[1] + "/card.json"))["formula"]: # those of the module lora
    match line.replace("‖", " ").split():
        case [y, "=", a, w] if w.endswith("ᵀ"): v[y] = v[a] @ load(w[:-1]).T
        case [y, "=", k, "·", a]: v[y] = np.float32(k) * v[a]
        case [y, "=", a, "+", b]: v[y] = v[a] + v[b]
        case [y, "=", a, "/", b]: v[y] = v[a] / np.linalg.norm(v[b], axis=1, keepdims=True)
        case _: sys.exit(line)
np.save("formula.npy", v["logits"].astype(np.float32))`

// sameLogits compares the array in a file with logits: the same classes in front, and no number further away than 1e-4
// of the scale.
func sameLogits(t *testing.T, path string, want f32.Matrix) {
	t.Helper()
	const scale = 28 // of the built-in model
	array, err := npy.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer array.Close()
	got, err := array.Float32s()
	if err != nil || len(got) != len(want.Data) {
		t.Fatal(len(got), err)
	}
	for i, v := range got {
		if !(math.Abs(float64(v-want.Data[i])) <= 1e-4*scale) {
			t.Fatalf("%s: logit %d is %v, want %v", path, i, v, want.Data[i])
		}
	}
	for i := range want.Rows {
		if f32.Argmax(got[i*want.Cols:(i+1)*want.Cols]) != f32.Argmax(want.Row(i)) {
			t.Errorf("%s: picture %d is of another class", path, i)
		}
	}
}

// The example of a server, in 20 lines of Python, answers for pictures what the program predicts.
func TestServe(t *testing.T) {
	interpreter := python(t, "onnxruntime, numpy, PIL.Image")
	source, err := os.ReadFile(server)
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(source), "\n\"\"\"\n")
	if n := len(strings.FieldsFunc(code, func(r rune) bool { return r == '\n' })); n > 20 {
		t.Errorf("%d lines of code, more than 20", n)
	}
	dir := species(t)
	ok(t, dir, "export", "run", "--client", "2", "--with-encoder", "--out", "whole")
	_, files, logits := predicted(t, dir, "2")

	url := serve(t, interpreter, filepath.Join(dir, "whole", export.ONNXFile))
	var manifest cache.Manifest
	if err := json.Unmarshal([]byte(read(t, dir, "cache", cache.ManifestFile)), &manifest); err != nil {
		t.Fatal(err)
	}
	p := make([]float32, logits.Cols)
	for i, file := range files {
		f32.Softmax(p, logits.Row(i))
		best := f32.Argmax(p)
		answer := ask(t, url, filepath.Join(dir, "images", filepath.FromSlash(file)))
		if got := answer[manifest.Classes[best]]; len(answer) != 3 || !(math.Abs(got-float64(p[best])) < 1e-3) {
			t.Errorf("%s: %v, want %s with %v", file, answer, manifest.Classes[best], p[best])
		}
		for class, chance := range answer {
			if chance > answer[manifest.Classes[best]] {
				t.Errorf("%s: %s is likelier than %s", file, class, manifest.Classes[best])
			}
		}
	}
}

// server is the program that serves an exported model, wherever a test goes.
var server, _ = filepath.Abs("../../tools/examples/serve/serve.py") // fails where there is no working folder

// serve starts it, for as long as the test runs, and returns its address.
func serve(t *testing.T, interpreter, model string) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	port := fmt.Sprint(listener.Addr().(*net.TCPAddr).Port)
	_ = listener.Close()
	program := exec.Command(interpreter, server, model, port)
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = program.Process.Kill(), program.Wait() })
	return "http://localhost:" + port
}

// ask posts a picture, as soon as the server is there.
func ask(t *testing.T, url, picture string) (answer map[string]float64) {
	t.Helper()
	data, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		response, err := http.Post(url, "image/png", bytes.NewReader(data))
		if err != nil {
			if time.Now().After(deadline) {
				t.Fatal(err)
			}
			continue
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err == nil {
			err = json.Unmarshal(body, &answer)
		}
		if err != nil {
			t.Fatalf("%s: %v: %s", picture, err, body)
		}
		return answer
	}
}
