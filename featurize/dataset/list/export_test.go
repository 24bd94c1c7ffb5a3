package list

// SameLists are the forms that say the same: two images of each of two classes.
var SameLists = map[string]string{
	"list.csv": "path,label,split\na/1.png,cat,train\na/2.png,cat,test\nb/1.png,hot dog,train\n" +
		"b/2.png,hot dog,val\n",
	"bom.csv": "\ufeffpath,label,split\r\na/1.png,cat,train\r\na/2.png,cat,test\r\n\r\nb/1.png,hot dog,train\r\n" +
		"b/2.png,hot dog,val\r\n",
	"quotes.csv": "# made by hand\n\n\"file_name\",\"Class\",\"subset\"\n\"a/1.png\",\"cat\",\"Train\"\n" +
		"a/2.png,cat,testing\n# the rest\nb/1.png,\"hot_dog\",training\nb/2.png,hot_dog,valid",
	"other.csv": "client,split,target,,image\n3,train, cat ,x,a/1.png\n3,test,cat,x,a/2.png\n" +
		"4,train,hot dog,,b/1.png\n4,dev,hot dog,,./b//2.png\n",
	"excel.csv": "path;label;split\na/1.png;cat;train\na/2.png;cat;test\nb/1.png;hot dog;train\n" +
		"b/2.png;hot dog;val\n",
	"sep.csv": "\ufeffsep=;\r\nPath;Label;Split\r\na/1.png;cat;train\r\na/2.png;cat;test\r\n" +
		"b/1.png;hot dog;train\r\nb/2.png;hot dog;val\r\n",
	"septab.csv": "sep=\t\npath\tlabel, text\tlabel\tsplit\na/1.png\tx\tcat\ttrain\na/2.png\tx\tcat\ttest\n" +
		"b/1.png\tx\thot dog\ttrain\nb/2.png\tx, y\thot dog\tval\n",
	"mixed.csv": "path;label, text;label;split\na/1.png;x;cat;train\na/2.png;x;cat;test\n" +
		"b/1.png;x, y;hot dog;train\nb/2.png;x;hot dog;val\n",
	"list.tsv": "filepath\tcategory\tsplit\na/1.png\tcat\ttrain\na/2.png\tcat\ttest\nb/1.png\thot dog\ttrain\n" +
		"b/2.png\thot dog\tval\n",
	"table.txt": "img_path\tlabel\tsplit\na/1.png\tcat\ttrain\na/2.png\tcat\ttest\nb/1.png\thot dog\ttrain\n" +
		"b/2.png\thot dog\tval\n",
	"list.jsonl": "{\"path\":\"a/1.png\",\"label\":\"cat\",\"split\":\"train\",\"boxes\":[[1]]}\n\n" +
		"{\"split\":\"test\",\"label\":\"cat\",\"path\":\"a/2.png\"}\n" +
		"{\"path\":\"b/1.png\",\"label\":\"hot dog\",\"split\":\"train\"}\n" +
		"{\"path\":\"b\\/2.png\",\"label\":\"hot dog\",\"split\":\"val\"}",
	"numbers.csv": "path,label,classname,split\na/1.png,0,cat,train\na/2.png,0.0,cat,test\nb/1.png,1,hot dog,train\n" +
		"b/2.png,1,,val\n",
	"from1.csv": "path,label_id,class_name,split\na/1.png,1,cat,train\na/2.png,1,cat,test\n" +
		"b/1.png,2,hot dog,train\nb/2.png,2,hot dog,val\n",
	"ids.csv": "id,label,split\na/1,cat,train\na/2,cat,test\nb/1,hot dog,train\nb/2,hot dog,val\n",
	"windows.csv": "path,label,split\na\\1.png,cat,train\na\\2.png,cat,test\nb\\1.png,hot dog,train\n" +
		"b\\2.png,hot dog,val\n",
	"rooted.csv": "path,label,split\n/a/1.png,cat,train\n/a/2.png,cat,test\n/b/1.png,hot dog,train\n" +
		"/b/2.png,hot dog,val\n",
}
