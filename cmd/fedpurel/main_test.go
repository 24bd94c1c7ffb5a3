package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/train/npy"
)

// binary is the program under test, built once.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "fedpurel-test-*")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "fedpurel")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Stderr = os.Stderr
	code := 1
	if build.Run() == nil {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// command runs the program in a folder and returns its outputs and exit code.
func fedpurel(t *testing.T, dir string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(program, args...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	cmd.Env = append(os.Environ(), library(t)...)
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !asExit(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func asExit(err error, target **exec.ExitError) bool {
	e, ok := err.(*exec.ExitError)
	*target = e
	return ok
}

// library points to the ONNX Runtime of `make deps`, if it is there.
func library(t *testing.T) []string {
	found, err := filepath.Glob("../../.ort/*onnxruntime*")
	if err != nil || len(found) == 0 || os.Getenv("ONNXRUNTIME_LIB") != "" {
		return nil
	}
	path, err := filepath.Abs(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return []string{"ONNXRUNTIME_LIB=" + path}
}

// ok runs the program and requires success.
func ok(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, errs, code := fedpurel(t, dir, args...)
	if code != 0 {
		t.Fatalf("fedpurel %s: exit %d: %s", strings.Join(args, " "), code, errs)
	}
	return out
}

// strange is the warning that pictures other than the sample's have of the built-in model, with which tests work.
var strange = regexp.MustCompile(`(?m)^fedpurel: warning: embedded with the built-in model.*\n`)

// told is a line of progress, which slow work writes.
var told = regexp.MustCompile(`(?m)^fedpurel: .* \(\d+ %\).*\n`)

// fails runs the program and requires an exit code and one line that holds say.
func fails(t *testing.T, dir string, code int, say string, args ...string) {
	t.Helper()
	_, errs, got := fedpurel(t, dir, args...)
	errs = told.ReplaceAllString(strange.ReplaceAllString(errs, ""), "")
	if got != code || !strings.Contains(errs, say) || strings.Count(strings.TrimSpace(errs), "\n") != 0 ||
		strings.Contains(errs, "goroutine") {
		t.Errorf("fedpurel %s: exit %d, want %d with %q:\n%s", strings.Join(args, " "), got, code, say, errs)
	}
}

const nClasses, dim = 6, 12

// arrays writes a small problem as NumPy files and returns the options of `cache import` for it.
func arrays(t *testing.T, dir string, spoil func(split string, row int, x []float32, y *int64)) []string {
	t.Helper()
	direction := func(c, j int) float64 { return math.Sin(float64(3*c+1) * float64(j+1)) }
	write := func(name string, b []byte) string {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	var opts []string
	for split, per := range map[string]int{"train": 60, "test": 20} {
		n := per * nClasses
		x, y := npy.AppendHeader(nil, "<f4", n, dim), npy.AppendHeader(nil, "<i8", n)
		row := make([]float32, dim)
		for i := range n {
			label := int64(i % nClasses)
			for j := range row {
				noise := math.Sin(float64(i*i%9973) + float64(7*j*i) + float64(len(split)))
				row[j] = float32(direction(i%nClasses, j) + 0.9*noise)
			}
			if spoil != nil {
				spoil(split, i, row, &label)
			}
			x = npy.AppendFloats(x, "<f4", row)
			y = binary.LittleEndian.AppendUint64(y, uint64(label))
		}
		opts = append(opts, "--"+split+"-features", write(split+".npy", x))
		opts = append(opts, "--"+split+"-labels", write(split+"_y.npy", y))
	}
	text := npy.AppendHeader(nil, "<f4", nClasses, dim)
	for c := range nClasses {
		row := make([]float32, dim)
		for j := range row {
			row[j] = float32(direction(c, j) + 0.5*math.Cos(float64(5*c+j)))
		}
		text = npy.AppendFloats(text, "<f4", row)
	}
	return append(opts, "--text-features", write("text.npy", text), "--logit-scale", "15")
}

// imported makes a cache called name in a new folder.
func imported(t *testing.T) string {
	dir := t.TempDir()
	ok(t, dir, append([]string{"cache", "import", "--out", "cache"}, arrays(t, dir, nil)...)...)
	return dir
}

var quick = []string{"--cache", "cache", "--clients", "6", "--imbalance", "10", "--batch", "8", "--lr", "0.01"}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestWorkersAndKills: the result is the same, bit for bit, for any number of workers, and for a run that was killed
// or interrupted at some moment and resumed.
func TestWorkersAndKills(t *testing.T) {
	dir := imported(t)
	args := append([]string{"train", "--rounds", "60"}, quick...)
	ok(t, dir, append(args, "--out", "one", "--workers", "1")...)
	ok(t, dir, append(args, "--out", "eight", "--workers", "8")...)
	want := read(t, dir, "one", "result.json")
	if read(t, dir, "eight", "result.json") != want {
		t.Error("1 and 8 workers give different results")
	}
	for _, word := range []string{"second", "host", "version", "time", time.Now().Format("2006-01")} {
		if strings.Contains(want, word) {
			t.Errorf("result.json holds %q", word)
		}
	}
	kills := 0
	for i, wait := range []time.Duration{30, 60, 90, 150, 250, 400} {
		out := "killed" + strconv.Itoa(i)
		cmd := exec.Command(program, append(args, "--out", out)...)
		cmd.Dir = dir
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(wait * time.Millisecond)
		signal := os.Kill
		if i%2 == 1 && runtime.GOOS != "windows" {
			signal = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}[i/2]
		}
		_ = cmd.Process.Signal(signal)
		if cmd.Wait() != nil {
			kills++
			// A process that was interrupted before main has −1.
			if code := cmd.ProcessState.ExitCode(); signal != os.Kill && code != 130 && code != -1 {
				t.Errorf("interrupted after %v ms: exit code %d", int(wait), code)
			}
		}
		ok(t, dir, append(args, "--out", out, "--resume")...)
		if read(t, dir, out, "result.json") != want {
			t.Errorf("killed after %v ms and resumed: another result", int(wait))
		}
	}
	if kills == 0 {
		t.Error("every run ended before it could be killed")
	}
}

// TestWholeWay takes pictures to a report with the embedded model.
func TestWholeWay(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	ok(t, dir, "sample", "--out", "images", "--train", "12", "--test", "3")
	ok(t, dir, "featurize", "--data", "images", "--out", "cache")
	ok(t, dir, "inspect", "cache", "--verify")
	fails(t, dir, 2, "finished cache", "featurize", "--data", "images", "--out", "cache")
	out := ok(t, dir, "featurize", "--data", "images", "--out", "cache", "--resume")
	if !strings.Contains(out, "complete already") {
		t.Errorf("resume of a finished cache: %s", out)
	}
	ok(t, dir, "featurize", "--data", "images", "--out", "half", "--dtype", "f16",
		"--template", "a photo of a {}, an animal.", "--template", "one {}.")
	ok(t, dir, "compare", "--cache", "cache", "--out", "runs", "--methods", "zeroshot,fedavg,fedpurel,local",
		"--seeds", "1-2", "--rounds", "3", "--clients", "4", "--imbalance", "3")
	ok(t, dir, "report", "runs", "--out", "report")
	for _, name := range []string{
		"report.html", "report.md", "accuracy.csv", "per-class.csv", "clients.csv", "clients.svg",
	} {
		if read(t, dir, "report", name) == "" {
			t.Errorf("%s is empty", name)
		}
	}
	run := filepath.Join("runs", "fedpurel", "data-1", "seed-1")
	var trained, again struct {
		Last json.RawMessage `json:"last"`
	}
	if err := json.Unmarshal([]byte(read(t, dir, run, "result.json")), &trained); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(ok(t, dir, "eval", run, "--json")), &again); err != nil {
		t.Fatal(err)
	}
	if compact(t, trained.Last) != compact(t, again.Last) {
		t.Error("eval differs from the run's own last round")
	}
	ok(t, dir, "eval", run, "--cache", "half")
	if out := ok(t, dir, "inspect", run, "--verify"); !strings.Contains(out, "model: 48 classes (") {
		t.Errorf("inspect does not show the model:\n%s", out)
	}
	ok(t, dir, "train", "--cache", "cache", "--out", "gate", "--module", "gate", "--rounds", "2", "--clients", "3",
		"--align", "kl", "--partition", "iid", "--imbalance", "2")
}

func compact(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// commandNames are the names of all commands, those of a group with the group's.
func commandNames() [][]string {
	var names [][]string
	for _, c := range application().Commands {
		if len(c.Subcommands) == 0 && !c.Hidden {
			names = append(names, []string{c.Name})
		}
		for _, s := range c.Subcommands {
			names = append(names, []string{c.Name, s.Name})
		}
	}
	return names
}

func TestHelp(t *testing.T) {
	dir := t.TempDir()
	if out := ok(t, dir, "--help"); !strings.Contains(out, "fedpurel demo") {
		t.Error("help does not say where to start")
	}
	for _, name := range commandNames() {
		out := ok(t, dir, append(name, "--help")...)
		for _, want := range []string{"Example: fedpurel " + strings.Join(name, " "), "Exit codes: 0"} {
			if !strings.Contains(out, want) {
				t.Errorf("help of %v lacks %q", name, want)
			}
		}
	}
	ok(t, dir, "--version")
}

func TestWrongUsage(t *testing.T) {
	dir := imported(t)
	train := func(extra ...string) []string {
		return append(append([]string{"train", "--out", "run"}, quick...), extra...)
	}
	compare := func(extra ...string) []string {
		return append([]string{"compare", "--cache", "cache", "--out", "runs"}, extra...)
	}
	for _, c := range []struct {
		code int
		say  string
		args []string
	}{
		{2, "nonsense", []string{"nonsense"}},
		{2, `unknown command "trian"; did you mean train? known: demo`, []string{"trian"}},
		{2, `unknown command "lst"; did you mean list? known: list, show`, []string{"models", "lst"}},
		{2, "name what to do: `fedpurel cache import`, `", []string{"cache"}},
		{2, "flag provided but not defined: -ruonds, did you mean --rounds?", train("--ruonds", "3")},
		{2, "not defined: -colour; see", train("--colour", "3")},
		{2, `unknown module "loar"; did you mean lora?`, train("--module", "loar")},
		{2, `unknown method "fedpurl"; did you mean fedpurel?`, train("--method", "fedpurl")},
		{2, `unknown loss "adjustd"; did you mean adjusted?`, train("--loss", "adjustd")},
		{2, `unknown preset "papr"; did you mean paper?`, train("--preset", "papr")},
		{2, `unknown kind "dirichelt"; did you mean dirichlet?`, train("--partition", "dirichelt")},
		{2, `unknown long tail "natrual"; did you mean natural?`, train("--tail", "natrual")},
		{2, "gate, gate-head, linear, lora", train("--module", "prompts")},
		{2, strings.Join(method.Names(), ", "), train("--method", "fedsgd")},
		{2, "rounds", train("--rounds", "0")},
		{2, "fraction", train("--fraction", "1.5")},
		{2, "kl, lskd, tkl", train("--align", "js")},
		{2, "imbalance", train("--imbalance", "0.5")},
		{2, "clients", train("--clients", "100000")},
		{2, "Dirichlet", train("--beta", "0")},
		{2, "train needs --cache", []string{"train", "--out", "run"}},
		{2, "out", append([]string{"train"}, quick...)},
		{2, "--seeds", compare("--seeds", "5-1")},
		{2, "--data-seeds", compare("--data-seeds", "5-1")},
		{2, "give one of the two", compare("--data-seeds", "1-2", "--data-seed", "3")},
		{2, "is one that is made", compare("--data-seeds", "1-2", "--partition-file", "p")},
		{2, "unexpected argument", train("stray")},
		{2, "--mix is read by --method fedpurel and --personal residual; --method fedavg reads ",
			train("--method", "fedavg", "--mix", "1")},
		{2, "--hidden is read by --module residual, residual-head; --module lora ", train("--hidden", "64")},
		{2, "--logit-adjust is read by --loss adjusted", train("--logit-adjust", "1")},
		{2, "--lc-tau is read by --loss fedlc; --loss ce reads no options", train("--lc-tau", "1")},
		{2, "reads the update of a trainable head", train("--loss", "adjusted", "--prior", "estimated")},
		{2, "--wise is read by methods that train a global model", train("--method", "local", "--wise", "0.5")},
		{2, "--batch is read by --method", train("--method", "zeroshot")},
		{2, "is one that is made", train("--partition-file", "p")},
		{2, "none of the runs", []string{"compare", "--cache", "c", "--out", "x", "--methods", "fedavg", "--mix", "1"}},
		{2, "unknown loss", train("--loss", "hinge")},
		{2, "not a whole number", train("--spec", writeFile(t, dir, `{"rounds": 1.5}`))},
		{10, "nowhere", []string{"train", "--cache", "nowhere", "--out", "run"}},
		{10, "nowhere", []string{"inspect", "nowhere"}},
		{10, "nowhere", []string{"report", "nowhere", "--out", "r"}},
		{10, "nowhere", []string{"eval", "nowhere"}},
		{10, "nowhere", []string{"featurize", "--data", "nowhere", "--out", "c"}},
		{2, "skip", []string{"featurize", "--data", ".", "--out", "c", "--on-error", "explode"}},
		{2, "f16", []string{"featurize", "--data", ".", "--out", "c", "--dtype", "f64"}},
	} {
		fails(t, dir, c.code, c.say, c.args...)
	}
	if _, err := os.Stat(filepath.Join(dir, "run")); err == nil {
		t.Error("a refused run left a folder behind")
	}
	spec := filepath.Join(dir, "spec.json")
	if err := os.WriteFile(spec, []byte(`{"ruonds": 3}`), 0o644); err != nil {
		t.Fatal(err)
	}
	fails(t, dir, 2, `unknown field "ruonds"; did you mean rounds? known: `, train("--spec", spec)...)
	if err := os.WriteFile(spec, []byte(`{"rounds": 3, "method": "fedavg", "align": "kl"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	fails(t, dir, 2, "--align is read by --method fedpurel; --method fedavg reads --lr, ", train("--spec", spec)...)
	if err := os.WriteFile(spec, []byte(`{"rounds": 3, "method": "fedavg", "clients": 4}`), 0o644); err != nil {
		t.Fatal(err)
	}
	ok(t, dir, train("--spec", spec, "--rounds", "2")...) // flags before file before defaults
	saved := read(t, dir, "run", "spec.json")
	put(t, dir, "spec.yaml", []byte("# as above\nrounds: 3\nmethod: fedavg\nclients: 4\n"))
	ok(t, dir, train("--spec", "spec.yaml", "--rounds", "2", "--out", "yaml")...)
	if read(t, dir, "yaml", "spec.json") != saved {
		t.Error("the same spec in YAML gives another run")
	}
	put(t, dir, "variants.yml", []byte("- {label: a, method: fedavg}\n- {label: b, method: fedavg, lrr: 0.1}\n"))
	fails(t, dir, 2, `entry 2: unknown field "lrr"; did you mean lr?`, "compare", "--cache", "cache", "--out", "x",
		"--variants", "variants.yml")
	if strings.Contains(saved, "purify_lambda") {
		t.Error("spec.json holds options that the run does not read")
	}
	for _, want := range []string{`"rounds": 2`, `"method": "fedavg"`, `"clients": 6`, `"lr": 0.01`} {
		if !strings.Contains(saved, want) {
			t.Errorf("spec.json lacks %s", want)
		}
	}
	fails(t, dir, 2, "already holds a run", train("--rounds", "2")...)
	fails(t, dir, 2, "rounds is 5, was 2", train("--spec", spec, "--rounds", "5", "--resume")...)
}

func TestBadData(t *testing.T) {
	dir := imported(t)
	importOf := func(spoil func(split string, row int, x []float32, y *int64)) []string {
		return append([]string{"cache", "import", "--out", "bad"}, arrays(t, dir, spoil)...)
	}
	fails(t, dir, 11, "row 5", importOf(func(split string, row int, x []float32, _ *int64) {
		if split == "train" && row == 5 {
			x[3] = float32(math.NaN())
		}
	})...)
	fails(t, dir, 11, "label 99", importOf(func(split string, row int, _ []float32, y *int64) {
		if split == "test" && row == 2 {
			*y = 99
		}
	})...)
	ok(t, dir, append([]string{"train", "--rounds", "2", "--out", "run"}, quick...)...)

	labels := filepath.Join(dir, "cache", "train.labels.npy")
	good := read(t, labels)
	if err := os.WriteFile(labels, []byte(good[:len(good)-4]), 0o644); err != nil {
		t.Fatal(err)
	}
	fails(t, dir, 12, "train.labels.npy", append([]string{"train", "--out", "x"}, quick...)...)
	if err := os.WriteFile(labels, []byte(good), 0o644); err != nil {
		t.Fatal(err)
	}
	features := filepath.Join(dir, "cache", "train.features.npy")
	good = read(t, features)
	if err := os.WriteFile(features, []byte(good[:len(good)/2]), 0o644); err != nil {
		t.Fatal(err)
	}
	fails(t, dir, 11, "truncated", append([]string{"train", "--out", "x"}, quick...)...)
	edited := []byte(good)
	copy(edited[200:], "\x00\x00\xc0\x7f") // a NaN
	if err := os.WriteFile(features, edited, 0o644); err != nil {
		t.Fatal(err)
	}
	fails(t, dir, 12, "train.features.npy", "inspect", "cache", "--verify")
	if err := os.WriteFile(features, []byte(good), 0o644); err != nil {
		t.Fatal(err)
	}
	checkpoint, err := filepath.Glob(filepath.Join(dir, "run", "checkpoint", "*.shared-phi.npy"))
	if err != nil || len(checkpoint) != 1 {
		t.Fatal(checkpoint, err)
	}
	good = read(t, checkpoint[0])
	if err := os.WriteFile(checkpoint[0], []byte(good[:300]+"x"+good[301:]), 0o644); err != nil {
		t.Fatal(err)
	}
	fails(t, dir, 12, "shared-phi.npy", "eval", "run")
	if err := os.Remove(checkpoint[0]); err != nil {
		t.Fatal(err)
	}
	fails(t, dir, 11, "shared-phi.npy", "inspect", "run", "--verify")
}

// A checkpoint meets a cache of another dimension.
func TestAnotherDimension(t *testing.T) {
	dir := imported(t)
	ok(t, dir, append([]string{"train", "--rounds", "2", "--out", "run"}, quick...)...)
	args := []string{"cache", "import", "--out", "wide"}
	for _, name := range []string{"train", "test"} {
		n := map[string]int{"train": 60, "test": 20}[name] * nClasses
		b := npy.AppendHeader(nil, "<f4", n, 2*dim)
		b = npy.AppendFloats(b, "<f4", make([]float32, n*2*dim))
		if err := os.WriteFile(filepath.Join(dir, name+"_wide.npy"), b, 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--"+name+"-features", name+"_wide.npy", "--"+name+"-labels", name+"_y.npy")
	}
	text := npy.AppendHeader(nil, "<f4", nClasses, 2*dim)
	for range nClasses * 2 * dim {
		text = npy.AppendFloats(text, "<f4", []float32{1})
	}
	if err := os.WriteFile(filepath.Join(dir, "text_wide.npy"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	ok(t, dir, append(args, "--text-features", "text_wide.npy")...)
	fails(t, dir, 11, "dimension", "eval", "run", "--cache", "wide")
}

// Pictures that are none, through the real program.
func TestBadPictures(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	put := func(name string, data []byte) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	img := image.NewRGBA(image.Rect(0, 0, 9, 7))
	img.Set(3, 3, color.White)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	for _, class := range []string{"ein Hund", "猫"} {
		for _, split := range []string{"train", "test"} {
			for i := range 5 {
				put("data/"+split+"/"+class+"/"+strconv.Itoa(i)+".png", b.Bytes())
			}
		}
	}
	fails(t, dir, 10, "no class folders", "featurize", "--data", t.TempDir(), "--out", "c")
	put("one/train/a/1.png", b.Bytes())
	put("one/test/a/1.png", b.Bytes())
	fails(t, dir, 2, "single class", "featurize", "--data", "one", "--out", "c")
	put("data/train/猫/empty.jpg", nil)
	fails(t, dir, 11, "empty.jpg", "featurize", "--data", "data", "--model", "tiny", "--out", "c1")
	put("data/train/猫/page.jpg", []byte("<html>"))
	put("data/test/猫/torn.png", b.Bytes()[:b.Len()-20])
	out := ok(t, dir, "featurize", "--data", "data", "--model", "tiny", "--out", "c2", "--on-error", "skip")
	for _, want := range []string{"train 10 images, 2 skipped", "test  10 images, 1 skipped", "page.jpg", "torn.png"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	if m := read(t, dir, "c2", "manifest.json"); !strings.Contains(m, "ein Hund") || !strings.Contains(m, "猫") {
		t.Error("class names are lost")
	}
	fails(t, dir, 10, "--ort-lib", "featurize", "--data", "data", "--model", "tiny", "--out", "c3",
		"--ort-lib", "nowhere.so")
	// Clients without a test image.
	ok(t, dir, "train", "--cache", "c2", "--out", "run", "--clients", "4", "--imbalance", "1", "--rounds", "2")
}
