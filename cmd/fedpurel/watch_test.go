package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestWatch follows a run while it trains, on the address that is printed, and ends well when it is interrupted.
func TestWatch(t *testing.T) {
	dir := imported(t)
	fails(t, dir, 10, "there is no folder runs yet", "watch", "runs")
	fails(t, dir, 2, "--port 70000 is not from 0 to 65535", "watch", ".", "--port", "70000")
	if err := os.Mkdir(filepath.Join(dir, "runs"), 0o755); err != nil {
		t.Fatal(err)
	}
	watch := exec.Command(program, "watch", "runs")
	watch.Dir = dir
	out, err := watch.StdoutPipe()
	if err == nil {
		err = watch.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Process.Kill()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "http://127.0.0.1:") {
		t.Fatalf("printed %q: %v", line, err)
	}
	url := strings.Fields(line)[0]
	shows(t, url, "Waiting for the first run")
	fails(t, dir, 1, "another --port may be free", "watch", "runs", "--port", url[len("http://127.0.0.1:"):len(url)-1])

	train := exec.Command(program, append([]string{"train", "--rounds", "2000", "--out", "runs/one"}, quick...)...)
	train.Dir = dir
	if err := train.Start(); err != nil {
		t.Fatal(err)
	}
	shows(t, url, " of 2000 · ")
	_ = train.Process.Kill()
	_ = train.Wait()
	ok(t, dir, append([]string{"train", "--rounds", "2", "--out", "runs/two"}, quick...)...)
	shows(t, url, "1 of 2 runs finished")

	if runtime.GOOS == "windows" {
		return
	}
	_ = watch.Process.Signal(os.Interrupt)
	if err := watch.Wait(); err != nil {
		t.Errorf("interrupted: %v", err)
	}
}

// shows waits until the page of an address holds some words.
func shows(t *testing.T, url, words string) {
	t.Helper()
	var page []byte
	for range 100 {
		answer, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		page, err = io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v: %s", answer.Status, err, page)
		}
		if strings.Contains(string(page), words) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("the page never shows %q", words)
}
