package fed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fedpurel/fedpurel/fed/saved"
	"github.com/fedpurel/fedpurel/train/npy"
)

// RepliesDir holds, while a round goes on, replies of stages that took long.
const RepliesDir = "replies"

// lasting is how long a stage takes whose reply is written down. What is written is what would be computed, so that
// results do not depend on it.
var lasting = 5 * time.Second

// seldom is how long a run goes without a checkpoint, whatever their number of rounds, and how many times as long as
// the last one took to write.
var seldom, oftenness = time.Minute, time.Duration(20)

// longer is a home whose clients' stages may take long: replies of those that do lie in a folder until the round ends,
// and are taken from there when a run that was killed is continued.
type longer struct {
	*Home
	dir string
}

// Ask takes the reply from the folder, if it is there, and else runs the stage.
func (l longer) Ask(ctx context.Context, call Call) Reply {
	path := filepath.Join(l.dir, fmt.Sprintf("%06d-%02d-%06d.safetensors", call.Round, call.Ask, call.Client))
	key := ""
	if _, err := os.Stat(path); err == nil {
		key = l.key(call)
		if old, ok := saved.ReadReply(path, key); ok {
			return l.again(call, old)
		}
	}
	before, started := l.versions(call.Client), time.Now()
	reply := l.Home.Ask(ctx, call)
	if reply.Err != nil || l.Trace || time.Since(started) < lasting {
		return reply
	}
	if key == "" {
		key = l.key(call)
	}
	if err := l.write(path, key, call.Client, before, reply); err != nil {
		reply.Err = err
	}
	return reply
}

// key identifies a call: by the initial weights, which stand for the run, and all that the stage sees of it. What the
// client keeps and owns is the run's.
func (l longer) key(call Call) string {
	sum := sha256.New()
	add := func(name string, v []float32) {
		_, _ = fmt.Fprintf(sum, "%q %d\n", name, len(v)) // a hash takes everything
		_, _ = sum.Write(npy.AppendFloats(nil, "<f4", v))
	}
	_, _ = fmt.Fprintf(sum, "%d %d %d %d %d %q %v\n",
		l.Seed, call.Round, call.Rounds, call.Ask, call.Client, call.Stage, call.Wait)
	add("", l.Initial)
	for _, name := range slices.Sorted(maps.Keys(call.Question)) {
		add(name, call.Question[name])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// versions are those of what a client keeps, by name.
func (l longer) versions(client int) map[string]int {
	all := map[string]int{}
	for _, name := range l.Kept.Names() {
		all[name] = l.Kept.Version(name, client)
	}
	return all
}

func (l longer) write(path, key string, client int, before map[string]int, reply Reply) (err error) {
	r := saved.Reply{Key: key, Answer: reply.Answer, Kept: map[string][]float32{}}
	for name, version := range l.versions(client) {
		if version != before[name] {
			if r.Kept[name], err = l.Kept.Get(name, client, nil); err != nil {
				return err
			}
		}
	}
	if r.Observed, err = json.Marshal(reply.Observed); err != nil { // JSON has no infinity: it is to be computed again
		return nil
	}
	if err := os.MkdirAll(l.dir, 0o777); err != nil {
		return fmt.Errorf("write a reply: %w", err)
	}
	return r.Write(path)
}

// again is what a stage came to before.
func (l longer) again(call Call, old *saved.Reply) Reply {
	reply := Reply{Answer: old.Answer}
	if err := json.Unmarshal(old.Observed, &reply.Observed); err != nil {
		reply.Err = fmt.Errorf("read a reply: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(old.Kept)) {
		if err := l.Kept.Put(name, call.Client, old.Kept[name]); err != nil && reply.Err == nil {
			reply.Err = err
		}
	}
	return reply
}

// End forgets the round's replies once the round is kept.
func (l longer) End(keep bool) error {
	err := l.Home.End(keep)
	if keep {
		err = errors.Join(err, l.forget())
	}
	return err
}

func (l longer) forget() error {
	if err := os.RemoveAll(l.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget replies: %w", err)
	}
	return nil
}
