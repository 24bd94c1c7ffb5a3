package report

import (
	"bytes"
	"fmt"
	"io"

	"github.com/fedpurel/fedpurel/fed/report/document"
	"github.com/fedpurel/fedpurel/fed/report/escape"
)

// markdown writes report.md: what the page's top says, tables, and the figures, where they lie beside it.
func (r *Report) markdown(w io.Writer, figures bool) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", escape.Markdown(r.Document.Title), escape.Markdown(r.Document.Deck))
	found(&b, r.Document.Findings)
	if len(r.Document.Warnings) > 0 {
		fmt.Fprint(&b, "Before you quote this:\n\n")
		found(&b, r.Document.Warnings)
	}
	for i, t := range r.Tables {
		if figures && i == r.ahead() {
			for _, f := range r.Figures {
				caption := escape.Markdown(f.Caption)
				fmt.Fprintf(&b, "![%s](%s.svg)\n\n%s\n\n", caption, f.Name, caption)
			}
		}
		if t.long() {
			fmt.Fprintf(&b, "### %s\n\n%d rows, in `%s.csv`.\n\n", escape.Markdown(t.Title), len(t.Rows), t.Name)
			continue
		}
		fmt.Fprintln(&b, t.Markdown())
	}
	_, err := w.Write(b.Bytes())
	return err
}

// found lists sentences.
func found(w io.Writer, all []document.Finding) {
	for _, f := range all {
		fmt.Fprintf(w, "- **%s**%s\n", escape.Markdown(f.Strong), escape.Markdown(f.Rest))
	}
	fmt.Fprintln(w)
}

// ahead is how many tables stand before the figures: the summary and, where there is one, the comparison.
func (r *Report) ahead() int {
	if len(r.Tables) > 1 && r.Tables[1].Name == comparisonName {
		return 2
	}
	return 1
}
