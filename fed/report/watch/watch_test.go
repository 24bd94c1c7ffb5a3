package watch_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fedpurel/fedpurel/fed/report/watch"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// begin makes a run folder in which nothing was trained yet.
func begin(t *testing.T, dir, method, label string, seed int) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "spec.json"), fmt.Sprintf(`{"method": %q, "label": %q, "module": "lora", "seed": %d, `+
		`"data_seed": 1, "rounds": 100}`, method, label, seed))
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// record is a line of a journal, an evaluation at every fifth.
func record(round int) string {
	scores := ""
	if round%5 == 0 {
		one := fmt.Sprintf(`{"all": %.3f, "groups": [0.8, 0.7, 0.6]}`, 0.5+0.001*float64(round))
		scores = fmt.Sprintf(`"scores": {"global": %s, "on_local": %[1]s, "personal": %[1]s},`, one)
	}
	return fmt.Sprintf(`{"round": %d, "cohort": [1, 2], %s "diagnosis": {"angle": 91.5, "loss_task": 1.25}, `+
		`"floats": 10, "seconds": 12}`+"\n", round, scores)
}

func journal(from, to int) (text string) {
	for r := from; r <= to; r++ {
		text += record(r)
	}
	return text
}

// handler serves the runs in dir. The clock stands shortly behind what was written.
func handler(t *testing.T, dir string) http.Handler {
	t.Helper()
	runs, err := watch.Open(func(name string) string { return "The " + name }, dir)
	if err != nil {
		t.Fatal(err)
	}
	return runs.Handler(func() time.Time { return noon })
}

// get asks as a browser on this machine does.
func get(t *testing.T, h http.Handler, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1:4000"+path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

// contains looks for parts of a page in turn.
func contains(t *testing.T, page string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(page, part) {
			t.Errorf("the page has no %q", part)
		}
	}
}

// TestGrows follows a run from an empty folder to its end: the page and the state change with every whole line, and
// not with half of one.
func TestGrows(t *testing.T) {
	dir := t.TempDir()
	h := handler(t, dir)
	contains(t, get(t, h, "/"), "Waiting for the first run", "connect-src &#39;self&#39;")
	run := begin(t, filepath.Join(dir, "fedavg", "seed-1"), "fedavg", "", 1)
	contains(t, get(t, h, "/"), "Waiting for the first round")

	path := filepath.Join(run, "rounds.jsonl")
	write(t, path, journal(1, 37))
	contains(t, get(t, h, "/"), "Round 37 of 100 · 13 min left", "The fedavg", "53.5", "angle to zero-shot")
	state := get(t, h, "/state")
	if !strings.Contains(get(t, h, "/"), "'"+state+"'") {
		t.Error("the page does not know its state")
	}

	line := record(38)
	write(t, path, journal(1, 37)+line[:30])
	if got := get(t, h, "/state"); got != state {
		t.Error("half a line changes the state")
	}
	write(t, path, journal(1, 37)+line)
	if got := get(t, h, "/state"); got == state {
		t.Error("a new line does not change the state")
	}
	contains(t, get(t, h, "/"), "Round 38 of 100")

	write(t, path, journal(1, 20)) // resumed from a checkpoint
	contains(t, get(t, h, "/"), "Round 20 of 100")

	write(t, path, journal(1, 100))
	write(t, filepath.Join(run, "result.json"), `{"zero_shot": {"global": {"all": 0.415}}}`)
	contains(t, get(t, h, "/"), "The run is finished", "41.5", "60.0")
}

// TestSeveral shows runs by what they are: seeds together, labels and modules apart, and says which of them are silent.
func TestSeveral(t *testing.T) {
	dir := t.TempDir()
	for seed := range 2 {
		run := begin(t, filepath.Join(dir, "ours", fmt.Sprint(seed)), "fedpurel", "", seed)
		write(t, filepath.Join(run, "rounds.jsonl"), journal(1, 30))
		old := noon.Add(-time.Hour)
		if err := os.Chtimes(filepath.Join(run, "rounds.jsonl"), old, old); err != nil {
			t.Fatal(err)
		}
	}
	begin(t, filepath.Join(dir, "other"), "fedavg", "<b>other</b>", 1)
	page := get(t, handler(t, dir), "/")
	contains(t, page, "Round 30 of 100", "0 of 3 runs finished", "The fedpurel", "&lt;b&gt;other&lt;/b&gt;",
		"Nothing new of 0 for 60 min")
	if strings.Contains(page, dir) {
		t.Error("the page says where the runs lie on this machine")
	}
}

// TestMany shows the methods that trained last, where there are more than colours, and says how many it does not.
func TestMany(t *testing.T) {
	dir := t.TempDir()
	for k := range 15 {
		run := begin(t, filepath.Join(dir, fmt.Sprint(k)), "fedavg", fmt.Sprintf("method-%02d.", k), 1)
		write(t, filepath.Join(run, "rounds.jsonl"), journal(1, 10))
		at := noon.Add(-time.Duration(k) * time.Second)
		if err := os.Chtimes(filepath.Join(run, "rounds.jsonl"), at, at); err != nil {
			t.Fatal(err)
		}
	}
	page := get(t, handler(t, dir), "/")
	contains(t, page, "3 methods are not shown", "method-00.", "method-11.")
	if strings.Contains(page, "method-12.") {
		t.Error("an older method is shown")
	}
}

// TestRefuses answers only reads, asked by this machine's own name.
func TestRefuses(t *testing.T) {
	h := handler(t, t.TempDir())
	for _, c := range []struct {
		method, host, path string
		code               int
	}{
		{"GET", "127.0.0.1:4000", "/", 200}, {"HEAD", "localhost:4000", "/", 200}, {"GET", "[::1]:4000", "/state", 200},
		{"GET", "LOCALHOST", "/", 200}, {"GET", "evil.example", "/", 403}, {"GET", "evil.example:4000", "/state", 403},
		{"GET", "127.0.0.1.evil.example:4000", "/", 403}, {"GET", "10.0.0.7:4000", "/", 403}, {"GET", "", "/", 403},
		{"POST", "127.0.0.1:4000", "/", 405}, {"PUT", "127.0.0.1", "/state", 405}, {"OPTIONS", "127.0.0.1", "/", 405},
		{"GET", "127.0.0.1:4000", "/spec.json", 404}, {"GET", "127.0.0.1:4000", "/../spec.json", 404},
	} {
		r := httptest.NewRequest(c.method, "http://127.0.0.1:4000/", nil)
		r.Host, r.URL.Path = c.host, c.path
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.code && (c.code != 404 || w.Code != 301) && (c.code != 404 || w.Code != 307) {
			t.Errorf("%s %s of %q: %d, want %d", c.method, c.path, c.host, w.Code, c.code)
		}
	}
}

// TestOpenRefuses names a folder that is not there.
func TestOpenRefuses(t *testing.T) {
	_, err := watch.Open(strings.ToUpper, filepath.Join(t.TempDir(), "none"))
	if err == nil || !strings.Contains(err.Error(), "there is no folder") {
		t.Errorf("got %v", err)
	}
}
