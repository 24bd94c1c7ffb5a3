package archive

import (
	"io"
	"path"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
)

// trees stages the images of archives that hold class folders, archives of classes, or the images of one class each.
func (t *tars) trees(b *dataset.Builder, images *staging) ([]group, []string, error) {
	var branches []branch
	type place struct {
		split dataset.Split
		shard int
		dir   string
	}
	numbers := map[place]int32{}
	for i, s := range t.shards {
		take := func(m member, dir string) error {
			at := place{s.Split, -1, path.Clean(dir)}
			if at.dir == "." {
				at.shard = i
			}
			n, there := numbers[at]
			if !there {
				n = int32(len(branches))
				numbers[at] = n
				branches = append(branches, branch{split: s.Split, shard: i})
				if at.dir != "." {
					branches[n].path = strings.Split(at.dir, "/")
				}
			}
			branches[n].images++
			return images.add(m, path.Join(s.label, m.name), n)
		}
		err := t.walk(s, &b.Remarks, func(a archive, m member) error {
			if isTar(m.name) {
				return inner(&b.Remarks, a, m, take)
			}
			return image(&b.Remarks, m, path.Dir(m.name), take)
		})
		if err != nil {
			return nil, nil, err
		}
	}
	if !ofClasses(branches, t.shards) {
		sortOut(branches)
	}
	if err := findLevel(b, branches); err != nil {
		return nil, nil, err
	}
	return classesOf(b, branches)
}

// image takes a member of a tree, if it is one.
func image(r *dataset.Remarks, m member, dir string, take func(m member, dir string) error) error {
	if disk.IsImage(m.name) {
		return take(m, dir)
	}
	r.Skip(notImage(m.name), m.name)
	return nil
}

// inner walks through an archive within an archive, as ImageNet has one for each class.
func inner(r *dataset.Remarks, outer archive, m member, take func(m member, dir string) error) error {
	a := archive{
		name: outer.name + ": " + m.name,
		// shares no position with the outer reader
		data: io.NewSectionReader(outer.data, m.at.Offset-outer.base.Offset, m.at.Size),
		base: m.at,
	}
	if isGzip(a.data) {
		r.Skip("compressed archives within an archive", m.name)
		return nil
	}
	folder := path.Join(path.Dir(m.name), tarStem(m.name))
	return a.walk(r, func(one member) error {
		if isTar(one.name) {
			r.Skip("archives in archives within an archive", m.name+"/"+one.name)
			return nil
		}
		dir := path.Join(folder, path.Dir(one.name))
		one.name = m.name + "/" + one.name
		return image(r, one, dir, take)
	})
}
