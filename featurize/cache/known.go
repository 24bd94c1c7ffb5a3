package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/fedpurel/fedpurel/train/durable"
)

// Whoever maps a large array compares it with its hash, once: which files had the right one, and what the system said
// of them then, is kept in a small file for each cache in the user's folder for such things, and a file of which the
// system says the same is taken as known. Where there is no such folder, or nothing can be written there, every process
// hashes anew.

// knownSize is the size from which a file's being right is worth remembering; smaller ones are hashed each time.
const knownSize = 4 << 20

// settled is how much older than the record a file's last change must be. A change in the very moment of hashing, by a
// coarse clock, would else go unnoticed.
const settled = 2 * time.Second

// identity is what the system says of a file. It is another one after any ordinary change of the content.
type identity struct {
	Size    int64     `json:"size"`
	Mod     time.Time `json:"modified"`
	Changed time.Time `json:"changed"` // of content, name or rights; programs cannot set it. Zero where there is none
	ID      string    `json:"id"`      // device and inode, or what there is in their place
}

// known is the record of one cache.
type known struct {
	path  string           // empty: nothing is kept
	Dir   string           `json:"folder"`
	Files map[string]right `json:"files"`
}

// right is a file that had a hash.
type right struct {
	SHA256 string `json:"sha256"`
	identity
}

// recall reads the record of the cache in dir. What it does not hold is unknown, whatever the reason.
func recall(dir string) known {
	k := known{Files: map[string]right{}}
	var err error
	if k.path, k.Dir, err = record("verified", dir); err != nil {
		return k
	}
	data, err := os.ReadFile(k.path)
	if err != nil {
		return k
	}
	info, err := os.Stat(k.path)
	var was known
	if err != nil || json.Unmarshal(data, &was) != nil || was.Dir != k.Dir || durable.CheckSeal(data) != nil {
		return k
	}
	for name, r := range was.Files {
		if info.ModTime().Sub(r.Mod) > settled && info.ModTime().Sub(r.Changed) > settled {
			k.Files[name] = r
		}
	}
	return k
}

// record is the file of the user's folder that keeps something of the cache in dir, whose absolute path it gives too.
func record(what, dir string) (path, abs string, err error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", "", err
	}
	if abs, err = filepath.Abs(dir); err != nil {
		return "", "", err
	}
	sum := sha256.Sum256([]byte(abs))
	return filepath.Join(base, "fedpurel", what, hex.EncodeToString(sum[:16])+".json"), abs, nil
}

// has tells whether a file was found right and is as it was then.
func (k *known) has(f File) bool {
	r, ok := k.Files[f.Name]
	if !ok || r.SHA256 != f.SHA256 {
		return false
	}
	now, err := identify(filepath.Join(k.Dir, f.Name))
	return err == nil && now.same(r.identity)
}

func (a identity) same(b identity) bool {
	return a.Size == b.Size && a.Mod.Equal(b.Mod) && a.Changed.Equal(b.Changed) && a.ID == b.ID
}

// keep writes the record. That it could not be written is no failure: the files are right.
func (k *known) keep() {
	if k.path == "" || os.MkdirAll(filepath.Dir(k.path), 0o700) != nil {
		return
	}
	_ = durable.WriteSealed(k.path, k)
}
