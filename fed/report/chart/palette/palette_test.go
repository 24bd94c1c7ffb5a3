package palette

import (
	"fmt"
	"math"
	"testing"
)

type colour [3]float64 // linear red, green and blue

func parse(hex string) colour {
	var r, g, b int
	fmt.Sscanf(hex, "#%02x%02x%02x", &r, &g, &b)
	linear := func(v int) float64 {
		if c := float64(v) / 255; c > 0.04045 {
			return math.Pow((c+0.055)/1.055, 2.4)
		}
		return float64(v) / 255 / 12.92
	}
	return colour{linear(r), linear(g), linear(b)}
}

func (c colour) times(m [3]colour) (d colour) {
	for i, row := range m {
		d[i] = row[0]*c[0] + row[1]*c[1] + row[2]*c[2]
	}
	return d
}

func (c colour) oklab() colour {
	c = c.times([3]colour{
		{0.4122214708, 0.5363325363, 0.0514459929},
		{0.2119034982, 0.6806995451, 0.1073969566},
		{0.0883024619, 0.2817188376, 0.6299787005},
	})
	for i := range c {
		c[i] = math.Cbrt(c[i])
	}
	return c.times([3]colour{
		{0.2104542553, 0.7936177850, -0.0040720468},
		{1.9779984951, -2.4285922050, 0.4505937099},
		{0.0259040371, 0.7827717662, -0.8086757660},
	})
}

// sights are how colours look without one kind of cone (Machado, Oliveira, Fernandes 2009, severity 1).
var sights = map[string][3]colour{
	"normal": {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protan": {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deutan": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritan": {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

// Twelve methods are at least 0.07 apart in OKLab, under every sight, where 0.02 is just seen.
func TestMethodsAreToldApart(t *testing.T) {
	for name, theme := range map[string]Theme{"light": Light, "dark": Dark} {
		for sight, matrix := range sights {
			least := math.Inf(1)
			for i, a := range theme.Methods {
				for j, b := range theme.Methods[:i] {
					x, y := seen(a, matrix), seen(b, matrix)
					d := 100 * math.Sqrt(math.Pow(x[0]-y[0], 2)+math.Pow(x[1]-y[1], 2)+math.Pow(x[2]-y[2], 2))
					least = min(least, d)
					if d < 7 {
						t.Errorf("%s, %s: slots %d and %d are %.1f apart", name, sight, j+1, i+1, d)
					}
				}
			}
			t.Logf("%s, %s: %.1f", name, sight, least)
		}
	}
}

func seen(hex string, matrix [3]colour) colour {
	c := parse(hex).times(matrix)
	for i := range c {
		c[i] = min(max(c[i], 0), 1)
	}
	return c.oklab()
}

func luminance(hex string) float64 {
	c := parse(hex)
	return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2]
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }

// mixed is a method's colour as text: 68 % of it, 32 % of the ink, as encoded.
func mixed(hex, ink string) string {
	var c, k [3]int
	fmt.Sscanf(hex, "#%02x%02x%02x", &c[0], &c[1], &c[2])
	fmt.Sscanf(ink, "#%02x%02x%02x", &k[0], &k[1], &k[2])
	for i := range c {
		c[i] = int(0.68*float64(c[i]) + 0.32*float64(k[i]))
	}
	return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2])
}

func TestContrast(t *testing.T) {
	for name, theme := range map[string]Theme{"light": Light, "dark": Dark} {
		paper := luminance(theme.Paper)
		for i, hex := range theme.Methods {
			if c := contrast(luminance(hex), paper); c < 3.1 {
				t.Errorf("%s: slot %d has %.2f on paper", name, i+1, c)
			}
			if c := contrast(luminance(mixed(hex, theme.Ink)), paper); c < 4.5 {
				t.Errorf("%s: text of slot %d has %.2f on paper", name, i+1, c)
			}
		}
		for _, hex := range []string{theme.Ink, theme.Soft, theme.Zero} {
			if c := contrast(luminance(hex), paper); c < 4.5 {
				t.Errorf("%s: %s has %.2f on paper", name, hex, c)
			}
		}
	}
}

func TestSlots(t *testing.T) {
	seen := map[string]int{}
	for slot := range 40 {
		key := fmt.Sprint(Class(slot), Mark(slot))
		if other, ok := seen[key]; ok {
			t.Errorf("slots %d and %d look the same", other, slot)
		}
		seen[key] = slot
	}
	if Dashes(4) != nil || Dashes(5)[0] != 8 || Dashes(9)[0] != 2 || Class(13) != 1 {
		t.Error("dashes do not start at slot 5, dots at slot 9, colours again at slot 13")
	}
}
