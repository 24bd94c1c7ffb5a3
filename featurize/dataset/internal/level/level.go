// Package level finds out which level of a tree of folders holds the classes. The first one does not if its folders are
// sites, domains, folds or groups of classes, each with class folders of its own. Sites and domains are then clients,
// whose the images are.
package level

import (
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
)

// Folder is what lies in a folder: the folders in it that hold images, themselves or further below, sorted; and the
// number of images in it itself.
type Folder struct {
	Folders []string
	Images  int
}

// Look looks into a folder. Paths are relative, with slashes.
type Look func(dir string) (Folder, error)

// Place is a class and a folder whose images are of it. They are a client's where the first folders are sites, users or
// domains; else Client is empty.
type Place struct{ Class, Dir, Client string }

// Finder finds the places of classes.
type Finder struct {
	*dataset.Remarks
	Root    string // for messages
	Option  int    // the level that the user names, from 1; 0 finds out
	Pattern string // that takes the first folder of an image as its client, where folders are parts; "" if none does
	Look    Look
	Train   Look // at the training images alone, which then say where classes are; nil if there are no splits
}

// Classes are the places of the classes, sorted by folder, then those whose images are no client's. top are the folders
// of the first level; those without images stay among them where that level is the classes'.
func (f Finder) Classes(top []string) ([]Place, error) {
	places := make([]Place, len(top))
	for i, dir := range top {
		places[i] = Place{Class: dir, Dir: dir}
	}
	if f.Option > 0 {
		return f.asked(places)
	}
	owners := false // the places know whose they are
	for depth := range disk.MaxDepth {
		s, err := survey(f.Look, places)
		said := s
		if err == nil && f.Train != nil {
			said, err = survey(f.Train, places)
		}
		if err != nil {
			return nil, err
		}
		switch what, err := f.judge(said, depth == 0); {
		case err != nil:
			return nil, err
		case what == stay:
			return places, nil
		case what == leaves:
			return f.leaves(s)
		case what == owned && !owners:
			owners = true
			s.own()
		}
		places = append(s.inner, said.common(places)...)
	}
	return places, nil
}

// common are the places of classes whose images are no client's: those of a test split that has the class folders
// themselves, where the training split has sites above them.
func (s surveyed) common(places []Place) (all []Place) {
	classes := s.names()
	for _, p := range places {
		if _, known := slices.BinarySearch(classes, p.Class); known && !slices.Contains(s.outer, p.Class) {
			all = append(all, p)
		}
	}
	return all
}

// own makes the folders of a level the clients of all below.
func (s *surveyed) own() {
	for i := range s.inner {
		s.inner[i].Client = s.outerOf[i]
	}
}

// asked goes down to the level that the option names. Folders of the first level that share classes are clients, unless
// their names say otherwise.
func (f Finder) asked(places []Place) ([]Place, error) {
	if f.Option > 1 {
		s, err := survey(f.Look, places)
		if err != nil {
			return nil, err
		}
		if s.clientsAbove() {
			f.Note("the folders %s hold the same folders in part: they are taken for clients", some(s.outer))
			for i := range places {
				places[i].Client = places[i].Class
			}
		}
	}
	for range f.Option - 1 {
		var inner []Place
		for _, p := range places {
			in, err := f.Look(p.Dir)
			if err != nil {
				return nil, err
			}
			for range in.Images {
				f.Skip("images above the level of the classes", p.Dir)
			}
			for _, name := range in.Folders {
				inner = append(inner, Place{name, p.Dir + "/" + name, p.Client})
			}
		}
		places = inner
	}
	return places, nil
}

// surveyed is what the folders of a level hold, by class.
type surveyed struct {
	outer  []string // those that hold images, sorted
	holds  map[string][]string
	flat   []string // of outer, those that are classes for sure
	level  int
	inner  []Place // of the level below, sorted by folder
	strays int     // images beside the folders of that level
	same   string  // the only folder in each of them, if it may be a class; what it holds is looked at instead

	outerOf []string // the class of this level in which each inner place lies
}

func survey(look Look, places []Place) (s surveyed, err error) {
	s.holds = map[string][]string{}
	if len(places) > 0 {
		s.level = strings.Count(places[0].Dir, "/") + 1
	}
	if places, s.same, err = through(look, places); err != nil {
		return s, err
	}
	images := map[string]int{}
	for _, p := range places {
		in, err := look(p.Dir)
		if err != nil {
			return s, err
		}
		if in.Images+len(in.Folders) > 0 {
			s.outer = append(s.outer, p.Class)
		}
		images[p.Class] += in.Images
		for _, name := range in.Folders {
			s.holds[p.Class] = append(s.holds[p.Class], name)
			s.inner = append(s.inner, Place{name, p.Dir + "/" + name, p.Client})
			s.outerOf = append(s.outerOf, p.Class)
		}
	}
	slices.Sort(s.outer)
	s.outer = slices.Compact(s.outer)
	for _, class := range s.outer {
		slices.Sort(s.holds[class])
		s.holds[class] = slices.Compact(s.holds[class])
		if images[class] > 0 && images[class] >= len(s.holds[class]) { // fewer are strays
			s.flat = append(s.flat, class)
		} else {
			s.strays += images[class]
		}
	}
	return s, nil
}

// through goes into the only folder of a folder where its name says nothing: that of a folder of images, or the same
// one everywhere. same is the last such name that is no word for images.
func through(look Look, places []Place) (_ []Place, same string, err error) {
	for range disk.MaxDepth {
		next, only, held := slices.Clone(places), map[string]bool{}, 0
		moved := false
		for i, p := range places {
			in, err := look(p.Dir)
			if err != nil {
				return nil, "", err
			}
			if in.Images+len(in.Folders) == 0 {
				continue
			}
			held++
			if in.Images > 0 || len(in.Folders) != 1 {
				only[""] = true
				continue
			}
			name := in.Folders[0]
			only[name] = true
			if disk.IsImageFolder(name) {
				next[i].Dir, moved = p.Dir+"/"+name, true
			}
		}
		if len(only) == 1 && !only[""] && held > 1 {
			for i, p := range places {
				if in, err := look(p.Dir); err == nil && len(in.Folders) > 0 {
					if !disk.IsImageFolder(in.Folders[0]) {
						same = in.Folders[0]
					}
					next[i].Dir, moved = p.Dir+"/"+in.Folders[0], true
				}
			}
		}
		if !moved {
			return places, same, nil
		}
		places = next
	}
	return places, same, nil
}

// leaves takes the folders that hold images for classes, at whatever level: apartment_building/outdoor is one.
func (f Finder) leaves(s surveyed) ([]Place, error) {
	var classes []Place
	for todo := s.inner; len(todo) > 0; {
		p := todo[0]
		todo = todo[1:]
		in, err := f.Look(p.Dir)
		if err != nil {
			return nil, err
		}
		if in.Images > 0 {
			classes = append(classes, p)
			continue
		}
		for _, name := range in.Folders {
			todo = append(todo, Place{p.Class + " " + name, p.Dir + "/" + name, p.Client})
		}
	}
	return classes, nil
}
