// Package sample renders the data set that fedpurel demonstrates itself on: invented species, photographed by
// camera stations.
//
// A species is a body shape × a pattern × a colour and is called by those attributes ("spotted teal turtle").
// Eight shapes, six patterns and eight colours span 384 combinations; 48 of them, the field guide, make up the
// classification data set. The embedded encoder is pre-trained on the other 336 only, in a clean studio style,
// so it knows every attribute but has seen none of the 48 species: its predictions on them are zero-shot.
//
// Field pictures differ from studio pictures in background, light, blur, scale, pose, occlusion and noise, and each
// species departs in its own way from what its name says (a hue somewhat off, a coarser pattern, a slimmer body).
// That is what makes zero-shot good but imperfect, and what training can learn.
//
// Every picture is a function of (seed, split, class, index) alone, so any subset can be rendered on any machine.
package sample
