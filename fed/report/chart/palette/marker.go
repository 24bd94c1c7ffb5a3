package palette

// Marker is the shape of a method's mark.
type Marker struct {
	Path   string // of an SVG path around the origin, about as large as a circle of radius 1
	Hollow bool   // is drawn as an outline, filled with the paper
}

const circle = "M-1 0A1 1 0 1 1 1 0A1 1 0 1 1-1 0Z"

var markers = [Slots]Marker{
	{Path: circle},
	{Path: "M-.95-.95H.95V.95H-.95Z"},
	{Path: "M0-1.3L1.3 0L0 1.3L-1.3 0Z"},
	{Path: "M0-1.2L1.2 .95H-1.2Z"},
	{Path: "M0 1.2L1.2-.95H-1.2Z"},
	{Path: "M-.4-1.25H.4V-.4H1.25V.4H.4V1.25H-.4V.4H-1.25V-.4H-.4Z"},
	{Path: "M-1.15-.6L-.6-1.15L0-.55L.6-1.15L1.15-.6L.55 0L1.15 .6L.6 1.15L0 .55L-.6 1.15L-1.15 .6L-.55 0Z"},
	{Path: "M-1.4-.5H1.4V.5H-1.4Z"},
	{Path: circle, Hollow: true},
	{Path: "M-.9-.9H.9V.9H-.9Z", Hollow: true},
	{Path: "M0-1.25L1.25 0L0 1.25L-1.25 0Z", Hollow: true},
	{Path: "M0-1.4L.35-.45L1.35-.42L.55 .18L.82 1.15L0 .58L-.82 1.15L-.55 .18L-1.35-.42L-.35-.45Z"},
}

// Mark is the marker of a slot. Zero-shot has a hollow circle; a slot beyond the twelfth that has an earlier one's
// colour has another's marker.
func Mark(slot int) Marker {
	if slot <= 0 {
		return Marker{Path: circle, Hollow: true}
	}
	return markers[(slot-1+(slot-1)/Slots)%Slots]
}

// Dashes is the pattern of a slot's lines: lengths of stroke and gap in pixels, none for a continuous line.
func Dashes(slot int) []float64 {
	switch class := Class(slot); {
	case class == 0:
		return []float64{5, 4}
	case slot > Slots:
		return []float64{9, 3, 2, 3}
	case class >= 9:
		return []float64{2, 2.5}
	case class >= 5:
		return []float64{8, 3}
	}
	return nil
}
