package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fedpurel/fedpurel/train/fault"
)

const (
	repository = "someone/some-clip"
	commit     = "0123456789abcdef0123456789abcdef01234567"
)

// fake is a hub with one repository. Its knobs break the answers in the ways networks and mirrors do.
type fake struct {
	*httptest.Server
	mu       sync.Mutex
	files    map[string][]byte
	large    []string          // kept as LFS, with a SHA-256 in the list
	says     map[string]string // a SHA-256 in the list other than the true one
	broken   map[string]int    // so many answers for the file end in the middle
	silent   map[string]int    // so many answers stop to send in the middle
	failing  map[string]int    // so many answers are 503
	status   map[string]int    // answered always
	noRange  bool
	redirect string // the file's bytes come from this host
	token    string
	requests []string
	tokens   map[string]string // by host, what was sent
}

func newFake(t *testing.T) *fake {
	f := &fake{
		files: map[string][]byte{
			"config.json":            []byte(`{"a":1}`),
			"onnx/vision_model.onnx": blob(1, 700_000),
			"onnx/text_model.onnx":   blob(2, 300_000),
			"README.md":              []byte("hello"),
		},
		large:   []string{"onnx/vision_model.onnx", "onnx/text_model.onnx"},
		says:    map[string]string{},
		broken:  map[string]int{},
		silent:  map[string]int{},
		failing: map[string]int{},
		status:  map[string]int{},
		tokens:  map[string]string{},
	}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func blob(seed byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)*seed + byte(i>>8)
	}
	return b
}

func hexSum(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r.URL.Path+" "+r.Header.Get("Range"))
	f.tokens[r.Host] = r.Header.Get("Authorization")
	take := func(m map[string]int, name string) bool {
		m[name]--
		return m[name] >= 0
	}
	if r.URL.Path == "/api/models/"+repository+"/revision/main" ||
		r.URL.Path == "/api/models/"+repository+"/revision/"+commit {
		if f.token != "" && r.Header.Get("Authorization") != "Bearer "+f.token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		f.list(w)
		return
	}
	name, ok := strings.CutPrefix(r.URL.Path, "/"+repository+"/resolve/"+commit+"/")
	name = strings.TrimPrefix(name, "cdn/")
	data, exists := f.files[name]
	switch {
	case f.status[name] != 0:
		w.WriteHeader(f.status[name])
		return
	case !ok || !exists:
		w.WriteHeader(http.StatusNotFound)
		return
	case take(f.failing, name):
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case f.redirect != "" && !strings.HasPrefix(r.Host, "localhost"):
		http.Redirect(w, r, f.redirect+r.URL.Path, http.StatusFound)
		return
	}
	from := 0
	if n, _ := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); n == 1 && !f.noRange {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(data)-1, len(data)))
		w.Header().Set("Content-Length", fmt.Sprint(len(data)-from))
		w.WriteHeader(http.StatusPartialContent)
	} else {
		from = 0
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	}
	middle := (from + len(data)) / 2
	switch {
	case take(f.broken, name):
		_, _ = w.Write(data[from:middle]) // the connection closes, short of what was announced
	case take(f.silent, name):
		_, _ = w.Write(data[from:middle])
		w.(http.Flusher).Flush()
		f.mu.Unlock()
		<-r.Context().Done()
		f.mu.Lock()
	default:
		_, _ = w.Write(data[from:])
	}
}

func (f *fake) list(w http.ResponseWriter) {
	type lfs struct {
		SHA256 string `json:"sha256"`
		Size   int    `json:"size"`
	}
	type sibling struct {
		Name string `json:"rfilename"`
		Size int    `json:"size"`
		Blob string `json:"blobId"`
		LFS  *lfs   `json:"lfs,omitempty"`
	}
	var all []sibling
	for _, name := range slices.Sorted(maps.Keys(f.files)) {
		data := f.files[name]
		s := sibling{Name: name, Size: len(data)}
		if slices.Contains(f.large, name) {
			s.LFS = &lfs{hexSum(data), len(data)}
			if f.says[name] != "" {
				s.LFS.SHA256 = f.says[name]
			}
		} else {
			sum := sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(data)), data...))
			s.Blob = hex.EncodeToString(sum[:])
		}
		all = append(all, s)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"sha": commit, "siblings": all})
}

func (f *fake) options() Options {
	return Options{Endpoint: f.URL, Attempts: 3, Pause: time.Millisecond, Stall: 200 * time.Millisecond}
}

// both needs the towers, and the config once a tower can be read.
func both(fsys fs.FS) ([]string, error) {
	names := []string{"onnx/text_model.onnx", "onnx/vision_model.onnx"}
	if _, err := fs.Stat(fsys, "onnx/vision_model.onnx"); err != nil {
		return nil, err
	}
	if _, err := fs.ReadFile(fsys, "onnx/vision_model.onnx"); err == nil {
		names = append(names, "config.json")
	}
	return names, nil
}

func (f *fake) pull(t *testing.T, dir string) (*Lock, error) {
	t.Helper()
	return Pull(context.Background(), repository, dir, both, f.options())
}

// complete checks that the folder holds the three files, their record, and nothing else.
func (f *fake) complete(t *testing.T, dir string, l *Lock) {
	t.Helper()
	want := []string{"config.json", "onnx/text_model.onnx", "onnx/vision_model.onnx"}
	if l == nil || l.Revision != commit || !slices.Equal(slices.Sorted(maps.Keys(l.Files)), want) {
		t.Fatalf("lock %+v", l)
	}
	for _, name := range want {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || hexSum(data) != hexSum(f.files[name]) ||
			l.Files[name] != (File{int64(len(data)), hexSum(data)}) {
			t.Errorf("%s: %v, %+v", name, err, l.Files[name])
		}
	}
	n := 0
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, _ error) error {
		if !e.IsDir() {
			n++
		}
		return nil
	})
	if n != 4 {
		t.Errorf("%d files in the folder", n)
	}
	if _, err := Verify(context.Background(), dir, nil); err != nil {
		t.Error(err)
	}
}

func TestPull(t *testing.T) {
	for what, breakIt := range map[string]func(*fake){
		"plain": func(*fake) {},
		// More often than attempts, but it gets on.
		"connection breaks":   func(f *fake) { f.broken["onnx/vision_model.onnx"] = 5 },
		"breaks, no ranges":   func(f *fake) { f.noRange, f.broken["onnx/vision_model.onnx"] = true, 1 },
		"transfer stalls":     func(f *fake) { f.silent["onnx/text_model.onnx"] = 1 },
		"busy for a while":    func(f *fake) { f.failing["config.json"] = 2 },
		"small files are LFS": func(f *fake) { f.large = append(f.large, "config.json") },
	} {
		t.Run(what, func(t *testing.T) {
			f := newFake(t)
			breakIt(f)
			dir := filepath.Join(t.TempDir(), "new", "model")
			var last, total int64
			o := f.options()
			o.Observe = func(d, n int64) { last, total = d, n }
			l, err := Pull(context.Background(), repository, dir, both, o)
			if err != nil {
				t.Fatal(err)
			}
			f.complete(t, dir, l)
			if last != 1_000_007 || total != last {
				t.Errorf("progress ends at %d of %d", last, total)
			}
			before := len(f.requests)
			if l, err = f.pull(t, dir); err != nil {
				t.Fatal(err)
			}
			f.complete(t, dir, l)
			if n := len(f.requests) - before; n != 1 {
				t.Errorf("%d requests for a folder that is complete", n)
			}
		})
	}
}

// An interrupted pull goes on from the byte where it was.
func TestResume(t *testing.T) {
	f := newFake(t)
	f.silent["onnx/vision_model.onnx"] = 1
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	o := f.options()
	o.Stall = time.Minute
	o.Observe = func(done, _ int64) {
		if done == 650_000 { // text and half of vision
			cancel()
		}
	}
	if _, err := Pull(ctx, repository, dir, both, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	f.requests = nil
	l, err := f.pull(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	f.complete(t, dir, l)
	if !slices.Contains(f.requests, "/"+repository+"/resolve/"+commit+"/onnx/vision_model.onnx bytes=350000-") ||
		len(f.requests) != 3 {
		t.Errorf("requests %q", f.requests)
	}
}

func TestRedirectKeepsTokenHome(t *testing.T) {
	f := newFake(t)
	f.token = "secret"
	cdn := strings.Replace(f.URL, "127.0.0.1", "localhost", 1)
	f.redirect = cdn
	o := f.options()
	if _, err := Pull(context.Background(), repository, t.TempDir(), both, o); fault.KindOf(err) != fault.Missing ||
		!strings.Contains(err.Error(), "HF_TOKEN") {
		t.Fatalf("without a token: %v", err)
	}
	o.Token = "secret"
	dir := t.TempDir()
	l, err := Pull(context.Background(), repository, dir, both, o)
	if err != nil {
		t.Fatal(err)
	}
	f.complete(t, dir, l)
	if sent := f.tokens[strings.TrimPrefix(cdn, "http://")]; sent != "" {
		t.Errorf("the other host was sent %q", sent)
	}
	if sent := f.tokens[strings.TrimPrefix(f.URL, "http://")]; sent != "Bearer secret" {
		t.Errorf("the hub was sent %q", sent)
	}
}

// A token is not handed on to another port of the same host either.
func TestRedirectToAnotherPort(t *testing.T) {
	f := newFake(t)
	f.token = "secret"
	seen := make(chan string, 10)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Get("Authorization")
		w.WriteHeader(http.StatusNotFound)
	}))
	defer other.Close()
	f.redirect = other.URL
	o := f.options()
	o.Token = "secret"
	if _, err := Pull(context.Background(), repository, t.TempDir(), both, o); fault.KindOf(err) != fault.Missing {
		t.Errorf("%v", err)
	}
	if sent := <-seen; sent != "" {
		t.Errorf("the other port was sent %q", sent)
	}
}

// A list that stops in the middle ends the wait, a hub that asks for an hour's pause is reported rather than waited
// for, and a password in the endpoint is not shown.
func TestListTrouble(t *testing.T) {
	for say, answer := range map[string]http.HandlerFunc{
		"no byte came for": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(`{"sha":"`))
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Second):
			}
		},
		"come again in 1h0m0s": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		},
	} {
		server := httptest.NewServer(answer)
		o := Options{
			Endpoint: strings.Replace(server.URL, "//", "//user:password@", 1),
			Attempts: 3,
			Pause:    time.Millisecond,
			Stall:    200 * time.Millisecond,
		}
		start := time.Now()
		_, err := Pull(context.Background(), repository, t.TempDir(), both, o)
		if err == nil || !strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "password") ||
			time.Since(start) > 4*time.Second {
			t.Errorf("%s: %v", say, err)
		}
		server.CloseClientConnections()
		server.Close()
	}
}

func TestRefusals(t *testing.T) {
	const vision = "onnx/vision_model.onnx"
	cases := map[string]struct {
		breakIt func(*fake, string)
		kind    fault.Kind
		says    string
	}{
		"wrong bytes": {func(f *fake, _ string) { f.says[vision] = hexSum(nil) }, fault.Mismatch, "discarded"},
		"404":         {func(f *fake, _ string) { f.status[vision] = 404 }, fault.Missing, "has no " + vision},
		"403":         {func(f *fake, _ string) { f.status[vision] = 403 }, fault.Missing, "HF_TOKEN"},
		"500":         {func(f *fake, _ string) { f.status[vision] = 500 }, fault.Failure, "500 Internal Server Error"},
		"never whole": {func(f *fake, _ string) {
			f.broken[vision], f.noRange = 100, true
		}, fault.Failure, "run the command again"},
		"escape":   {func(f *fake, _ string) { f.files["../evil"] = nil }, fault.Corrupt, "outside the folder"},
		"absolute": {func(f *fake, _ string) { f.files["/etc/passwd"] = nil }, fault.Corrupt, "outside the folder"},
		"windows":  {func(f *fake, _ string) { f.files[`a\..\..\evil`] = nil }, fault.Corrupt, "outside the folder"},
		"no tower": {func(f *fake, _ string) {
			delete(f.files, "onnx/text_model.onnx")
		}, fault.Missing, "has no file onnx/text_model.onnx"},
		"other file": {func(_ *fake, dir string) {
			_ = os.MkdirAll(filepath.Join(dir, "onnx"), 0o755)
			_ = os.WriteFile(filepath.Join(dir, vision), []byte("mine"), 0o644)
		}, fault.Mismatch, "move it away"},
		"other repository": {func(_ *fake, dir string) {
			_ = (&Lock{Repository: "other/one", Revision: commit, Files: map[string]File{}}).write(dir)
		}, fault.Usage, "another folder"},
		"changed since": {func(_ *fake, dir string) {
			files := map[string]File{vision: {1, hexSum([]byte{1})}}
			_ = (&Lock{Repository: repository, Revision: commit, Files: files}).write(dir)
		}, fault.Mismatch, "before you know why"},
		"bad record": {func(_ *fake, dir string) {
			record := `{"repository":"a/b","files":{"../x":{"sha256":"1"}}}`
			_ = os.WriteFile(filepath.Join(dir, LockFile), []byte(record), 0o644)
		}, fault.Corrupt, "move it away"},
	}
	for what, c := range cases {
		t.Run(what, func(t *testing.T) {
			f, dir := newFake(t), t.TempDir()
			c.breakIt(f, dir)
			_, err := f.pull(t, dir)
			if fault.KindOf(err) != c.kind || err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("kind %d: %v", fault.KindOf(err), err)
			}
			if _, err := os.Stat(filepath.Join(dir, vision)); err == nil && what != "other file" {
				t.Error("the file is there")
			}
		})
	}
	f := newFake(t)
	o := f.options()
	for name, kind := range map[string]fault.Kind{
		"nothing": fault.Usage,
		"a/b/c":   fault.Usage,
		"../x":    fault.Usage,
		"no/such": fault.Missing,
	} {
		if _, err := Pull(context.Background(), name, t.TempDir(), both, o); fault.KindOf(err) != kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.Close()
	if _, err := f.pull(t, t.TempDir()); err == nil || !strings.Contains(err.Error(), "HF_ENDPOINT") {
		t.Errorf("no server: %v", err)
	}
}

func TestVerify(t *testing.T) {
	f, dir := newFake(t), t.TempDir()
	if _, err := f.pull(t, dir); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "onnx/vision_model.onnx")
	data, _ := os.ReadFile(name)
	data[5]++
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "config.json")); err != nil {
		t.Fatal(err)
	}
	_, err := Verify(context.Background(), dir, nil)
	if fault.KindOf(err) != fault.Mismatch || !strings.Contains(err.Error(), "config.json is missing") ||
		!strings.Contains(err.Error(), "vision_model.onnx has SHA-256") {
		t.Errorf("%v", err)
	}
	if _, err := Verify(context.Background(), t.TempDir(), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no record: %v", err)
	}
}

func TestCatalogue(t *testing.T) {
	names := map[string]bool{}
	for _, e := range Catalogue() {
		if !repositoryName.MatchString(e.Repository) || names[e.Name] || e.Name == "" || e.Dim == 0 ||
			e.Pixels == 0 || (e.Files != nil) != (len(e.Revision) == 40) {
			t.Errorf("%+v", e)
		}
		for name, f := range e.Files {
			if !fs.ValidPath(name) || len(f.SHA256) != 64 || f.Size == 0 {
				t.Errorf("%s: %s %+v", e.Name, name, f)
			}
		}
		names[e.Name] = true
		if Repository(e.Name) != e.Repository {
			t.Errorf("%s stands for %s", e.Name, Repository(e.Name))
		}
	}
	if Repository("a/b") != "a/b" {
		t.Error("a repository's own name is not kept")
	}
}

// The catalogue's hash counts before the hub's.
func TestCatalogueIsTrustedFirst(t *testing.T) {
	p := &puller{
		known:   map[string]File{"a": {1, "1111"}},
		lock:    &Lock{Files: map[string]File{}},
		listing: &listing{files: map[string]*entry{"a": {lfs: "1111"}, "b": {lfs: "22"}}},
	}
	if want, source, err := p.expected("a"); want != "1111" || !strings.Contains(source, "catalogue") || err != nil {
		t.Errorf("%s by %s: %v", want, source, err)
	}
	if want, source, err := p.expected("b"); want != "22" || !strings.Contains(source, "hub") || err != nil {
		t.Errorf("%s by %s: %v", want, source, err)
	}
	p.listing.files["a"].lfs = "3333"
	if _, _, err := p.expected("a"); fault.KindOf(err) != fault.Mismatch {
		t.Errorf("contradiction: %v", err)
	}
}
