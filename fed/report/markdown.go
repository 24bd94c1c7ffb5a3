package report

import (
	"fmt"
	"io"
)

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
