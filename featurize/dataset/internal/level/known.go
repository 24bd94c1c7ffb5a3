package level

import (
	"regexp"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
)

// domains are the folders, in lower case and with single blanks, into which sets for domain adaptation and
// generalisation put their classes: Office-Home and -31, PACS, DomainNet, VLCS, ImageCLEF, digits.
var domains = strings.Split("art,art painting,clipart,product,real world,realworld,real,photo,cartoon,sketch,"+
	"infograph,painting,quickdraw,amazon,webcam,dslr,caltech,caltech10,caltech101,labelme,sun09,sun,voc2007,voc2012,"+
	"voc,pascal,imagenet,mnist,mnist m,mnistm,svhn,usps,syn,synthetic,synth", ",")

// versions are folders that hold the same pictures, each in its way.
var versions = strings.Split("color,colour,grayscale,greyscale,gray,grey,segmented,rgb,bgr,depth,infrared,thermal,"+
	"original,originals,raw,augmented,augmentation,processed,preprocessed,cropped,resized,small,large,normal maps", ",")

// groups are iNaturalist's supercategories.
var groups = strings.Split("plantae,insecta,aves,reptilia,mammalia,fungi,amphibia,mollusca,animalia,arachnida,"+
	"actinopterygii,chromista,protozoa,bacteria", ",")

// pieces and clients are folders that stand for parts of a set: fold_1, cv chunk-07, k3; and those that stand for
// somebody who has images of his own: client_1, site-3, hospital b.
var (
	pieces  = numbered(`fold|session|batch|part|partition|group|chunk|shard|task|k`)
	clients = numbered(`client|user|writer|domain|site|hospital|cent(?:er|re)|location|loc|subject|subj|person|` +
		`patient|camera|cam|device|node|silo|party|worker|env|environment|station|institution|annotator|speaker|` +
		`agent|edge`)
)

// numbered are such stems with a number or a letter.
func numbered(stems string) *regexp.Regexp {
	return regexp.MustCompile(`^(?:cv )?(?:` + stems + `)(?: ?[0-9]+| [a-z])$`)
}

// plain is a folder's name in lower case, with blanks between words.
func plain(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return strings.ContainsRune(" _-.", r)
	}), " ")
}

// all tells whether names are all of a kind.
func all(names []string, of func(string) bool) bool {
	return len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return !of(n) })
}

func among(list []string) func(string) bool {
	return func(name string) bool { return slices.Contains(list, plain(name)) }
}

func isPiece(name string) bool   { return pieces.MatchString(plain(name)) }
func isClient(name string) bool  { return clients.MatchString(plain(name)) }
func isPart(name string) bool    { return isPiece(name) || isClient(name) }
func isSplit(name string) bool   { return dataset.SplitOf(name) != dataset.Whole }
func isNumber(name string) bool  { return strings.Trim(name, "0123456789") == "" }
func isDomain(name string) bool  { return among(domains)(name) || isPart(name) }
func isVersion(name string) bool { return among(versions)(name) || disk.IsImageFolder(name) }
func isLetter(name string) bool {
	return len(name) == 1 && strings.ToLower(name) >= "a" && strings.ToLower(name) <= "z"
}

var twoLetters = regexp.MustCompile(`^\pL\pL`)

// byLetter tells whether folders are letters, each with words that begin so: a/abbey, b/bar, but not a/a1.
func (s surveyed) byLetter() bool {
	begins := func(letter string) bool {
		return all(s.holds[letter], func(n string) bool {
			return twoLetters.MatchString(n) && strings.EqualFold(n[:1], letter)
		})
	}
	return all(s.outer, isLetter) && all(s.outer, begins)
}
