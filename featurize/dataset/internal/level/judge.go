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
			"such as %s/%s; if they are classes, --class-level 1 reads them and divides all images anew",
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
		f.Note("the class folders hold %s: %s; all images are read", why, some(names))
	case what != stay:
		if what == leaves || all(s.outer, among(groups)) {
			f.Pattern = "" // groups of classes are no clients
		}
		f.found(s, names, why, first)
	}
	return what, nil
}

// kind tells folders that all hold nothing but folders by their names, and by those of what they hold. why ends a
// sentence of a note; of a doubt it says that there is only one thing to do.
func (s surveyed) kind(names []string) (what verdict, why string) {
	equal, shared, single := s.alike(names)
	switch {
	case s.byLetter():
		return leaves, "are letters"
	case all(s.outer, among(groups)):
		return down, "are groups of classes"
	case all(s.outer, isVersion) && shared && !single:
		return doubt, "the same classes, it seems the same pictures in several versions"
	case all(s.outer, isDomain) && !all(names, isVersion):
		return down, "are parts or domains of the set, with the same kind of folders in each"
	case all(names, isVersion), all(names, isPart):
		return stay, "folders"
	case single && len(names) == len(s.outer): // the images of a class are the same ones either way
		return stay, "a folder each"
	case equal && !single && !all(names, isNumber) && len(s.outer) <= len(names):
		return down, "hold the same folders each"
	}
	return doubt, ""
}

// alike tells whether all folders hold the same ones; whether most of those are in several; whether each holds one.
func (s surveyed) alike(names []string) (equal, shared, single bool) {
	equal, single = true, true
	times := map[string]int{}
	for _, o := range s.outer {
		equal = equal && slices.Equal(s.holds[o], s.holds[s.outer[0]])
		single = single && len(s.holds[o]) == 1
		for _, name := range s.holds[o] {
			times[name]++
		}
	}
	several := 0
	for _, n := range times {
		if n > 1 {
			several++
		}
	}
	return equal, 2*several >= len(names), single
}

// names are those of the folders in the folders, each once.
func (s surveyed) names() []string {
	seen := map[string]bool{}
	for _, p := range s.inner {
		seen[p.Class] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// found notes that the classes are a level further down.
func (f Finder) found(s surveyed, names []string, why string, first bool) {
	note := fmt.Sprintf("the folders %s %s: the folders in them, such as %s, are the classes", some(s.outer), why,
		some(names))
	if first {
		note += fmt.Sprintf("; --class-level 1 takes the %d of the first level for classes", len(s.outer))
		if f.Pattern != "" {
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
		f.Root, some(s.outer), some(names), len(s.outer), s.level, len(names),
		strings.Count(s.inner[0].Dir, "/")+1)
}

// some names a few folders.
func some(names []string) string {
	if len(names) > 4 {
		return strings.Join(names[:3], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
