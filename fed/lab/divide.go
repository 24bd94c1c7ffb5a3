package lab

import (
	"context"
	"errors"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/fault"
)

// division are the partition's options that the spec holds.
func (s *Spec) division() partition.Options {
	o := partition.Options{
		Kind: s.kind, Profile: s.profile, Clients: s.Clients, LocalTest: s.LocalTest, Seed: s.DataSeed,
		Unseen: s.Unseen,
	}
	o.Split, _ = s.options["partition"].(partition.Partitioner)
	o.Tail, _ = s.options["tail"].(partition.Tail)
	return o
}

// divide makes the partition that the spec names, or reads the one that it points to.
func (x *experiment) divide() (*partition.Partition, error) {
	train, err := x.cache.Split("train")
	if err != nil {
		return nil, err
	}
	test, err := x.cache.Split("test")
	if err != nil {
		return nil, err
	}
	classes := len(x.cache.Manifest.Classes)
	if x.spec.File != "" {
		return readPartition(x.spec.File, train, test, classes)
	}
	o := x.spec.division()
	o.Files = func() (trained, tested []string, err error) {
		trained, err = train.Files()
		tested, err2 := test.Files()
		return trained, tested, errors.Join(err, err2)
	}
	o.Owners = func() (owners partition.Owners, err error) {
		if owners.Train, err = train.Clients(); err == nil {
			owners.Test, err = test.Clients()
		}
		return owners, err
	}
	return partition.Make(train.Labels(), test.Labels(), classes, o)
}

// readPartition reads a saved partition and checks that it fits the splits. Its counts are taken again from the labels.
func readPartition(path string, train, test *cache.Split, classes int) (*partition.Partition, error) {
	var p partition.Partition
	if err := readJSON(path, &p); err != nil {
		return nil, err
	}
	if p.Format != 1 || len(p.Clients) == 0 {
		return nil, fault.Corruptf("%s is no partition, or of format %d; this program reads format 1", path, p.Format)
	}
	if err := p.Check(train.Len(), test.Len()); err != nil {
		return nil, fault.Corruptf("%s does not fit the cache: %w", path, err)
	}
	p.Counts = make([]int, classes)
	for _, s := range p.Clients {
		for _, r := range s.Train {
			p.Counts[train.Labels()[r]]++
		}
	}
	return &p, nil
}

// Division is who owns which row of a cache.
type Division struct {
	*partition.Partition
	Classes         []string
	TrainOf, TestOf []int32 // labels of the splits
}

// Divide makes, or reads and checks, the partition of a spec without training on it.
func Divide(s Spec) (*Division, error) { return How{}.Divide(context.Background(), s) }

// Divide is Divide as How says: of it, only NoVerify and Notice matter.
func (how How) Divide(ctx context.Context, s Spec) (*Division, error) {
	x, err := open(ctx, s, nil, how)
	if err != nil {
		return nil, err
	}
	defer x.close()
	how.tell(x.notices()...)
	return &Division{
		Partition: x.partition, Classes: x.cache.Manifest.Classes,
		TrainOf: append([]int32{}, x.train.Labels()...), TestOf: append([]int32{}, x.test.Labels()...),
	}, nil
}
