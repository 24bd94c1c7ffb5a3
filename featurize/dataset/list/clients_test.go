package list_test

import (
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// A column says whose images are: the one that the option names, or one of the usual names.
func TestClientColumns(t *testing.T) {
	images := []string{"1.png", "2.png", "3.png", "4.png", "5.png", "6.png"}
	for name, c := range map[string]struct{ file, list, option, clients, note string }{
		"site": {
			"x.csv", "path,label,Site\n1.png,a,New York\n2.png,b, Zürich \n3.png,a,Zürich\n4.png,b,New York\n", "",
			"New York 2|Zürich 2", "column Site names 2 clients, such as New York",
		},
		"FedScale's": {
			"x.csv", "client_id,sample_path,label_name,label_id\n7,1.png,cat,0\n7,2.png,dog,1\n12,3.png,cat,0\n" +
				"12,4.png,dog,1\n", "", "12 2|7 2", "column client_id names 2 clients, such as 7",
		},
		"gaps": {
			"x.tsv", "path\tlabel\tuser id\n1.png\ta\tu\n2.png\tb\t\n3.png\ta\tu\n4.png\tb\tv\n5.png\ta\tv\n" +
				"6.png\tb\t\n", "", " 2|u 2|v 2", "train images name no client in column user id",
		},
		"objects": {
			"x.jsonl", `{"path":"1.png","label":"a","client":3}
				{"path":"2.png","label":"b","client":3}
				{"path":"3.png","label":"a","client":null}
				{"path":"4.png","label":"b","client":"x"}`, "", " 1|3 2|x 1", "",
		},
		"things that are no names": {
			"x.jsonl", `{"path":"1.png","label":"a","user":{"id":1}}
				{"path":"2.png","label":"b","user":[]}
				{"path":"3.png","label":"a"}
				{"path":"4.png","label":"b","user":true}`, "", " 4", "",
		},
		"asked for": {
			"x.csv", "path,label,user,Town\n1.png,a,u,Bern\n2.png,b,u,Ulm\n3.png,a,v,Bern\n4.png,b,v,Bern\n", "Town",
			"Bern 3|Ulm 1", "column Town names 2 clients",
		},
		"ids": {
			"x.csv", "path,label,user\n1.png,a,u\n2.png,b,v\n3.png,a,w\n4.png,b,x\n", "", " 4",
			"column user is not taken for the clients': nearly every image has a value of its own",
		},
		"ids asked for": {
			"x.csv", "path,label,user\n1.png,a,u\n2.png,b,v\n3.png,a,w\n4.png,b,x\n", "user", "u 1|v 1|w 1|x 1", "",
		},
		"two of a name": {
			"x.csv", "path,label,user,user\n1.png,a,u,\n2.png,b,v,\n3.png,a,u,\n4.png,b,v,\n", "", " 4",
			"its values are the classes",
		},
		"without a header": {"x.csv", "1.png,a\n2.png,b\n3.png,a\n4.png,b\n", "", " 4", ""},
	} {
		root := settest.Tree(t, images...)
		s := settest.OpenAs(t, "manifest", settest.Write(t, root, c.file, c.list), func(o *dataset.Options) {
			o.Clients, o.TestFraction = c.option, 0.3
		})
		if got := strings.Join(settest.Clients(t, s), "|"); got != c.clients {
			t.Errorf("%s: clients %s; %s", name, got, settest.Notes(s))
		}
		settest.Noted(t, s, c.note)
	}
	root := settest.Tree(t, images...)
	settest.Write(t, root, "train.csv", "path,label,site\n1.png,a,x\n5.png,b,y\n2.png,b,x\n4.png,a,y\n")
	settest.Write(t, root, "test.csv", "path,label\n3.png,a\n")
	s := settest.OpenAs(t, "manifest", root, nil)
	settest.Equal(t, "one split's", settest.Clients(t, s), []string{" 1", "x 2", "y 2"})
}

func TestClientColumnsRefused(t *testing.T) {
	o := dataset.DefaultOptions()
	for name, c := range map[string]struct {
		file, list, option string
		kind               fault.Kind
		say                []string
	}{
		"missing": {
			"x.csv", "path,label,site\n1.png,a,x\n", "Site", fault.Usage, []string{`"Site"`, "path, label, site"},
		},
		"missing in all": {
			"x.jsonl", `{"path":"1.png","label":"a"}`, "site", fault.Usage, []string{`"site"`, "label, path"},
		},
		"no names at all": {"x.txt", "1.png 0\n", "site", fault.Usage, []string{"--clients-column"}},
		"twice": {
			"x.csv", "path,label,site,site\n1.png,a,x,y\n", "site", fault.Corrupt, []string{"called site"},
		},
		"a record": {
			"x.jsonl", `{"path":"1.png","label":"a","site":{}}`, "site", fault.Corrupt, []string{"site is {}"},
		},
		"a line break": {
			"x.csv", "path,label,split,site\n1.png,a,train,\"x\ny\"\n2.png,b,test,x\n", "site", fault.Corrupt,
			[]string{"no name of a client"},
		},
		"folders": {"a/1.png", "x", "site", fault.Usage, []string{"--clients-column means nothing"}},
	} {
		root := settest.Tree(t, "1.png", "2.png")
		path := settest.Write(t, root, c.file, c.list)
		if strings.HasPrefix(c.file, "a/") {
			path = root
		}
		o.Clients = c.option
		settest.Fails(t, name, path, o, c.kind, c.say...)
	}
}
