package f32

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestKernelsKeepToTheirRegisters holds the AVX2 kernels to AVX2's sixteen registers. A processor with AVX-512 runs
// the others too, so that only one without would show the difference, by ending the program.
func TestKernelsKeepToTheirRegisters(t *testing.T) {
	source, err := os.ReadFile("kernels_amd64.s")
	if err != nil {
		t.Fatal(err)
	}
	beyond := regexp.MustCompile(`\b([XY](1[6-9]|2[0-9]|3[01])|Z[0-9]+|K[0-7])\b`)
	kernel, seen := "", 0
	for i, line := range strings.Split(string(source), "\n") {
		if rest, ok := strings.CutPrefix(line, "TEXT ·"); ok {
			kernel, _, _ = strings.Cut(rest, "(")
			if strings.HasSuffix(kernel, "AVX2") {
				seen++
			}
		}
		if r := beyond.FindString(line); r != "" && strings.HasSuffix(kernel, "AVX2") {
			t.Errorf("line %d: %s uses %s, which AVX2 does not have: %s", i+1, kernel, r, strings.TrimSpace(line))
		}
	}
	if seen != len(strings.Split(strings.TrimSpace(string(source)), "AVX512(SB)"))-1 {
		t.Errorf("%d kernels for AVX2, and not as many for AVX-512", seen)
	}
}
