package rank

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/fedpurel/fedpurel/fed/report/escape"
	"github.com/fedpurel/fedpurel/fed/statistics"
)

// writeRanks writes the methods' mean ranks, and those in every setting.
func (r *Ranking) writeRanks(w io.Writer) error {
	records := [][]string{{"method", "mean rank"}}
	for _, s := range r.Settings {
		records[0] = append(records[0], s.Name)
	}
	for m, name := range r.Methods {
		record := []string{name, number(r.Mean[m])}
		for i := range r.Settings {
			record = append(record, number(r.Ranks[i][m]))
		}
		records = append(records, record)
	}
	return write(w, records)
}

// writeScores writes what the ranks are of, as fractions.
func (r *Ranking) writeScores(w io.Writer) error {
	records := [][]string{slices.Concat([]string{"setting"}, r.Methods)}
	for i, s := range r.Settings {
		record := []string{s.Name}
		for _, v := range r.Scores[i] {
			record = append(record, number(v))
		}
		records = append(records, record)
	}
	return write(w, records)
}

// pair is two methods, and Wilcoxon's test of the n settings in which they differ.
type pair struct {
	a, b, n int
	p, holm float64
}

// said is a p, unless no p of so few differences could be significant.
func (p pair) said(v float64) string {
	if statistics.WilcoxonSmallest(p.n) > statistics.Level && p.n > 0 {
		return "n too small"
	}
	return fmt.Sprintf("%.2g", v)
}

// compared are the tests of all pairs.
func (r *Ranking) compared() (all []pair) {
	for a := range r.Methods {
		for b := a + 1; b < len(r.Methods); b++ {
			p := pair{a: a, b: b, p: r.P[a][b], holm: r.Holm[a][b]}
			for i := range r.Settings {
				if r.Ranks[i][a] != r.Ranks[i][b] {
					p.n++
				}
			}
			all = append(all, p)
		}
	}
	return all
}

// writePairs writes the tests of pairs.
func (r *Ranking) writePairs(w io.Writer) error {
	records := [][]string{{"method", "other", "settings that differ", "p", "p holm"}}
	for _, p := range r.compared() {
		records = append(records, []string{
			r.Methods[p.a], r.Methods[p.b], strconv.Itoa(p.n), number(p.p), number(p.holm),
		})
	}
	return write(w, records)
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// write writes records, in which no name is taken for a formula.
func write(w io.Writer, records [][]string) error {
	for _, record := range records {
		escape.Row(record)
	}
	return csv.NewWriter(w).WriteAll(records)
}
