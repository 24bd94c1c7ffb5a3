package partition

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Newcomers are clients of the same division, with the same rows; the others keep theirs, in their order.
func TestUnseen(t *testing.T) {
	train, test := balanced(10, 60), balanced(10, 12)
	for _, kind := range kindNames(Kinds) {
		o := complete(options(kind, 7, 20, 1, 2), train, 10)
		all := mustMake(t, train, test, 10, o)
		o.Unseen = 3
		p := mustMake(t, train, test, 10, o)
		if len(p.Unseen) != 3 || len(p.Clients) != len(all.Clients)-3 {
			t.Fatalf("%s: %d newcomers beside %d", kind, len(p.Unseen), len(p.Clients))
		}
		if err := p.Check(len(train), len(test)); err != nil {
			t.Error(err)
		}
		at, images := 0, 0
		for k, s := range all.Clients {
			held := slices.ContainsFunc(p.Unseen, func(c Newcomer) bool {
				return reflect.DeepEqual(c.Shard, s) && c.Name == all.Name(k)
			})
			if held {
				continue
			}
			if !reflect.DeepEqual(p.Clients[at], s) || p.Name(at) != all.Name(k) {
				t.Errorf("%s: client %d has changed", kind, at)
			}
			at++
			images += len(s.Train)
		}
		if at != len(p.Clients) || images != p.Images() || !strings.Contains(p.String(), "3 that never take part") {
			t.Errorf("%s: %d clients with %d images: %s", kind, at, images, p)
		}
		if by := p.LeftOut(len(train)); !strings.Contains(by, "--unseen 3") {
			t.Errorf("%s: left out by %s", kind, by)
		}
		data, err := json.Marshal(p)
		var back Partition
		if err != nil || json.Unmarshal(data, &back) != nil || !reflect.DeepEqual(p, &back) {
			t.Errorf("%s: %v: comes back as %+v", kind, err, back)
		}
	}
	o := complete(options("iid", 4, 1, 1, 1), train, 10)
	for n, say := range map[int]string{-1: "negative", 4: "leaves none of the 4"} {
		o.Unseen = n
		if _, err := Make(train, test, 10, o); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), say) {
			t.Errorf("%d newcomers: %v", n, err)
		}
	}
	o.Unseen = 2
	if _, err := Make(train, nil, 10, o); fault.KindOf(err) != fault.Usage {
		t.Errorf("nobody has test images: %v", err)
	}
}
