package lab

import (
	"fmt"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// data is what the defaults of tail, partition, number of clients and learning rates depend on: a cache's training
// images, or what an identity knows of some.
type data struct {
	name    string // of a known set; empty for users' own images
	counts  []int  // training images of each class; nil where they are not known
	clients int    // that the training images name
	blocks  int    // of the image tower, which the cache holds tokens for
	dir     string // of the cache
	// curvatures are those that were estimated, by module and its options; 0 where that failed.
	curvatures map[string]float64
	head       peft.Head // one of the cache's size; its numbers are none
}

// Clients that are dealt to by default: so many, but no more than leave each some images on average.
const (
	usualClients = 20
	usualImages  = 10
)

// follow is what the data sets of that which is open, and why. It is a pure function: d is nil where no cache is named
// or can be read, and chosen are the options that somebody gave, or a preset.
//
//   - Every image is kept, unless the set is published balanced, or an imbalance is given.
//   - Clients that the data names are the clients, unless others are asked for.
//   - Blocks of the image tower are adapted for which the cache holds tokens.
func follow(d *data, chosen Settings) (all []Setting) {
	has := func(names ...string) bool { // an empty name of a file is none
		return slices.ContainsFunc(names, func(name string) bool { return chosen[name] != nil && chosen[name] != "" })
	}
	set := func(name string, value any, why string) {
		all = append(all, Setting{Name: name, Value: value, Why: why})
	}
	if d != nil && d.blocks > 0 && !has("blocks") {
		set("blocks", d.blocks, fmt.Sprintf("the cache holds tokens for the last %d blocks", d.blocks))
	}
	if has("partition_file") {
		return all
	}
	switch {
	case has("tail"):
	case has("imbalance"):
		set("tail", "exponential", "--imbalance is given")
	case d != nil && cache.Balanced(d.name):
		set("tail", "exponential", d.name+" is published balanced, and customarily cut to a long tail")
	}
	switch {
	case has("partition"):
	case has("client_pattern", "clients_from"):
		if !has("clients", "beta") {
			set("partition", "natural", "--client-pattern or --clients-from is given")
		}
	case d == nil || d.clients < 2:
	case has("clients"):
		set("partition", "dirichlet",
			fmt.Sprintf("--clients is given, so the %d clients that the data names are not used", d.clients))
	case has("beta"):
		set("partition", "dirichlet",
			fmt.Sprintf("--beta is given, so the %d clients that the data names are not used", d.clients))
	default:
		set("partition", "natural", fmt.Sprintf("the data names %d clients", d.clients))
	}
	return all
}

// fewer is the number of clients of a run for which nobody chose one, where the data has too few images for the usual
// number.
func (d *data) fewer(tail partition.Tail, root seed.Root) []Setting {
	if d.counts == nil {
		return nil
	}
	total := 0
	for _, n := range d.counts {
		total += n
	}
	sizes, err := tail.Sizes(float64(total)/float64(len(d.counts)), len(d.counts), root)
	if err != nil {
		return nil // the run says so
	}
	kept := 0
	for c, n := range d.counts {
		kept += min(sizes[c], n)
	}
	k := max(kept/usualImages, 1)
	if k >= usualClients {
		return nil
	}
	why := fmt.Sprintf("%d clients, not %d: so that each has %d of the %d images", k, usualClients, usualImages, kept)
	if kept < usualImages {
		why = fmt.Sprintf("one client, not %d: there are %d images", usualClients, kept)
	}
	return []Setting{{Name: "clients", Value: k, Why: why}}
}

// ByDefault says in words what an option is where it follows from the data; it is empty for other options.
func ByDefault(name string) string {
	switch name {
	case "tail":
		return "natural; exponential for known balanced sets"
	case "partition":
		return "natural where the data names clients, else dirichlet"
	case "clients":
		return fmt.Sprintf("%d, fewer where that leaves each less than %d images", usualClients, usualImages)
	}
	return ""
}

// looks are the caches that were looked at, by folder, so that each is read once; nil for what is no cache. A nil looks
// sees nothing.
type looks map[string]*data

// at describes a cache. What is wrong with it is found, and said, when a run opens it.
func (l looks) at(dir string) *data {
	if l == nil || dir == "" {
		return nil
	}
	d, seen := l[dir]
	if !seen {
		d = look(dir)
		l[dir] = d
	}
	return d
}

// sized is a head of a head's size.
func sized(h peft.Head) peft.Head {
	return peft.Head{
		Text: f32.New(h.Text.Rows, h.Text.Cols), Projection: f32.New(h.Projection.Rows, h.Projection.Cols), Scale: 1,
	}
}

// look reads what is small: manifest, labels, and the clients' names.
func look(dir string) *data {
	held, err := cache.Map(dir)
	if err != nil {
		return nil
	}
	defer held.Close() // read-only
	d := &data{dir: dir, head: sized(wholeHead(held)), curvatures: map[string]float64{}}
	if held.IsIdentity() {
		return d.shared()
	}
	split, err := held.Split("train")
	if err != nil {
		return nil
	}
	if t := held.Manifest.Tokens; t != nil {
		d.blocks = t.Blocks
	}
	d.counts = make([]int, len(held.Manifest.Classes))
	if held.Manifest.Data != nil {
		d.name = held.Manifest.Data.Name
	}
	for _, y := range split.Labels() {
		d.counts[y]++
	}
	names, err := split.Clients()
	if err != nil {
		return nil
	}
	seen := map[string]bool{}
	for _, name := range names {
		seen[name] = true
	}
	delete(seen, "") // nobody
	d.clients = len(seen)
	return d
}
