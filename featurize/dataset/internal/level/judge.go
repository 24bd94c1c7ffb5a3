package level

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// verdict is what a level of folders is.
type verdict int

const (
	stay   verdict = iota // the classes
	down                  // what the classes are grouped by
	owned                 // clients, each with class folders of its own
	leaves                // letters, with classes at several levels below
	doubt                 // both can be
)

// judge says where the classes are, and notes it where that is not plain. first tells that the level is the first.
func (f Finder) judge(s surveyed, first bool) (verdict, error) {
	names := s.names()
	multi := slices.DeleteFunc(slices.Clone(s.outer), func(o string) bool {
		return len(s.holds[o]) < 2 || slices.Contains(s.flat, o)
	})
	switch {
	case len(s.outer) < 2 || len(s.outer) == len(s.flat):
		if s.same != "" && len(s.outer) > 1 {
			f.Note("the folders %s each hold one folder, %s: they are read as the classes; if they are sites or "+
				"clients, all have one class, and another is missing", some(s.outer), s.same)
		}
		return stay, nil
	case len(s.flat) > 0 && len(multi) == 0:
		return stay, nil
	case len(s.flat) > 0 && (len(multi) < 2 || len(multi) <= len(s.flat)):
		f.Note("%d class folders, such as %s, hold folders of their own, all of whose images are of the class",
			len(multi), multi[0])
		return stay, nil
	case len(s.flat) > 0:
		return doubt, f.doubt(s, names)
	case all(names, isSplit):
		return doubt, fault.Usagef("dataset: %s: the folders %s each hold %s: if each is a set of its own, pass one, "+
			"such as %s/%s; if they are sites, featurize each and join the caches with `cache merge --sites`; "+
			"if they are classes, --class-level 1 reads them and divides all images anew",
			f.Root, some(s.outer), some(names), f.Root, s.outer[0])
	}
	what, why := s.kind(names)
	switch {
	case what == doubt && why != "":
		return doubt, fault.Usagef("dataset: %s: the folders %s hold %s: pass one, such as %s/%s, "+
			"or all of them together with --class-level 2", f.Root, some(s.outer), why, f.Root, s.outer[0])
	case what == doubt:
		return doubt, f.doubt(s, names)
	case what == stay && why != "":
		f.Note("the class folders hold %s: %s; all images are read; --class-level %d takes these for the classes",
			why, some(names), s.below())
	case what != stay:
		if what == leaves || all(s.outer, among(groups)) {
			f.Pattern = "" // groups of classes are no clients
		}
		f.found(s, names, why, first, what == owned)
	}
	return what, nil
}

// kind tells folders that all hold nothing but folders by their names, and by those of what they hold. why ends a
// sentence of a note; of a doubt it says that there is only one thing to do.
func (s surveyed) kind(names []string) (what verdict, why string) {
	r := s.alike(names)
	switch {
	case s.byLetter():
		return leaves, "are letters"
	case all(s.outer, among(groups)):
		return down, "are groups of classes"
	case all(s.outer, isVersion) && r.shared && !r.single:
		return doubt, "the same classes, it seems the same pictures in several versions"
	case all(s.outer, isPiece) && !all(names, isVersion):
		return down, "are parts of the set, with the same kind of folders in each"
	case all(s.outer, isDomain) && !all(names, isVersion):
		return owned, "are clients or domains, with the same kind of folders in each"
	case all(names, isVersion), all(names, isPart):
		return stay, "folders"
	case r.single && len(names) == len(s.outer): // the images of a class are the same ones either way
		return stay, "a folder each"
	case r.single || all(names, isNumber) || len(s.outer) > len(names) && !slices.ContainsFunc(s.outer, isClient):
		return doubt, ""
	case r.equal:
		return owned, "hold the same folders each"
	case r.shared && r.each && 2*r.pairs >= 3*len(names):
		return owned, "hold many of the same folders"
	}
	return doubt, ""
}

// clientsAbove tells whether the folders of a level are clients where the user says that the classes are further down.
func (s surveyed) clientsAbove() bool {
	for _, other := range []func(string) bool{isPiece, isVersion, among(groups)} {
		if all(s.outer, other) {
			return false
		}
	}
	return len(s.outer) > 1 && s.alike(s.names()).each && !s.byLetter()
}

// likeness is how much the folders of a level are alike by the folders in them.
type likeness struct {
	equal  bool // all hold the same ones
	single bool // each holds one
	shared bool // most of those that they hold are in several
	each   bool // each holds one that another holds too
	pairs  int  // how many they hold, counted in each
}

func (s surveyed) alike(names []string) likeness {
	r := likeness{equal: true, single: true, each: true}
	times := map[string]int{}
	for _, o := range s.outer {
		r.equal = r.equal && slices.Equal(s.holds[o], s.holds[s.outer[0]])
		r.single = r.single && len(s.holds[o]) == 1
		r.pairs += len(s.holds[o])
		for _, name := range s.holds[o] {
			times[name]++
		}
	}
	several := func(name string) bool { return times[name] > 1 }
	for _, o := range s.outer {
		r.each = r.each && slices.ContainsFunc(s.holds[o], several)
	}
	n := 0
	for _, name := range names {
		if several(name) {
			n++
		}
	}
	r.shared = 2*n >= len(names)
	return r
}

// names are those of the folders in the folders, each once.
func (s surveyed) names() []string {
	seen := map[string]bool{}
	for _, p := range s.inner {
		seen[p.Class] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// found notes that the classes are a level further down, and whether those above are clients.
func (f Finder) found(s surveyed, names []string, why string, first, clients bool) {
	note := fmt.Sprintf("the folders %s %s: the folders in them, such as %s, are the classes", some(s.outer), why,
		some(names))
	if clients {
		note += ", and they the clients"
		if r := s.alike(names); r.pairs == len(names) {
			note += ", though no two of them have a class in common"
		}
	}
	if first {
		note += fmt.Sprintf("; --class-level 1 takes the %d of the first level for classes", len(s.outer))
		if f.Pattern != "" && !clients {
			note += fmt.Sprintf("; --partition natural --client-pattern '%s' takes them for clients", f.Pattern)
		}
	}
	f.Note("%s", note)
	for range s.strays {
		f.Skip("images beside class folders, in the folders that group them", s.outer[0])
	}
}

// doubt says which two readings there are, and the option for each.
func (f Finder) doubt(s surveyed, names []string) error {
	return fault.Usagef("dataset: %s: the folders %s hold folders, such as %s: if the %d outer ones are the classes, "+
		"pass --class-level %d; if the %d inner ones are, pass --class-level %d",
		f.Root, some(s.outer), some(names), len(s.outer), s.level, len(names), s.below())
}

// below is the level of the folders in the folders.
func (s surveyed) below() int { return strings.Count(s.inner[0].Dir, "/") + 1 }

// some names a few folders.
func some(names []string) string {
	if len(names) > 4 {
		return strings.Join(names[:3], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
