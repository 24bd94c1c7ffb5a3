package sample

// station is a camera trap: a place with its own ground, light and lens.
type station struct {
	name         string
	low, high    rgb     // the two colours of the ground
	grain        float64 // spatial frequency of the ground texture, in periods a picture
	light        rgb     // tint of the light
	exposure     float64
	blur         float64 // lens blur, in pixels
	blades, dots int     // clutter: blades of grass, pebbles
	cover        rgb     // colour of the clutter
}

// stations are the places of the field. Their order is part of the data set's format.
var stations = []station{
	{"meadow", rgb{0.28, 0.42, 0.16}, rgb{0.55, 0.63, 0.27}, 7,
		rgb{1.03, 1.02, 0.92}, 1.05, 0.7, 10, 0, rgb{0.33, 0.50, 0.18}},
	{"dune", rgb{0.72, 0.60, 0.42}, rgb{0.88, 0.79, 0.60}, 4,
		rgb{1.10, 1.02, 0.86}, 1.15, 0.6, 3, 6, rgb{0.66, 0.56, 0.35}},
	{"reef", rgb{0.10, 0.36, 0.45}, rgb{0.30, 0.58, 0.60}, 5,
		rgb{0.78, 1.00, 1.08}, 0.95, 1.0, 5, 5, rgb{0.55, 0.35, 0.40}},
	{"bark", rgb{0.25, 0.17, 0.11}, rgb{0.46, 0.35, 0.24}, 9,
		rgb{1.06, 0.98, 0.88}, 0.85, 0.8, 2, 5, rgb{0.35, 0.40, 0.20}},
	{"snowfield", rgb{0.78, 0.82, 0.88}, rgb{0.96, 0.97, 0.99}, 3,
		rgb{0.94, 0.99, 1.08}, 1.12, 0.8, 2, 4, rgb{0.60, 0.62, 0.66}},
	{"dusk-pond", rgb{0.16, 0.18, 0.30}, rgb{0.36, 0.32, 0.46}, 5,
		rgb{0.95, 0.86, 1.10}, 0.70, 1.1, 6, 2, rgb{0.20, 0.28, 0.18}},
	{"scree", rgb{0.42, 0.41, 0.40}, rgb{0.64, 0.63, 0.62}, 10,
		rgb{1.00, 1.00, 1.00}, 1.00, 0.6, 1, 14, rgb{0.52, 0.50, 0.48}},
	{"fern-gully", rgb{0.08, 0.20, 0.09}, rgb{0.26, 0.42, 0.18}, 8,
		rgb{0.90, 1.06, 0.88}, 0.80, 0.9, 12, 0, rgb{0.15, 0.38, 0.14}},
	{"sunset-cliff", rgb{0.55, 0.30, 0.20}, rgb{0.82, 0.52, 0.34}, 6,
		rgb{1.16, 0.92, 0.78}, 0.98, 0.7, 3, 5, rgb{0.45, 0.28, 0.18}},
	{"mist", rgb{0.66, 0.69, 0.70}, rgb{0.80, 0.82, 0.83}, 2,
		rgb{0.98, 1.00, 1.02}, 1.02, 1.5, 4, 0, rgb{0.55, 0.60, 0.56}},
}
