package cache

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/npy"
)

// union is the work of making one cache of several.
type union struct {
	ctx      context.Context
	sites    []*member // by name
	manifest *Manifest
	text     f32.Matrix
	notes    []string
	observe  func(done, total int)
	done     int // rows
	total    int
}

func (u *union) note(format string, args ...any) {
	u.notes = append(u.notes, fmt.Sprintf(format, args...))
}

// plan checks that the sites go together, and says what the cache of all will be. Features are not read.
func (u *union) plan(versions map[string]string) error {
	first := u.sites[0].Manifest
	for _, s := range u.sites[1:] {
		if err := u.sites[0].agrees(s); err != nil {
			return err
		}
	}
	classes, err := u.classes()
	if err != nil {
		return err
	}
	if u.text, err = u.embeddings(classes); err != nil {
		return err
	}
	m := *first
	m.Fingerprint, m.Splits, m.Data, m.Tokens = "", nil, nil, nil
	m.Origin, m.Classes, m.Versions, m.DType = "sites", classes, versions, u.dtype()
	if m.Model != nil {
		model := *m.Model
		model.Provider = u.provider()
		m.Model = &model
	}
	var inputs [][2]string
	var tokens []string
	for _, s := range u.sites {
		if s.Manifest.Tokens != nil {
			tokens = append(tokens, s.Name)
		}
		info := SiteInfo{s.Name, s.Manifest.Fingerprint, map[string]int{}, s.Manifest.Versions}
		for _, split := range s.splits {
			info.Rows[split.info.Name] = split.Len()
			u.total += split.Len() * (1 + split.Views())
		}
		m.Sites = append(m.Sites, info)
		inputs = append(inputs, [2]string{info.Name, info.Fingerprint})
	}
	if tokens != nil {
		u.note("tokens stay behind with %s: modules inside the image tower do not train on several sites' cache",
			strings.Join(tokens, ", "))
	}
	m.Inputs = hashJSON(inputs)
	m.Data = u.data()
	u.manifest = &m
	return nil
}

// dtype is the wider type of the features, which holds those of the other exactly.
func (u *union) dtype() npy.DType {
	half := []string{}
	for _, s := range u.sites {
		if s.Manifest.DType == "<f2" {
			half = append(half, s.Name)
		}
	}
	if len(half) == len(u.sites) {
		return "<f2"
	}
	if len(half) > 0 {
		u.note("the features of %s are rounded to float16, those of other sites are not", few(half))
	}
	return "<f4"
}

// provider is what computed the features, for the record.
func (u *union) provider() string {
	used := map[string]bool{}
	for _, s := range u.sites {
		used[s.Manifest.Model.Provider] = true
	}
	names := slices.Sorted(maps.Keys(used))
	if len(names) > 1 && names[0] == "" {
		names[0] = "cpu"
	}
	return strings.Join(names, ", ")
}

// data says what the images came from: the notes of the union first, then those of each site.
func (u *union) data() *DataInfo {
	formats, turned := map[string]bool{}, map[string]bool{}
	d := &DataInfo{Notes: slices.Clone(u.notes)}
	for _, s := range u.sites {
		of := s.Manifest.Data
		if of == nil {
			of = &DataInfo{Format: s.Manifest.Origin}
		}
		formats[of.Format], turned[of.Orientation] = true, true
		for _, note := range of.Notes {
			d.Notes = append(d.Notes, s.Name+": "+note)
		}
		d.Orientation = of.Orientation
	}
	if len(turned) > 1 {
		d.Orientation = ""
	}
	d.Format = strings.Join(slices.Sorted(maps.Keys(formats)), ", ")
	return d
}

// few is a list of names, the first ones of many.
func few(names []string) string {
	const most = 4
	if n := len(names); n > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", n-most)
	}
	return strings.Join(names, ", ")
}
