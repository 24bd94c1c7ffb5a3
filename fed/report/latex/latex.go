// Package latex writes tables of reports as papers have them: booktabs' rules, grouped columns, the best in bold.
package latex

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/fedpurel/fedpurel/fed/report/document"
	"github.com/fedpurel/fedpurel/fed/report/escape"
)

// Write writes tables, each a float of its own, to be \input. A table that is too wide for the line is made smaller.
// Text that is no number may hold letters of other scripts; LuaLaTeX and XeLaTeX have fonts for these.
func Write(w io.Writer, grids ...document.Grid) error {
	b := bufio.NewWriter(w)
	fmt.Fprint(b, "% To be \\input. The preamble needs \\usepackage{booktabs,graphicx}.\n")
	for _, g := range grids {
		table(b, g)
	}
	return b.Flush()
}

func table(w io.Writer, g document.Grid) {
	var columns []document.GridColumn
	align := "l"
	for _, group := range g.Groups {
		for _, c := range group.Columns {
			columns = append(columns, c)
			if c.Words {
				align += "l"
			} else {
				align += "r"
			}
		}
	}
	caption := escape.LaTeX(strings.TrimSpace(g.Title + ". " + g.Caption))
	fmt.Fprintf(w, "\n\\begin{table}\n\\centering\n\\caption{%s}\n\\label{tab:%s}\n", caption, g.Name)
	fmt.Fprintf(w, "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%%\n"+
		"\\begin{tabular}{%s}\n\\toprule\n", align)
	header(w, g)
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = escape.LaTeX(c.Name)
	}
	fmt.Fprintf(w, " & %s \\\\\n\\midrule\n", strings.Join(names, " & "))
	for _, r := range g.Rows {
		name := r.Label
		if r.Method != nil {
			name = r.Method.Name
		}
		fmt.Fprint(w, escape.LaTeX(name))
		for i, c := range r.Cells {
			fmt.Fprint(w, " & ", cell(columns[i], c))
		}
		fmt.Fprint(w, " \\\\\n")
	}
	fmt.Fprint(w, "\\bottomrule\n\\end{tabular}}\n")
	if g.Ties != "" {
		fmt.Fprintf(w, "\n{\\footnotesize $^{=}$ %s}\n", escape.LaTeX(g.Ties))
	}
	fmt.Fprint(w, "\\end{table}\n")
}

// header is the line of groups, if any has a title, and the rules below it.
func header(w io.Writer, g document.Grid) {
	var heads, rules []string
	titled, at := false, 2
	for _, group := range g.Groups {
		n := len(group.Columns)
		heads = append(heads, fmt.Sprintf("\\multicolumn{%d}{c}{%s}", n, escape.LaTeX(group.Title)))
		if group.Title != "" {
			titled = true
			rules = append(rules, fmt.Sprintf("\\cmidrule(lr){%d-%d}", at, at+n-1))
		}
		at += n
	}
	if titled {
		fmt.Fprintf(w, " & %s \\\\\n%s\n", strings.Join(heads, " & "), strings.Join(rules, " "))
	}
}

// cell is one number with its standard deviation, or a text.
func cell(column document.GridColumn, c document.GridCell) string {
	if c.Text != "" || column.Words {
		return escape.LaTeX(c.Text)
	}
	if math.IsNaN(c.Value) {
		return "--"
	}
	text := strings.Replace(fmt.Sprintf("%.*f", column.Digits, c.Value), "-", "$-$", 1)
	if c.Best {
		text = "\\textbf{" + text + "}"
	}
	if c.Tied && !c.Best {
		text += "$^{=}$"
	}
	if !math.IsNaN(c.SD) {
		text += fmt.Sprintf("{\\scriptsize\\,$\\pm$\\,%.*f}", column.Digits, c.SD)
	}
	return text
}
