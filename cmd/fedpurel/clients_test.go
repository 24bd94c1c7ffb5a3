package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// inspect says which clients a data set has, and which way its folders were read.
func TestInspectClients(t *testing.T) {
	dir := t.TempDir()
	for _, folder := range []string{"New York/cat", "New York/dog", "Zürich/cat", "Zürich/dog", "site-3/dog"} {
		put(t, dir, "photos/"+folder+"/1.jpg", nil)
		put(t, dir, "photos/"+folder+"/2.jpg", nil)
	}
	put(t, dir, "list.csv", []byte("path,label,who\nphotos/New York/cat/1.jpg,cat,\nphotos/Zürich/cat/1.jpg,cat,x\n"+
		"photos/Zürich/dog/1.jpg,dog,y\nphotos/Zürich/dog/2.jpg,dog,x\n"))
	said := ok(t, dir, "inspect", "--data", "photos")
	for _, want := range []string{
		"2 classes: cat, dog", "3 clients: New York (4), Zürich (4), site-3 (2 images)", "--class-level 1 takes the 3",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	if said := ok(t, dir, "inspect", "--data", "photos", "--class-level", "1"); strings.Contains(said, "clients") {
		t.Errorf("clients where sites are the classes:\n%s", said)
	}
	var found struct {
		Clients []struct {
			Name        string
			Train, Test int
		}
	}
	list := ok(t, dir, "inspect", "--data", "list.csv", "--clients-column", "who", "--json")
	err := json.Unmarshal([]byte(list), &found)
	if err != nil || len(found.Clients) != 3 || found.Clients[0].Name != "" {
		t.Errorf("%v: %+v", err, found)
	}
	fails(t, dir, 2, "its columns are path, label, who", "inspect", "--data", "list.csv", "--clients-column", "user")
}
