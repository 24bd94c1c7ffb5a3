package dataset

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

// owned builds a set of 12 training and 4 test images of two classes, in turn, and returns the clients of them all.
func owned(column string, o Options, client func(i int) string) (clients string, notes string, err error) {
	b := NewBuilder("root", "made up", o)
	b.ClientColumn = column
	for i := range 16 {
		split := Train
		if i >= 12 {
			split = Test
		}
		b.Whose(client(i))
		_ = b.Add(split, fmt.Sprint(i), i%2, Place{}) // Finish tells
	}
	s, err := b.Finish([]string{"x", "y"}, nil)
	if err != nil {
		return "", "", err
	}
	defer s.Close()
	var all []string
	for _, split := range []Split{Train, Test} {
		for i := range s.Len(split) {
			it, _ := s.At(split, i)
			all = append(all, it.Client)
		}
	}
	return strings.Join(all, ","), strings.Join(s.About().Notes, "\n"), nil
}

func TestClients(t *testing.T) {
	two := func(i int) string { return []string{" New York", "Zürich\xff"}[i/2%2] }
	gaps := func(i int) string { return []string{"", "a", "a", "b"}[i/4] }
	own := func(i int) string { return fmt.Sprint("user ", i) }
	for name, c := range map[string]struct {
		column, asked string
		client        func(i int) string
		first, note   string
	}{
		"folders": {"", "", two, "New York,New York,Zürich\ufffd,", ""},
		"a column": {
			"site", "", two, "New York,New York,Zürich\ufffd,", "column site names 2 clients, such as New York",
		},
		"gaps":          {"site", "", gaps, ",,,,a,a,", "4 of 12 train images name no client in column site"},
		"all the same":  {"site", "", func(int) string { return "x" }, ",,,", "has the same value everywhere"},
		"and asked for": {"site", "site", func(int) string { return "x" }, "x,x,x,", "names 1 clients, such as x"},
		"ids":           {"user", "", own, ",,,", "nearly every image has a value of its own; --clients-column user"},
		"ids asked for": {"user", "user", own, "user 0,user 1,", ""},
		"classes": {
			"user", "", func(i int) string { return fmt.Sprint(i % 2) }, ",,,", "its values are the classes",
		},
		"texts": {
			"user", "", func(i int) string { return fmt.Sprint("a\n", i%4/2) }, ",,,", "texts that are no names",
		},
		"nobody's at all":  {"user", "", func(int) string { return " " }, ",,,", ""},
		"folders as texts": {"", "", own, "user 0,user 1,", ""},
	} {
		clients, notes, err := owned(c.column, Options{Clients: c.asked, TestFraction: 0.2}, c.client)
		if err != nil || !strings.HasPrefix(clients, c.first) || !strings.Contains(notes, c.note) {
			t.Errorf("%s: %q, %q, %v", name, clients, notes, err)
		}
	}
	for _, bad := range []string{"a\tb", "a\u0085b", strings.Repeat("long ", 100)} {
		for _, column := range []string{"", "user"} {
			_, _, err := owned(column, Options{Clients: column}, func(i int) string { return bad + fmt.Sprint(i%4/2) })
			if fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), "is no name of a client") {
				t.Errorf("%q: %v", bad, err)
			}
		}
	}
}
