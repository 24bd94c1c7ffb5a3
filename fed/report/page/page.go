// Package page lays a report out as one HTML file: it needs no network and, to be read, no script. Its bytes are a pure
// function of the document.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/chart/inline"
	"github.com/fedpurel/fedpurel/fed/report/chart/palette"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

//go:embed layout
var files embed.FS

var layout = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"figure":     func(f chart.Figure) template.HTML { return inline.Figure(f) },
	"summary":    func(f chart.Figure) template.HTML { return inline.Figure(f, inline.Untitled) },
	"heats":      inline.Heat,
	"confusions": inline.Confusions,
	"long":       long,
	"named":      named,
	"known":      strings.TrimSpace,
	"swatch":     inline.Swatch,
	"slot":       palette.Class,
	"text":       stretches,
}).ParseFS(files, "layout/*.html"))

// file is a part of the page that is no template.
func file(name string) string {
	text, err := files.ReadFile("layout/" + name)
	if err != nil {
		panic("page: " + err.Error()) // it is in the program
	}
	return string(text)
}

// view is a document as the template wants it.
type view struct {
	*document.Document
	Policy     string
	Style      template.CSS
	Script     template.JS
	Eyebrow    string
	HasSummary bool
	HasSource  bool
	Keyed      []chart.Method // those that figures show
	Crowded    bool           // more methods than fit beside the page's contents
	Main       table
	Sections   []section
}

// section is a document.Section whose tables and pictures are laid out.
type section struct {
	document.Section
	Pictures *pictures
	Tables   []table
	Long     []document.Grid
}

// Write writes the page of d. Ids of methods and sections that are not made of letters, digits and hyphens are errors:
// they are parts of selectors.
func Write(w io.Writer, d *document.Document) error {
	script := inline.Script + "\n" + file("page.js")
	return write(w, d, script, policy(script))
}

// Live writes the page of a document that grows, to be served: a script more asks where the page is from for what is
// new.
func Live(w io.Writer, d *document.Document, more string) error {
	script := inline.Script + "\n" + file("page.js") + "\n" + more
	return write(w, d, script, policy(script)+"; connect-src 'self'")
}

func write(w io.Writer, d *document.Document, script, policy string) error {
	if err := check(d); err != nil {
		return err
	}
	v := view{
		Document:   d,
		Policy:     policy,
		Style:      template.CSS(style(d.Methods)),
		Script:     template.JS(script),
		Eyebrow:    eyebrow(d.Made),
		HasSummary: len(d.Summary.Rows) > 0 || len(d.Summary.Panels) > 0,
		HasSource:  len(d.Source.Facts) > 0 || d.Source.Block != "",
		Keyed:      keyed(d),
		Crowded:    crowded(d),
		Main:       newTable(d.Main),
	}
	for _, s := range d.Sections {
		laid := section{Section: s, Pictures: newPictures(s.Pictures)}
		for _, g := range s.Grids {
			if g.Long() {
				laid.Long = append(laid.Long, g)
				continue
			}
			laid.Tables = append(laid.Tables, newTable(g))
		}
		v.Sections = append(v.Sections, laid)
	}
	var b bytes.Buffer
	if err := layout.Execute(&b, v); err != nil {
		return fmt.Errorf("page: lay out: %w", err)
	}
	if _, err := w.Write(legal(b.Bytes())); err != nil {
		return fmt.Errorf("page: write: %w", err)
	}
	return nil
}

// policy lets the page run its own script and nothing else, and load nothing.
func policy(script string) string {
	sum := sha256.Sum256([]byte(script))
	return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " +
		"script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// style is the page's one style sheet, with the rules by which its methods are hidden.
func style(methods []chart.Method) string {
	var b strings.Builder
	b.WriteString(palette.CSS() + file("page.css") + file("table.css") + file("pictures.css") + inline.CSS)
	for _, m := range methods {
		fmt.Fprintf(&b, ".off-m-%s .m-%[1]s{display:none}\n", m.ID)
	}
	b.WriteString(file("print.css"))
	return b.String()
}

func eyebrow(m document.Made) string {
	parts := []string{strings.TrimSpace("fedpurel " + m.Version)}
	for _, s := range []string{m.Data, m.Encoder, m.Date} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " · ")
}

// crowded tells whether key and contents need a line each.
func crowded(d *document.Document) bool {
	letters := 0
	for _, m := range keyed(d) {
		letters += 6 + min(len([]rune(m.Name)), 20)
	}
	for _, s := range d.Sections {
		letters += 3 + len([]rune(s.Nav))
	}
	return letters > 130
}

// keyed are the methods of the page's key: zero-shot and those that the summary shows, as all figures do; without a
// summary all.
func keyed(d *document.Document) (some []chart.Method) {
	drawn := map[string]bool{}
	for _, rows := range d.Summary.Rows {
		for _, line := range rows.Lines {
			for _, m := range line.Marks {
				drawn[m.Method.ID] = true
			}
		}
	}
	if len(drawn) == 0 {
		return d.Methods
	}
	for _, m := range d.Methods {
		if m.Slot == 0 || drawn[m.ID] {
			some = append(some, m)
		}
	}
	return some
}
