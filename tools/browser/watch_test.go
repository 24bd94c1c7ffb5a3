package browser

import (
	"fmt"
	"math"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/fedpurel/fedpurel/fed/report/watch"
)

// journals writes two runs as they stand after some rounds.
func journals(t *testing.T, dir string, rounds int) {
	t.Helper()
	for k, method := range []string{"fedavg", "fedpurel"} {
		var lines strings.Builder
		for r := 1; r <= rounds; r++ {
			scores := ""
			if r%5 == 0 {
				a := 0.6 + 0.1*(1-math.Exp(-float64(r)/30)) + 0.02*float64(k)
				one := fmt.Sprintf(`{"all": %.4f, "groups": [%.4f, %.4f, %.4f]}`, a, a+0.1, a, a-0.1)
				scores = fmt.Sprintf(`"scores": {"global": %s, "on_local": %[1]s, "personal": %[1]s},`, one)
			}
			fmt.Fprintf(&lines, `{"round": %d, "cohort": [0], %s "diagnosis": {"angle": %d, "drift": 0.2, `+
				`"loss_task": %.3f}, "floats": 1, "seconds": 9}`+"\n", r, scores, 80+r/10, 2-0.01*float64(r))
		}
		spec := fmt.Sprintf(`{"method": %q, "module": "lora", "seed": 1, "data_seed": 1, "rounds": 100}`, method)
		for name, text := range map[string]string{"spec.json": spec, "rounds.jsonl": lines.String()} {
			path := filepath.Join(dir, method, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestWatch keeps a page open while runs go on: it is laid out as reports are, and shows what is new by itself; what a
// reader has hidden stays hidden.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	journals(t, dir, 37)
	runs, err := watch.Open(func(name string) string { return name }, dir)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(runs.Handler(time.Now))
	t.Cleanup(server.Close)
	p := open(t, server.URL)
	p.layout("watch")
	title := func() string { // empty while the page comes anew
		text, _ := chromedp.Run(p.Context, chromedp.Evaluate[string](`document.querySelector('h1')?.textContent || ''`))
		return text
	}
	if got := title(); !strings.HasPrefix(got, "Round 37 of 100") {
		t.Errorf("the page begins with %q", got)
	}
	ask[int](p, `document.querySelector('.keys [data-m="m1"]').click(), 0`)
	journals(t, dir, 45)
	for range 40 {
		if strings.HasPrefix(title(), "Round 45 of 100") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if got := title(); !strings.HasPrefix(got, "Round 45 of 100") {
		t.Errorf("8 rounds later the page begins with %q", got)
	}
	time.Sleep(300 * time.Millisecond) // its script runs behind its heading
	if got := ask[string](p, `document.querySelector('.keys [data-m="m1"]').ariaPressed`); got != "false" {
		t.Errorf("aria-pressed of a hidden method is %q afterwards", got)
	}
	p.quiet()
	p.audit()
}
