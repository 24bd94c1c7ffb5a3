package sample

import (
	"image"
	"math"
	"math/rand/v2"
)

// scene is everything that a picture shows; paint turns it into pixels.
type scene struct {
	width, height int
	species       Species
	look          look
	centre        vec     // of the body, in units of half the shorter side, from the picture's middle
	scale         float64 // body units per the same unit
	turn          float64 // rotation in radians
	flip          bool
	ground        func(u, v float64) rgb // background at picture coordinates in about [-1,1]
	blades        []blade                // in front of the body
	cover         rgb
	light         rgb
	exposure      float64
	contrast      float64
	blur          float64 // standard deviation in pixels
	grain         float64 // standard deviation of sensor noise
}

// blade is a leaf of grass or a pebble lying before the lens.
type blade struct{ ax, ay, bx, by, r, shade float64 }

// paint renders the scene. rng gives the sensor noise only.
func (s *scene) paint(rng *rand.Rand) *image.RGBA {
	half := float64(min(s.width, s.height)) / 2
	buffer := make([]rgb, s.width*s.height)
	hide, marks, trim := s.look.coat(s.species.Colour)
	pixel := 1 / (half * s.scale) // one pixel in body units
	for y := range s.height {
		for x := range s.width {
			u, v := (float64(x)+0.5-float64(s.width)/2)/half, (float64(y)+0.5-float64(s.height)/2)/half
			c := s.ground(u, v)
			p := vec{u, v}.sub(s.centre).rotate(-s.turn)
			p.x, p.y = p.x/(s.scale*s.look.width), p.y/s.scale
			if s.flip {
				p.x = -p.x
			}
			if p.dot(p) < 1.7 {
				c = s.body(c, p, pixel, hide, marks, trim)
			}
			for _, b := range s.blades {
				if d := limb(vec{u, v}, b.ax, b.ay, b.bx, b.by, b.r); d*half < 0.5 {
					c = c.mix(s.cover.scale(b.shade), clamp01(0.5-d*half))
				}
			}
			buffer[y*s.width+x] = c
		}
	}
	blurred(buffer, s.width, s.height, s.blur)
	return s.develop(buffer, rng)
}

// body lays the animal over background c at body point p.
func (s *scene) body(c rgb, p vec, pixel float64, hide, marks, trim rgb) rgb {
	dHide, dTrim := silhouette(s.species.Shape, p)
	if a := clamp01(0.5 - dHide/pixel); a > 0 {
		m := marking(s.species.Pattern, p, s.look.freq, s.look.phase, 1.5*pixel)
		skin := hide.mix(marks, m).scale(1.06 - 0.20*(p.y+0.2*p.x)) // light from above
		if rim := clamp01(1 + dHide/(2.2*pixel)); rim > 0 {
			skin = skin.mix(trim, 0.65*rim)
		}
		c = c.mix(skin, a)
	}
	if a := clamp01(0.5 - dTrim/pixel); a > 0 {
		c = c.mix(trim, a)
	}
	return c
}

// develop applies light, contrast and sensor noise and quantises.
func (s *scene) develop(buffer []rgb, rng *rand.Rand) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, s.width, s.height))
	for i, c := range buffer {
		c = c.times(s.light).scale(s.exposure)
		for j, v := range [3]float64{c.r, c.g, c.b} {
			v = (v-0.5)*s.contrast + 0.5
			if s.grain > 0 {
				v += s.grain * rng.NormFloat64()
			}
			img.Pix[4*i+j] = uint8(255*clamp01(v) + 0.5)
		}
		img.Pix[4*i+3] = 255
	}
	return img
}

// blurred convolves the buffer in place with a Gaussian of standard deviation sigma pixels (none below 0.25).
func blurred(buffer []rgb, width, height int, sigma float64) {
	if sigma < 0.25 {
		return
	}
	radius := int(math.Ceil(2.5 * sigma))
	kernel := make([]float64, 2*radius+1)
	var sum float64
	for i := range kernel {
		d := float64(i - radius)
		kernel[i] = math.Exp(-d * d / (2 * sigma * sigma))
		sum += kernel[i]
	}
	line := make([]rgb, max(width, height))
	pass := func(start, stride, n int) {
		for i := range n {
			var acc rgb
			for k, w := range kernel {
				j := min(n-1, max(0, i+k-radius))
				c := buffer[start+j*stride]
				acc.r, acc.g, acc.b = acc.r+w*c.r, acc.g+w*c.g, acc.b+w*c.b
			}
			line[i] = acc.scale(1 / sum)
		}
		for i := range n {
			buffer[start+i*stride] = line[i]
		}
	}
	for y := range height {
		pass(y*width, 1, width)
	}
	for x := range width {
		pass(x, width, height)
	}
}
