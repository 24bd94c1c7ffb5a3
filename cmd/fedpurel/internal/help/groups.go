package help

import (
	"slices"

	"github.com/urfave/cli/v2"
)

// group is a heading of help and the flags below it, by their names. Options of specs say themselves what group they
// belong to.
type group struct {
	heading string
	flags   []string
}

// groups are the headings in their order.
var groups = []group{
	{"In and out", []string{
		"data", "like", "cache", "train-features", "train-labels", "test-features", "test-labels", "text-features",
		"projection", "classes", "out", "dir", "package", "with", "figure", "trace", "log", "resume",
		"formats", "files-from", "features", "split", "names", "rest",
	}},
	{"Pictures", []string{"train", "test", "seed"}},
	{"Runs", []string{"methods", "variants", "data-seeds", "seeds", "reference", "by", "explain", "name", "rounds"}},
	{"Federation", []string{
		"identity", "sites", "socket", "superlink", "key", "root-certificates", "state", "check", "share", "min-class",
		"allow-methods", "max-rounds", "class-counts", "test-cache", "join", "deadline", "tries", "pause", "min-sites",
		"flower",
	}},
	{"Run", []string{"spec"}},
	{"Model", []string{
		"client", "with-encoder", "model", "variant", "revision", "endpoint", "image-only", "preprocess", "image-size",
		"crop-rule", "auto-orient", "logit-scale", "pre-projection",
	}},
	{"Prompts", []string{"template", "templates", "tokenizer"}},
	{"Data set", []string{
		"format", "labels", "column", "clients-column", "images", "class-level", "fold", "val", "resplit",
		"test-fraction", "split-seed", "on-error",
	}},
	{"Features", []string{"dtype", "views", "view-seed", "thumbnails", "tokens", "no-curvature"}},
	{"Rounds", nil},
	{"Data", nil},
	{"Tail", nil},
	{"Partition", nil},
	{"Method", nil},
	{"Module", nil},
	{"Loss", nil},
	{"Evaluation", []string{"score", "nemenyi", "target", "power"}},
	{"Checks", []string{"verify", "no-verify", "duplicates", "decode"}},
	{"Resources", []string{"workers", "threads", "batch", "shard", "provider", "ort-lib", "cpuprofile", "port"}},
	{"Output", []string{"top", "wide", "json", "quiet", "version", "help"}},
}

// groupOf is the place of a flag among groups, or −1.
func groupOf(f cli.Flag) int {
	name := f.Names()[0]
	if c, ok := f.(cli.CategorizableFlag); ok && c.GetCategory() != "" {
		return slices.IndexFunc(groups, func(g group) bool { return g.heading == c.GetCategory() })
	}
	return slices.IndexFunc(groups, func(g group) bool { return slices.Contains(g.flags, name) })
}

// Ungrouped lists the flags that no heading is known for.
func Ungrouped(flags []cli.Flag) (names []string) {
	for _, f := range flags {
		if groupOf(f) < 0 {
			names = append(names, f.Names()[0])
		}
	}
	return names
}
