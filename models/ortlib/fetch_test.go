package ortlib

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

func TestTableNamesEveryPlatform(t *testing.T) {
	all, err := rows(table)
	if err != nil {
		t.Fatal(err)
	}
	for _, platform := range []string{"linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64", "windows/arm64"} {
		own, err := of(all, platform)
		if err != nil || len(own) != 2 || own[0].client != "npm" || own[1].client != "pip" {
			t.Errorf("%s: %+v, %v", platform, own, err)
		}
	}
	if _, err := of(all, "plan9/386"); fault.KindOf(err) != fault.Missing || !strings.Contains(err.Error(), Env) ||
		strings.Count(err.Error(), "linux/amd64") != 1 {
		t.Errorf("unknown platform: %v", err)
	}
	for _, bad := range []string{"abc linux/amd64 npm - x\n", strings.Repeat("0", 64) + " linux/amd64 apt - x\n"} {
		if _, err := rows(bad); err == nil {
			t.Errorf("the line %q was read", bad)
		}
	}
}

// programs puts shell scripts in place of all programs.
func programs(t *testing.T, scripts map[string]string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the programs of this test are shell scripts")
	}
	dir := t.TempDir()
	for name, script := range scripts {
		save(t, []byte("#!/bin/sh\nPATH=/usr/bin:/bin\n"+script), dir, name)
	}
	t.Setenv("PATH", dir)
}

func TestInstallFetches(t *testing.T) {
	npm := save(t, tgz(t, member{npmMember, "from npm", false}), t.TempDir(), "p")
	pip := save(t, whl(t, member{pipMember, "from pip", false}), t.TempDir(), "p")
	// A client that is asked for something else fails.
	asked := func(words, file, made string) string {
		return `case "$*" in *"` + words + `") cp ` + file + " " + made + ";; *) exit 9;; esac"
	}
	goodNPM := asked("--ignore-scripts --pack-destination $PWD onnxruntime-node@1.27.0", npm, "p.tgz")
	goodPip := asked("--platform manylinux_x --dest $PWD onnxruntime==1.27.0", pip, "p.whl")
	const noNPM, noPip = "echo npm error E404 >&2; exit 1", "exit 1"
	type scripts = map[string]string
	for name, c := range map[string]struct {
		scripts    scripts
		with, from string // or what the error says
		kind       fault.Kind
	}{
		"npm":            {scripts{"npm": goodNPM}, "", "npm", 0},
		"pip":            {scripts{"pip": goodPip}, "", "pip", 0},
		"both":           {scripts{"npm": goodNPM, "pip": goodPip}, "", "npm", 0},
		"pip wanted":     {scripts{"npm": goodNPM, "pip3": goodPip}, "pip", "pip", 0},
		"pip of Python":  {scripts{"python3": `[ "$1 $3" = "-m --version" ] || ` + goodPip}, "", "pip", 0},
		"npm fails":      {scripts{"npm": noNPM, "pip": goodPip}, "", "pip", 0},
		"both fail":      {scripts{"npm": noNPM, "pip": noPip}, "", "E404", fault.Failure},
		"nothing made":   {scripts{"npm": "exit 0"}, "", "left 0 files", fault.Failure},
		"neither":        {scripts{"python3": "exit 1"}, "", "no npm and no pip", fault.Missing},
		"no pip":         {scripts{"npm": goodNPM}, "pip", "there is no pip", fault.Missing},
		"another's file": {scripts{"npm": "echo x > p.tgz"}, "", "no package", fault.Corrupt},
	} {
		t.Run(name, func(t *testing.T) {
			programs(t, c.scripts)
			i := fresh(t)
			var said []string
			i.With, i.Say = c.with, func(message string) { said = append(said, message) }
			got, err := i.install(t.Context())
			if c.from == "npm" || c.from == "pip" {
				if err != nil || got.From != c.from || got.SHA256 != sum("from "+c.from) || len(said) == 0 {
					t.Fatalf("%+v, %v, %q", got, err, said)
				}
				if files, _ := os.ReadDir(i.Dir); len(files) != 1 {
					t.Errorf("besides the library there are %v", files)
				}
				return
			}
			if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.from) {
				t.Fatal(err)
			}
			if c.kind == fault.Missing && (!strings.Contains(err.Error(), "--package") ||
				!strings.Contains(err.Error(), "pip download")) {
				t.Errorf("no remedy: %v", err)
			}
			nothing(t, i, name)
		})
	}
}

func TestInstallInterrupted(t *testing.T) {
	programs(t, map[string]string{"npm": "exec sleep 60"})
	i := fresh(t)
	ctx, stop := context.WithCancel(t.Context())
	i.Say = func(string) { stop() }
	if _, err := i.install(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	nothing(t, i, "interrupted")
}

func TestClients(t *testing.T) {
	programs(t, map[string]string{"npm": "exit 0"})
	if got := Clients(t.Context()); len(got) != 1 || filepath.Base(got["npm"]) != "npm" {
		t.Errorf("%v", got)
	}
}

// Install knows this platform, or says what to do.
func TestInstallHere(t *testing.T) {
	programs(t, nil)
	dir := t.TempDir()
	if _, err := Install(t.Context(), Options{Dir: dir}); fault.KindOf(err) != fault.Missing {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}
