package dataset

import (
	"strings"
	"unicode"

	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// ClientNames are columns that usually say whose an image is, the most telling first: in lower case, with underscores
// between words.
var ClientNames = []string{
	"client", "client_id", "site", "site_id", "hospital", "hospital_id", "institution", "institution_id", "center",
	"center_id", "centre", "centre_id", "station", "station_id", "writer", "writer_id", "user", "user_id", "celeb_id",
	"domain",
}

// maxClientName bounds the bytes of a client's name: what is longer is a text.
const maxClientName = 200

// Whose says to which client the images belong that are added from now on: a site, user or writer, "" for nobody.
// Blanks around its name are dropped.
func (b *Builder) Whose(client string) {
	client = strings.TrimSpace(client)
	if b.client == client {
		return
	}
	b.client = strings.ToValidUTF8(strings.Clone(client), "\ufffd")
	if b.misnamed == "" && (len(client) > maxClientName || strings.ContainsFunc(client, unicode.IsControl)) {
		b.misnamed = client
	}
}

// settleClients decides whether what was said of clients makes any. A column that nobody named, but that usually tells
// clients, may hold something else.
func (s *Set) settleClients(b *Builder) error {
	o := &s.list.owners
	if len(o.of) == 0 {
		return nil
	}
	if b.misnamed != "" && (b.Options.Clients != "" || b.ClientColumn == "") {
		return fault.Corruptf("dataset: %s: %q is no name of a client: it holds a line break, a tab or another "+
			"control character, or is longer than %d bytes; rename it", s.root, disk.Clipped(b.misnamed), maxClientName)
	}
	c := s.countClients()
	if b.ClientColumn == "" {
		return nil // folders are plain, and noted
	}
	if why := c.notClients(b); why != "" {
		s.Note("column %s is not taken for the clients': %s; --clients-column %s takes it",
			b.ClientColumn, why, b.ClientColumn)
		*o = owners{}
		return nil
	}
	s.Note("column %s names %d clients, such as %s", b.ClientColumn, c.clients, o.name(c.first))
	for _, split := range []Split{Train, Test} {
		if n, all := c.nobodys[split], len(s.rows[split]); n > 0 {
			s.Note("%d of %d %s images name no client in column %s", n, all, split, b.ClientColumn)
		}
	}
	return nil
}

// clientCount is what the training and test images say of clients.
type clientCount struct {
	clients, images int
	first           int32         // number of the first client
	nobodys         map[Split]int // images that are nobody's
	labels          bool          // each client has the images of one class, and each class is one client's
}

func (s *Set) countClients() clientCount {
	c := clientCount{nobodys: map[Split]int{}, labels: true}
	label, client := map[int32]int32{}, map[int32]int32{} // of a client, and of a label
	for _, split := range []Split{Train, Test} {
		for _, row := range s.rows[split] {
			c.images++
			n, l := s.list.owners.numberAt(int(row)), s.list.Label(int(row))
			if n == 0 {
				c.nobodys[split]++
				continue
			}
			if _, known := label[n]; !known {
				if label[n] = l; len(label) == 1 {
					c.first = n
				}
			}
			if _, known := client[l]; !known {
				client[l] = n
			}
			c.labels = c.labels && label[n] == l && client[l] == n
		}
	}
	c.clients = len(label)
	return c
}

// notClients says why a column does not name clients, "" if it does. One that the user names always does.
func (c clientCount) notClients(b *Builder) string {
	switch {
	case b.Options.Clients != "":
		return ""
	case b.misnamed != "":
		return "it holds texts that are no names"
	case c.clients < 2:
		return "it has the same value everywhere"
	case 2*c.clients > c.images:
		return "nearly every image has a value of its own"
	case c.labels:
		return "its values are the classes"
	}
	return ""
}
