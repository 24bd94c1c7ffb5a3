package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// markdown writes report.md, which shows the figures that lie beside it.
func (r *Report) markdown(w io.Writer) error {
	if _, err := fmt.Fprint(w, "# fedpurel report\n\n"); err != nil {
		return err
	}
	for _, lead := range r.Summary.Lead {
		if _, err := fmt.Fprintf(w, "%s\n\n", sentence(lead)); err != nil {
			return err
		}
	}
	for i, t := range r.Tables {
		if i == r.ahead() {
			for _, f := range r.Figures {
				if _, err := fmt.Fprintf(w, "![%s](%s.svg)\n\n%s\n\n", f.Caption, f.Name, f.Caption); err != nil {
					return err
				}
			}
		}
		if _, err := fmt.Fprintln(w, t.Markdown()); err != nil {
			return err
		}
	}
	return nil
}

// ahead is how many tables stand before the figures: the summary and, where there is one, the comparison.
func (r *Report) ahead() int {
	if len(r.Tables) > 1 && r.Tables[1].Name == comparisonName {
		return 2
	}
	return 1
}

// pageTable is a table as the page's template wants it.
type pageTable struct {
	Table
	Texts [][]pageCell // by row, label first
}

type pageCell struct {
	Text          string
	Strong, Words bool
}

type pageFigure struct {
	Caption string
	SVG     template.HTML // drawn by this package; class names in it are escaped by the SVG writer
}

// page writes report.html. It refers to nothing outside itself.
func (r *Report) page(w io.Writer) error {
	var data struct {
		Lead    []string
		Tables  []pageTable
		Figures []pageFigure
		Ahead   int
	}
	data.Ahead = r.ahead()
	for _, lead := range r.Summary.Lead {
		data.Lead = append(data.Lead, sentence(lead))
	}
	for _, t := range r.Tables {
		p := pageTable{Table: t}
		for _, row := range t.Rows {
			texts := []pageCell{{Text: row.Label}}
			for i := range t.Columns {
				texts = append(texts, pageCell{t.text(row, i), row.Cells[i].Strong, t.Columns[i].Words})
			}
			p.Texts = append(p.Texts, texts)
		}
		data.Tables = append(data.Tables, p)
	}
	for _, f := range r.Figures {
		drawing := f.SVG
		if i := bytes.Index(drawing, []byte("<svg")); i >= 0 { // without the XML declaration, which HTML does not know
			drawing = drawing[i:]
		}
		data.Figures = append(data.Figures, pageFigure{f.Caption, template.HTML(drawing)})
	}
	return pageTemplate.Execute(w, data)
}
