package cache

import (
	"math"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// classes puts the sites' class lists together and gives every site its labels. Equal lists stay as they are. Others
// are united by name: in the order of the first site that has all classes, else in byte order.
func (u *union) classes() ([]string, error) {
	list := u.sites[0].Manifest.Classes
	if !slices.ContainsFunc(u.sites, func(s *member) bool { return !slices.Equal(s.Manifest.Classes, list) }) {
		for _, s := range u.sites {
			for c := range list {
				s.labels = append(s.labels, int32(c))
			}
		}
		return list, nil
	}
	if err := u.connected(); err != nil {
		return nil, err
	}
	at := map[string]int32{} // first the last site that has the class, then its label
	for k, s := range u.sites {
		for _, name := range s.Manifest.Classes {
			if seen, there := at[name]; there && seen == int32(k) {
				return nil, fault.Usagef("cache: site %s has two classes called %q, and another list than the others; "+
					"call each of its classes differently, or give all sites the same list", s.Name, name)
			}
			at[name] = int32(k)
		}
	}
	list = nil
	for _, s := range u.sites {
		if len(s.Manifest.Classes) == len(at) {
			list = s.Manifest.Classes
			break
		}
	}
	if list == nil {
		for name := range at {
			list = append(list, name)
		}
		slices.Sort(list)
	}
	for c, name := range list {
		at[name] = int32(c)
	}
	u.renumber(list, at)
	return list, nil
}

// renumber gives the sites their labels in a united list, and says which sites had others or lack classes.
func (u *union) renumber(list []string, at map[string]int32) {
	var lack, renumbered []string
	for _, s := range u.sites {
		same := true
		for i, name := range s.Manifest.Classes {
			s.labels = append(s.labels, at[name])
			same = same && int(at[name]) == i
		}
		if len(s.labels) < len(list) {
			lack = append(lack, s.Name)
		}
		if !same {
			renumbered = append(renumbered, s.Name)
		}
	}
	if len(lack) > 0 {
		u.note("the sites have %d classes together; not all of them are at %s", len(list), few(lack))
	}
	if len(renumbered) > 0 {
		u.note("the classes of %s have other numbers than in the site's own cache", few(renumbered))
	}
	spelt := map[string]string{}
	for _, name := range list {
		plain := strings.Join(strings.Fields(strings.ReplaceAll(norm.NFKC.String(name), "_", " ")), " ")
		plain = strings.ToLower(plain)
		if other, twin := spelt[plain]; twin {
			u.note("%+q and %+q are two classes, though spelt almost alike; if they are one, "+
				"call them alike at all sites and make their caches again", other, name)
		}
		spelt[plain] = name
	}
}

// connected refuses sites that have no class in common with any of the others: nothing would be learned together.
func (u *union) connected() error {
	known, rest := map[string]bool{}, u.sites
	join := func(s *member) {
		for _, name := range s.Manifest.Classes {
			known[name] = true
		}
	}
	join(rest[0])
	for rest = rest[1:]; len(rest) > 0; {
		var apart []*member
		for _, s := range rest {
			if slices.ContainsFunc(s.Manifest.Classes, func(name string) bool { return known[name] }) {
				join(s)
			} else {
				apart = append(apart, s)
			}
		}
		if len(apart) == len(rest) {
			a, b := u.sites[0], apart[0]
			return fault.Usagef("cache: sites %s and %s share no class, and no other site links them: %s has %s, "+
				"%s has %s; call the same classes alike at all sites and make their caches again",
				a.Name, b.Name, a.Name, few(a.Manifest.Classes), b.Name, few(b.Manifest.Classes))
		}
		rest = apart
	}
	return nil
}

// rounding is by how much a coordinate of a unit class embedding may differ between sites: processors and libraries
// round differently, in the seventh place. Another encoder or another prompt changes the second.
const rounding = 1e-4

// embeddings takes each class's embedding from the first site that has it, and compares the others' with it.
func (u *union) embeddings(classes []string) (f32.Matrix, error) {
	text, from := f32.New(len(classes), u.sites[0].Manifest.Dim), make([]*member, len(classes))
	most := 0.0
	for _, s := range u.sites {
		for i, c := range s.labels {
			if from[c] == nil {
				from[c] = s
				copy(text.Row(int(c)), s.Text.Row(i))
				continue
			}
			moved := apart(s.Text.Row(i), text.Row(int(c)))
			if !(moved <= rounding) {
				return text, fault.Usagef("cache: the embedding of class %q at site %s is another than at %s; "+
					"make both caches with the same encoder and the same prompts", classes[c], s.Name, from[c].Name)
			}
			most = math.Max(most, moved)
		}
	}
	if most > 0 {
		u.note("the sites' embeddings of the same classes differ by up to %.0e, as machines round; "+
			"each class has that of the first site by name", most)
	}
	return text, nil
}

// apart is the largest difference of a coordinate.
func apart(a, b []float32) (most float64) {
	for j, v := range a {
		most = math.Max(most, math.Abs(float64(v)-float64(b[j])))
	}
	return most
}

// Rounded tells whether two caches have the same classes, embeddings and scale, but for what machines round.
func (c *Cache) Rounded(other *Cache) bool {
	a, b := c.Text, other.Text
	return slices.Equal(c.Manifest.Classes, other.Manifest.Classes) && a.Cols == b.Cols &&
		apart(a.Data, b.Data) <= rounding && near(c.Manifest.LogitScale.Value, other.Manifest.LogitScale.Value)
}
