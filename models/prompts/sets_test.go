package prompts

import (
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

// The published sets have the sizes that their names promise, and no template twice.
func TestSets(t *testing.T) {
	sizes := map[string]int{
		"imagenet80": 80, "imagenet7": 7, "cifar18": 18, "dtd8": 8, "cars8": 8, "aircraft2": 2, "places2": 2,
	}
	for _, name := range Sets() {
		all, err := Set(name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := sizes[name]
		if want == 0 {
			want = 1
		}
		sorted := slices.Sorted(slices.Values(all))
		if len(slices.Compact(sorted)) != want {
			t.Errorf("%s holds %d different templates, want %d", name, len(sorted), want)
		}
	}
	for name, has := range map[string]string{
		"imagenet80": "a tattoo of the {}.",
		"cifar18":    "a black and white photo of the {}.",
		"dtd8":       "a photo of the {} pattern.",
		"plain":      Default,
	} {
		if all, err := Set(name); err != nil || !slices.Contains(all, has) {
			t.Errorf("%s lacks %q: %v", name, has, err)
		}
	}
	for _, bad := range []string{"imagenet", "../sets/plain", ""} {
		if _, err := Set(bad); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "cifar18") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestParse(t *testing.T) {
	got, err := Parse("\ufeff# mine\r\na {}.\r\n\r\n  the {}!  \n")
	if err != nil || !slices.Equal(got, []string{"a {}.", "the {}!"}) {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{"", "# only a comment\n", "no place\n", "{} and {}\n"} {
		if _, err := Parse(bad); fault.KindOf(err) != fault.Usage {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestFill(t *testing.T) {
	if got, err := Fill(Default, "señor"); err != nil || got != "a photo of a señor." {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range [][2]string{{"no place", "a"}, {"{} {}", "a"}, {"a {}", " "}} {
		if _, err := Fill(bad[0], bad[1]); fault.KindOf(err) != fault.Usage {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
