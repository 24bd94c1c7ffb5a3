package tabular

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/tabular/page"
	"github.com/fedpurel/fedpurel/train/fault"
)

// findClient finds the column that says whose images are, in the first file that has one: the option's, or one that is
// called as such columns usually are.
func (r *tableReader) findClient(t tableFile) {
	if r.client.name != "" {
		return
	}
	var fit []column
	for _, c := range t.columns() {
		if (c.kind == numberColumn || c.kind == wordColumn) && c != r.label {
			fit = append(fit, c)
		}
	}
	usual := dataset.ClientNames
	called := func(c column) string { return strings.ToLower(strings.NewReplacer(" ", "_", "-", "_").Replace(c.name)) }
	if asked := r.b.Options.Clients; asked != "" {
		usual, called = []string{asked}, func(c column) string { return c.name }
	}
	for _, name := range usual {
		i := slices.IndexFunc(fit, func(c column) bool { return called(c) == name })
		if i >= 0 {
			r.client, r.b.ClientColumn = fit[i], fit[i].name
			r.clients = readFeatures(t.meta())[fit[i].name].Names
			return
		}
	}
}

// noClients refuses a column of clients that is not there.
func (r *tableReader) noClients() error {
	if asked := r.b.Options.Clients; asked != "" && r.client.name == "" {
		return fault.Usagef("dataset: %s has no column %q of numbers or words for --clients-column; its columns are %s",
			r.b.Root, asked, columnNames(r.all))
	}
	return nil
}

// clientName is the name of a client: what the table has, or the name that it describes for that number.
func (r *tableReader) clientName(text string) string {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n < len(r.clients) {
		return r.clients[n]
	}
	return text
}

// numbered is the text of a client's number; a negative one, which stands for a missing value too, is nobody's.
func numbered(n int64) string {
	if n < 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// clients reads whose the images of a row group are. Each name is kept once.
func (p *parquetFile) clients(group int, c column) (all []string, err error) {
	if c.name == "" {
		return nil, nil
	}
	known, rows := map[string]string{}, p.Metadata().RowGroups[group].NumRows
	err = p.values(group, c.name, "", func(v *page.Page, at int) error {
		if int64(len(all)) >= rows {
			return fault.Corruptf("dataset: %s: column %s has more values than there are rows (%d); fetch it again",
				p.name, c.name, rows)
		}
		text := ""
		switch {
		case v.IsNull(at):
		case c.kind == wordColumn:
			text = string(v.Bytes[at])
		case v.Floats == nil:
			text = numbered(v.Numbers[at])
		case v.Floats[at] >= 0 && v.Floats[at] < math.MaxInt64: // pandas has doubles where values are missing
			text = strconv.FormatFloat(v.Floats[at], 'f', -1, 64)
		}
		if _, there := known[text]; !there {
			known[text] = text
		}
		all = append(all, known[text])
		return nil
	})
	return all, err
}

// clients reads whose the images of a batch are, and returns what tells it.
func (a *arrowFile) clients(m *arrowMessage, c column, rows int64) (func(i int64) string, error) {
	if c.name == "" {
		return func(int64) string { return "" }, nil
	}
	fill, err := a.labels(m, a.field(c.name), rows)
	return func(i int64) string {
		row := tableRow{number: -1}
		fill(i, &row)
		if c.kind == wordColumn {
			return string(row.word)
		}
		return numbered(row.number)
	}, err
}
