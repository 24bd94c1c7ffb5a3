package ortlib

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

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
