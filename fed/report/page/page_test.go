package page_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"maps"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/report/document"
	"github.com/fedpurel/fedpurel/fed/report/page"
)

// hostile is a name that ends elements, attributes, styles and scripts, with control characters and an override of the
// direction of text.
const hostile = `</script></style><img src=x onerror=alert(1)>"'&{{.}}` + "\x00\x1b\u202e\ufffe" +
	` http://example.org/`

func written(t *testing.T, d *document.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := page.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSelfContained: nothing on the page leads out of it, loads anything or handles an event, however things are named.
func TestSelfContained(t *testing.T) {
	for _, name := range []string{"plain", hostile} {
		text := written(t, report(name))
		for _, e := range elements(t, text) {
			for _, a := range e.Attr {
				switch key := a.Name.Local; {
				case strings.HasPrefix(key, "on"):
					t.Errorf("<%s> handles %s", e.Name.Local, key)
				case key != "src" && key != "href" && key != "srcset" && key != "action" && key != "data":
				case !strings.HasPrefix(a.Value, "#") && !strings.HasPrefix(a.Value, "data:"):
					t.Errorf("<%s> leads to %s", e.Name.Local, a.Value)
				}
			}
		}
		for _, style := range styles.FindAllString(text, -1) {
			if strings.Contains(style, "url(") || strings.Contains(style, "@import") {
				t.Error("the style loads something")
			}
		}
	}
}

// TestEscaped: a name is text wherever it stands, adds no element that a plain name does not, and brings no character
// that HTML and XML have not.
func TestEscaped(t *testing.T) {
	count := func(name string) map[string]int {
		n := map[string]int{}
		for _, e := range elements(t, written(t, report(name))) {
			if tag := e.Name.Local; tag == "img" || tag == "script" || tag == "style" || tag == "bdi" || tag == "td" {
				n[tag]++
			}
		}
		return n
	}
	if plain, other := count("plain"), count(hostile); !maps.Equal(plain, other) {
		t.Errorf("elements of a plain page %v, of a hostile one %v", plain, other)
	}
	for _, r := range written(t, report(hostile)) {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == '\ufffe' {
			t.Fatalf("%U is on the page", r)
		}
	}
}

// TestKinds: an image is shown if browsers know its kind and it cannot hold a script.
func TestKinds(t *testing.T) {
	images := 0
	for _, e := range elements(t, written(t, report("plain"))) {
		if e.Name.Local == "img" {
			images++
		}
	}
	if images != 2 { // of three: one is SVG
		t.Errorf("%d images, want 2", images)
	}
}

// TestScript: there is one script, of at most 15 KB, and the page's policy lets run that alone.
func TestScript(t *testing.T) {
	text := written(t, report(hostile))
	found := scripts.FindAllStringSubmatch(text, -1)
	if len(found) != 1 || strings.Count(text, "<script") != 1 {
		t.Fatalf("%d scripts, want 1", len(found))
	}
	script := found[0][1]
	if len(script) > 15<<10 {
		t.Errorf("the script has %d bytes, more than 15 KiB", len(script))
	}
	sum := sha256.Sum256([]byte(script))
	if want := "script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(
		html.UnescapeString(text), want) {
		t.Errorf("no %q on the page", want)
	}
}

// TestPure: equal documents have equal pages.
func TestPure(t *testing.T) {
	first := written(t, report("plain"))
	if again := written(t, report("plain")); again != first {
		t.Error("two pages of one document differ")
	}
}

// TestIDs: what cannot be a part of a selector is refused.
func TestIDs(t *testing.T) {
	for _, id := range []string{"", "a b", "x{}", "ä", "a.b"} {
		method, section := report("plain"), report("plain")
		method.Methods[1].ID = id
		section.Sections[0].ID = id
		for _, d := range []*document.Document{method, section} {
			err := page.Write(&bytes.Buffer{}, d)
			if err == nil || !strings.Contains(err.Error(), "letters, digits and hyphens") {
				t.Errorf("id %q: error %v", id, err)
			}
		}
	}
	twice := report("plain")
	twice.Methods[2].ID = twice.Methods[1].ID
	if err := page.Write(&bytes.Buffer{}, twice); err == nil {
		t.Error("two methods share an id")
	}
}
