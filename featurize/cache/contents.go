package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// PartRows is the number of images in a part, the unit of resuming and of sharding, where no tokens are kept.
const PartRows = 1024

// Contents is everything that determines a cache's content. Work can be resumed, and shards put together, only under
// equal contents.
type Contents struct {
	Classes    []string
	Templates  []string
	TextSource *File
	LogitScale LogitScale
	Dim        int
	Width      int         // E, where features come before the visual projection; else 0
	Projection string      `json:"-"`          // the file of that projection (D,E); its hash is among the model's
	Views      int         `json:",omitempty"` // K, views of each training image beside the plain one
	ViewSeed   uint64      `json:",omitempty"`
	Tokens     *TokensInfo `json:",omitempty"` // nil: none are kept
	// Thumbnails is how many test images of a class have one; it decides no equality of plans.
	Thumbnails int `json:",omitempty"`
	DType      npy.DType
	Model      ModelInfo
	Data       *DataInfo `json:",omitempty"` // for the record: it does not decide whether plans are equal
	Splits     []SplitContents
}

// SplitContents says how many images a split has, and which: SHA256 is the hash of its list, see [List]. Clients is
// that of their clients, see [Owners].
type SplitContents struct {
	Name    string
	Rows    int
	SHA256  string
	Clients string `json:",omitempty"`
}

// List hashes the images of a split as contents want them, one after the other.
func List(name string, n int, image func(i int) (file string, label int32, err error)) (SplitContents, error) {
	sum := sha256.New()
	var line []byte
	for i := range n {
		file, label, err := image(i)
		if err != nil {
			return SplitContents{}, err
		}
		line = append(append(strconv.AppendInt(line[:0], int64(label), 10), ' '), file...)
		_, _ = sum.Write(append(line, '\n')) // a hash takes everything
	}
	return SplitContents{Name: name, Rows: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// Owners hash whose the images of a split are, as contents want it.
type Owners struct {
	sum  hash.Hash
	some bool
}

// Add takes the client of the next image, "" for nobody.
func (o *Owners) Add(client string) {
	if o.sum == nil {
		o.sum = sha256.New()
	}
	_, _ = io.WriteString(o.sum, client+"\n") // a hash takes everything
	o.some = o.some || client != ""
}

// Sum is the hash; "" if no image is anybody's.
func (o *Owners) Sum() string {
	if !o.some {
		return ""
	}
	return hex.EncodeToString(o.sum.Sum(nil))
}

// check refuses contents from a file that no program of ours wrote.
func (p Contents) check() error {
	if p.Dim < 1 || p.Dim > 1<<20 || p.Width < 0 || p.Width > 1<<20 || p.Views < 0 || p.Views > MaxViews ||
		p.Thumbnails < 0 ||
		(p.DType != "<f4" && p.DType != "<f2") {
		return fmt.Errorf("dimension %d, width %d, %d views or feature type %q are impossible",
			p.Dim, p.Width, p.Views, p.DType)
	}
	if p.Tokens != nil && !p.Tokens.possible() {
		return fmt.Errorf("%d tokens of %d for %d blocks are impossible",
			p.Tokens.Length, p.Tokens.Width, p.Tokens.Blocks)
	}
	for _, s := range p.Splits {
		if s.Name == "" || s.Name != filepath.Base(s.Name) || strings.HasPrefix(s.Name, ".") || s.Rows < 0 ||
			s.Rows > math.MaxInt32 {
			return fmt.Errorf("split %q with %d images is impossible", s.Name, s.Rows)
		}
	}
	return nil
}

func (p Contents) hash() string {
	p.Data, p.Model.License, p.Thumbnails = nil, "", 0
	return hashJSON(p)
}

// columns is the width of the features.
func (p Contents) columns() int {
	if p.Width > 0 {
		return p.Width
	}
	return p.Dim
}

// ViewsOf is the number of views beside the plain one that each image of a split has.
func (p Contents) ViewsOf(split string) int {
	if split == viewedSplit {
		return p.Views
	}
	return 0
}

// owned tells whether a split has images of clients.
func (p Contents) owned(split string) bool {
	return slices.ContainsFunc(p.Splits, func(s SplitContents) bool { return s.Name == split && s.Clients != "" })
}

// viewedSplit is the split whose images have views.
const viewedSplit = "train"

// PartRows is the number of images in a part. Tokens make rows large, and parts are held in memory.
func (p Contents) PartRows() int {
	if p.Tokens == nil {
		return PartRows
	}
	return max(tokenPartRows/(1+p.Views), 1)
}

// Parts is the number of parts of a split of n images.
func (p Contents) Parts(n int) int { return (n + p.PartRows() - 1) / p.PartRows() }

// Shard is a share of the parts: those whose number, counted over all splits, leaves Index−1 when divided by Count.
// The zero Shard is everything.
type Shard struct {
	Index int `json:"shard,omitempty"` // from 1
	Count int `json:"of,omitempty"`
}

// Has tells whether a part belongs to the shard. parts counts over all splits, in the contents' order.
func (s Shard) Has(part int) bool { return s.Count == 0 || part%s.Count == s.Index-1 }

// First tells whether the shard carries what there is once, such as the class embeddings.
func (s Shard) First() bool { return s.Count == 0 || s.Index == 1 }

func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// MaxShards bounds the number of shards.
const MaxShards = 1 << 16

// Check refuses shards that cannot be.
func (s Shard) Check() error {
	if s != (Shard{}) && (s.Count < 1 || s.Count > MaxShards || s.Index < 1 || s.Index > s.Count) {
		return fault.Usagef("cache: there is no shard %v: the first of up to %d is 1/N, the last N/N", s, MaxShards)
	}
	return nil
}

// what is the shard in a sentence.
func (s Shard) what() string {
	if s.Count == 0 {
		return "a whole cache"
	}
	return "shard " + s.String()
}
