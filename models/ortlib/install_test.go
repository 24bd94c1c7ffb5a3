package ortlib

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/durable"
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

const (
	npmMember = "package/bin/libonnxruntime.so.1"
	pipMember = "onnxruntime/capi/libonnxruntime.so.1.27.0"
)

func sum(content string) string {
	h := sha256.Sum256([]byte(content))
	return hex.EncodeToString(h[:])
}

// fresh is an installation of made-up libraries into a folder that is not there yet.
func fresh(t *testing.T) installer {
	own := []published{
		{sum("from npm"), "linux/amd64", "npm", "-", npmMember},
		{sum("from pip"), "linux/amd64", "pip", "manylinux_x", pipMember},
	}
	other := published{sum("for ARM"), "linux/arm64", "pip", "manylinux_y", pipMember}
	return installer{
		Options: Options{Dir: filepath.Join(t.TempDir(), "a", "b")},
		goos:    "linux",
		all:     append(slices.Clone(own), other),
		rows:    own,
	}
}

// nothing requires that an attempt left nothing.
func nothing(t *testing.T, i installer, what string) {
	t.Helper()
	if _, err := os.Lstat(filepath.Dir(i.Dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s: something was left in %s", what, i.Dir)
	}
}

func TestInstallPackage(t *testing.T) {
	npm, pip := member{npmMember, "from npm", false}, member{pipMember, "from pip", false}
	for name, c := range map[string]struct {
		file    []byte
		library string
	}{
		"npm":          {tgz(t, member{name: "package/x"}, npm), "from npm"},
		"wheel":        {whl(t, member{name: "x"}, pip), "from pip"},
		"npm as a zip": {whl(t, npm), "from npm"},
		"either name":  {tgz(t, member{pipMember, "from npm", false}), "from npm"},
	} {
		i, file := fresh(t), save(t, c.file, t.TempDir(), "p")
		i.Package = file
		got, err := i.install(t.Context())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		content, err := os.ReadFile(got.Path)
		if err != nil || string(content) != c.library || got.SHA256 != sum(c.library) || got.From != file ||
			got.Path != filepath.Join(i.Dir, "libonnxruntime.so.1") || got.Version != Version {
			t.Errorf("%s: %+v with %q, %v", name, got, content, err)
		}
		if files, _ := os.ReadDir(i.Dir); len(files) != 1 {
			t.Errorf("%s: besides the library there are %v", name, files)
		}
		i.Package = "" // and nothing is fetched
		if again, err := i.install(t.Context()); err != nil || again.From != "" || again.SHA256 != got.SHA256 {
			t.Errorf("%s: again: %+v, %v", name, again, err)
		}
		save(t, []byte("damaged"), got.Path)
		i.Package = file
		if again, err := i.install(t.Context()); err != nil || again.From == "" {
			t.Errorf("%s: over a damaged one: %+v, %v", name, again, err)
		}
	}
}

func TestInstallRefuses(t *testing.T) {
	npm := func(name, content string) []byte { return tgz(t, member{name, content, false}) }
	pip := func(name, content string) []byte { return whl(t, member{name, content, false}) }
	good, wheel := npm(npmMember, "from npm"), pip(pipMember, "from pip")
	for name, c := range map[string]struct {
		content []byte
		kind    fault.Kind
		say     string
	}{
		"another hash":          {npm(npmMember, "From npm"), fault.Mismatch, "SHA-256"},
		"another hash, zipped":  {pip(pipMember, "From pip"), fault.Mismatch, "SHA-256"},
		"another platform":      {pip(pipMember, "for ARM"), fault.Mismatch, "for linux/arm64, not for linux/amd64"},
		"another package":       {npm("package/x", "from npm"), fault.Corrupt, "npm pack onnxruntime-node@"},
		"another wheel":         {pip("x", "from pip"), fault.Corrupt, "holds no"},
		"a path that leads out": {npm("package/../"+npmMember, "from npm"), fault.Corrupt, "holds no"},
		"an absolute path":      {pip("/"+pipMember, "from pip"), fault.Corrupt, "holds no"},
		"a link":                {tgz(t, member{npmMember, "", true}), fault.Corrupt, "plain file"},
		"a link, zipped":        {whl(t, member{pipMember, "/etc/passwd", true}), fault.Corrupt, "plain file"},
		"an empty library":      {npm(npmMember, ""), fault.Corrupt, "plain file"},
		"a truncated tar":       {good[:len(good)/2], fault.Corrupt, "not whole"},
		"a truncated zip":       {wheel[:len(wheel)-5], fault.Corrupt, "not whole"},
		"a zip with damage":     {spoilt(wheel), fault.Corrupt, "damaged"},
		"an empty file":         {nil, fault.Corrupt, "no package"},
		"the library by itself": {[]byte("from npm"), fault.Corrupt, "no package"},
	} {
		i := fresh(t)
		i.Package = save(t, c.content, t.TempDir(), "p")
		if _, err := i.install(t.Context()); fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
		nothing(t, i, name)
	}
	i := fresh(t)
	i.Package = filepath.Join(t.TempDir(), "none.tgz")
	refused := func(kind fault.Kind, say string) {
		t.Helper()
		if _, err := i.install(t.Context()); fault.KindOf(err) != kind || !strings.Contains(err.Error(), say) {
			t.Errorf("%v, want %q", err, say)
		}
	}
	refused(fault.Missing, "--package")
	i.With = "pip"
	refused(fault.Usage, "one of them")
	i.Package, i.With = "", "apt"
	refused(fault.Usage, "npm and pip")
	i.Dir, i.With = "", ""
	refused(fault.Usage, "--dir")
}

// spoilt is a zip of one member whose compressed bytes are not what they were.
func spoilt(zip []byte) []byte {
	zip = slices.Clone(zip)
	at := 30 + len(pipMember) // behind the member's head
	zip[at] ^= 0xff
	return zip
}

// A library that is there stays when another attempt fails, and a folder that was there too.
func TestInstallKeepsWhatIsThere(t *testing.T) {
	i := fresh(t)
	save(t, []byte("mine"), i.Dir, "libonnxruntime.so.1")
	i.Package = save(t, tgz(t, member{npmMember, "other", false}), t.TempDir(), "p")
	if _, err := i.install(t.Context()); fault.KindOf(err) != fault.Mismatch {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(i.Dir, "libonnxruntime.so.1")); err != nil || string(got) != "mine" {
		t.Errorf("%q, %v", got, err)
	}
	empty := fresh(t)
	if err := os.MkdirAll(empty.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	empty.Package = i.Package
	if _, err := empty.install(t.Context()); err == nil {
		t.Fatal("installed")
	}
	if left, err := os.ReadDir(empty.Dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestInstallTwice(t *testing.T) {
	i := fresh(t)
	if err := os.MkdirAll(i.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	release, err := durable.Hold(i.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	i.Package = save(t, tgz(t, member{npmMember, "from npm", false}), t.TempDir(), "p")
	if _, err := i.install(t.Context()); err == nil || !strings.Contains(err.Error(), "another installation") {
		t.Error(err)
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
