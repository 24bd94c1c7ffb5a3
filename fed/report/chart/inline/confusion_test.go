package inline

import (
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/report/chart"
)

func TestConfusions(t *testing.T) {
	c := chart.Confusion{
		Method: methodsNamed(1)[0], Names: []string{"ant", hostile[0]}, Counts: [][]float64{{8, 2}, {0.2, 0}},
	}
	fragment := string(Confusions([]chart.Confusion{c, c}))
	markup(t, fragment)
	for _, want := range []string{
		`<td class="h6">8</td><td class="h1">2</td>`, `<td class="h0">&lt;1</td><td class="h3">0</td>`,
	} {
		if strings.Count(fragment, want) != 2 {
			t.Errorf("no %s in %s", want, fragment)
		}
	}
	if Confusions(nil) != "" {
		t.Error("no matrix has a title")
	}
}
