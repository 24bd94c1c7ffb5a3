package rank

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

// settings are those of scores [setting][method], in percent, of methods m1, m2, …
func settings(scores [][]float64) (all []Setting) {
	for i, of := range scores {
		s := Setting{Name: fmt.Sprint("s", i+1)}
		for m, v := range of {
			s.Rows = append(s.Rows, Row{fmt.Sprint("m", m+1), map[uint64]float64{1: v / 100}, 1})
		}
		all = append(all, s)
	}
	return all
}

// fixture has twelve settings of five methods, ranked by scikit-posthocs.
func fixture(t *testing.T) []Setting {
	t.Helper()
	data, err := os.ReadFile("../statistics/testdata/ranks.json")
	if err != nil {
		t.Fatal(err)
	}
	var f struct{ Scores [][]float64 }
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	return settings(f.Scores)
}

func global(t *testing.T) Score {
	t.Helper()
	s, err := ScoreOf("global")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ranked(t *testing.T, settings []Setting, nemenyi bool) *Ranking {
	t.Helper()
	r, err := New(settings, global(t), nemenyi)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRankingOfTheFixture(t *testing.T) {
	for _, nemenyi := range []bool{false, true} {
		r := ranked(t, fixture(t), nemenyi)
		if want := []string{"m4", "m3", "m5", "m2", "m1"}; !slices.Equal(r.Methods, want) {
			t.Errorf("the order is %v, want %v", r.Methods, want)
		}
		if want := [][]int{{0, 1}, {1, 2}, {2, 3, 4}}; !slices.EqualFunc(r.Bars, want, slices.Equal) {
			t.Errorf("the bars are %v, want %v", r.Bars, want)
		}
		by := map[bool]string{false: "Wilcoxon's", true: "CD = 1.761"}[nemenyi]
		for _, want := range []string{by, "F(4, 44) = 21.08, p = 9.2e-10: the methods differ", "m4, m3 | m3, m5 | "} {
			if !strings.Contains(r.note(), want) {
				t.Errorf("no %q in %s", want, r.note())
			}
		}
		if r.Notes != nil {
			t.Errorf("twelve settings of all methods are noted: %v", r.Notes)
		}
	}
}

func TestMethodsAreRankedWhereAllHaveScores(t *testing.T) {
	all := fixture(t)
	all[2].Rows = slices.Delete(all[2].Rows, 1, 2)
	all[4].Rows[1].Scores = nil
	all[5].Rows[0].Scores[2] = 0.1 // a data seed of one method alone
	r := ranked(t, all, false)
	if slices.Contains(r.Methods, "m2") || len(r.Methods) != 4 {
		t.Errorf("ranked are %v", r.Methods)
	}
	for _, want := range []string{
		"m2 is left out: it has no global score in s3, s5", "In s6, 1 of 2 data seeds count",
	} {
		if !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.HasPrefix(n, want) }) {
			t.Errorf("no %q in %q", want, r.Notes)
		}
	}
}

func TestTooLittleToRank(t *testing.T) {
	alone := fixture(t)
	for i := range alone {
		alone[i].Rows = alone[i].Rows[i%2 : i%2+1]
	}
	apart := fixture(t)
	apart[1].Rows[0].Scores = map[uint64]float64{2: 0.5}
	for say, of := range map[string][]Setting{
		"4 settings; a test over settings takes at least 5, better 10": fixture(t)[:4],
		"fewer than two methods have a global score in all 12":         alone,
		"in s2, no data seed has runs of all of":                       apart,
	} {
		_, err := New(of, global(t), false)
		if err == nil || !strings.Contains(err.Error(), say) || fault.KindOf(err) != fault.Usage {
			t.Errorf("error %v, want %q", err, say)
		}
	}
}

// Five settings can show that methods differ, and never which.
func TestTooFewSettingsForPairs(t *testing.T) {
	r := ranked(t, settings([][]float64{{1, 2, 3}, {1, 2, 3}, {1, 2, 3}, {1, 2, 3}, {1, 3, 2}}), false)
	if !r.Significant() || len(r.Bars) != 1 || len(r.Bars[0]) != 3 {
		t.Errorf("p = %v, bars %v", r.Test.P, r.Bars)
	}
	if notes := strings.Join(r.Notes, ". "); !strings.Contains(notes, "n is too small") ||
		!strings.Contains(notes, "that takes 7 settings") || !strings.Contains(notes, "10 are better") {
		t.Errorf("the notes are %s", notes)
	}
	var page bytes.Buffer
	if err := r.page(&page); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page.String(), "| m3 – m2 | 5 | n too small | n too small |") {
		t.Errorf("a p of five settings is shown:\n%s", page.String())
	}
}

// Where the methods do not differ, nothing is said of pairs, not even by files of before.
func TestFilesOfPairsNeedADifference(t *testing.T) {
	dir := t.TempDir()
	r := ranked(t, fixture(t), false)
	if err := r.Write(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{PageFile, RanksFile, ScoresFile, PairsFile, DiagramFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	same := ranked(t, settings([][]float64{{1, 2}, {2, 1}, {1, 2}, {2, 1}, {1, 2}}), true)
	if err := same.Write(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{PairsFile, DiagramFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s of another ranking is left: %v", name, err)
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, PageFile))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "so no pairs are compared") || strings.Contains(string(page), DiagramFile) {
		t.Errorf("methods that do not differ:\n%s", page)
	}
}

// The diagram is XML whatever methods are called, holds them all, and has each bar where its methods' ranks are.
func TestDiagram(t *testing.T) {
	r := ranked(t, fixture(t), true)
	r.Methods[1] = "m3 <b> & λ"
	var b bytes.Buffer
	if err := r.diagram(&b); err != nil {
		t.Fatal(err)
	}
	var texts []string
	bars := 0
	for d := xml.NewDecoder(bytes.NewReader(b.Bytes())); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.CharData:
			texts = append(texts, string(token))
		case xml.StartElement:
			if slices.ContainsFunc(token.Attr, func(a xml.Attr) bool {
				return a.Name.Local == "stroke-width" && a.Value == "4"
			}) {
				bars++
			}
		}
	}
	for _, want := range []string{
		"m4  1.33", "m3 <b> & λ  2.04", "m5  3.33", "4.12  m2", "4.17  m1", "CD = 1.76", "5",
	} {
		if !slices.Contains(texts, want) {
			t.Errorf("no %q in the diagram: %q", want, texts)
		}
	}
	if bars != 3 {
		t.Errorf("%d bars, want 3", bars)
	}
}

func TestBarsThatTouchAreStacked(t *testing.T) {
	level, levels := stack([][]int{{0, 1, 2}, {1, 2, 3}, {3, 4}, {4, 5}, {6, 7}})
	if want := []int{0, 1, 0, 1, 0}; !slices.Equal(level, want) || levels != 2 {
		t.Errorf("bars stand at %v of %d, want %v of 2", level, levels, want)
	}
}

func TestValuesAreJSON(t *testing.T) {
	r := ranked(t, settings([][]float64{{1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}}), true)
	if !math.IsInf(r.Test.F, 1) {
		t.Fatalf("F of settings that agree is %v", r.Test.F)
	}
	data, err := json.Marshal(r.Values())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), `"methods":[{"name":"m2","mean_rank":1},{"name":"m1","mean_rank":2}]`) {
		t.Errorf("the values are %s", data)
	}
}
