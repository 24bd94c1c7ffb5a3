package dataset

// owners say whose the items of a list are: 4 bytes for each item up to the last one that is somebody's, and each name
// once.
type owners struct {
	names  []string         // the first is "", nobody's
	number map[string]int32 // of a name
	of     []int32          // by item
}

// set says whose item i is. Items come in order.
func (o *owners) set(i int, name string) {
	if name == "" {
		return
	}
	if o.number == nil {
		o.names, o.number = []string{""}, map[string]int32{"": 0}
	}
	n, known := o.number[name]
	if !known {
		n = int32(len(o.names))
		o.names, o.number[name] = append(o.names, name), n
	}
	o.of = append(o.of, make([]int32, i-len(o.of))...)
	o.of = append(o.of, n)
}

// at is the name of the one whose item i is, "" for nobody.
func (o *owners) at(i int) string { return o.name(o.numberAt(i)) }

// numberAt is the number of that name, 0 for nobody.
func (o *owners) numberAt(i int) int32 {
	if i < len(o.of) {
		return o.of[i]
	}
	return 0
}

func (o *owners) name(number int32) string {
	if len(o.names) == 0 {
		return ""
	}
	return o.names[number]
}
