package fleet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Content of a message travels as objects, each called by the hash of its bytes: a head, "Class id,id,… length", a zero
// byte, and the body. Ids are those of the objects that this one stands on.
const (
	maxDepth   = 8       // of the tree of a message's objects: five are needed
	maxObjects = 1 << 15 // in that tree
	maxPlain   = 4 << 20 // bytes of an object that only names others, and of an object's head
	maxObject  = 65 << 20
	maxContent = 1 << 30 // bytes of all objects of a message, and of all its arrays
)

// object is one object, read.
type object struct {
	class string
	on    []string
	body  []byte
}

// hashOf is the id of an object.
func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func isHash(s string) bool {
	return len(s) == 2*sha256.Size && strings.Trim(s, "0123456789abcdef") == ""
}

// readObject reads an object's content, whose hash is known to be right.
func readObject(content []byte) (object, error) {
	head, body, ok := bytes.Cut(content, []byte{0})
	if !ok || len(head) > maxPlain {
		return object{}, fault.Corruptf("an object without a head")
	}
	part := strings.Split(string(head), " ")
	if len(part) != 3 {
		return object{}, fault.Corruptf("an object whose head has %d words, want 3", len(part))
	}
	if part[2] != strconv.Itoa(len(body)) {
		return object{}, fault.Corruptf("an object of %d bytes, its head says %.20q", len(body), part[2])
	}
	o := object{class: part[0], body: body}
	if part[1] != "" {
		o.on = strings.Split(part[1], ",")
	}
	return o, nil
}

// tree is the shape of a message's objects: ids, those that another one stands on before it.
type tree struct {
	root string
	ids  []string
}

// readTree reads an object tree. Objects that stand in several places are named once.
func readTree(b []byte) (t tree, err error) {
	seen, count := map[string]bool{}, 0
	t.root, err = t.grow(b, 1, seen, &count)
	return t, err
}

func (t *tree) grow(b []byte, depth int, seen map[string]bool, count *int) (id string, err error) {
	if *count++; depth > maxDepth || *count > maxObjects {
		return "", fault.Corruptf("a tree of more than %d objects, or deeper than %d", maxObjects, maxDepth)
	}
	err = each(b, func(f field) error {
		switch f.key {
		case block(1):
			id = string(f.data[:min(len(f.data), 100)])
		case block(2):
			_, err := t.grow(f.data, depth+1, seen, count)
			return err
		}
		return nil
	})
	if err == nil && !isHash(id) {
		err = fault.Corruptf("an object's id is %.70q", id)
	}
	if err == nil && !seen[id] {
		seen[id] = true
		t.ids = append(t.ids, id)
	}
	return id, err
}

// store makes objects of what is to be sent.
type store struct {
	content map[string][]byte // by id
	tree    map[string]packet // by id: the object's tree
}

// put adds an object that stands on others.
func (s *store) put(class string, on []string, body []byte) (id string) {
	var once []string
	for _, o := range on {
		if !slices.Contains(once, o) {
			once = append(once, o)
		}
	}
	content := append(fmt.Appendf(nil, "%s %s %d\x00", class, strings.Join(once, ","), len(body)), body...)
	id = hashOf(content)
	t := packet{}.text(1, id)
	for _, o := range once {
		t = t.data(2, s.tree[o])
	}
	if s.content == nil {
		s.content, s.tree = map[string][]byte{}, map[string]packet{}
	}
	s.content[id], s.tree[id] = content, t
	return id
}
