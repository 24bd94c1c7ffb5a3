package pickle

// lengths of the lengths of strings and bytes, by opcode.
var lengths = map[byte]uint64{
	'U': 1, 'T': 4, // SHORT_BINSTRING, BINSTRING
	'C': 1, 'B': 4, 0x8e: 8, 0x96: 8, // SHORT_BINBYTES, BINBYTES, BINBYTES8, BYTEARRAY8
	0x8c: 1, 'X': 4, 0x8d: 8, // SHORT_BINUNICODE, BINUNICODE, BINUNICODE8
}

// step carries out an operation.
func (m *machine) step(op byte) {
	if n := lengths[op]; n > 0 {
		n = m.uint(n)
		start := m.at
		m.push(Bytes{m.take(n), int64(start)})
		return
	}
	switch op {
	case 0x80: // PROTO
		if v := m.uint(1); v > 5 {
			m.fail("protocol %d is unknown; pickle.dump with protocol=4", v)
		}
	case 0x95: // FRAME
		if n, left := m.uint(8), uint64(len(m.data)-m.at); n > left {
			m.fail("the file is truncated: a frame has %d bytes, %d are left", n, left)
		}
	case '(': // MARK
		m.marks = append(m.marks, len(m.stack))

	case 'N': // NONE
		m.push(nil)
	case 0x88, 0x89: // NEWTRUE, NEWFALSE
		m.push(op == 0x88)
	case 'I', 'L': // INT, LONG
		m.push(m.number(m.short()))
	case 'J': // BININT
		m.push(int64(int32(m.uint(4))))
	case 'K': // BININT1
		m.push(int64(m.uint(1)))
	case 'M': // BININT2
		m.push(int64(m.uint(2)))
	case 0x8a: // LONG1
		m.push(m.long(m.uint(1)))
	case 'F': // FLOAT
		m.push(m.float(m.short()))
	case 'G': // BINFLOAT
		m.push(bigFloat(m.take(8)))
	case 'S': // STRING
		m.push(m.quoted(m.line()))
	case 'V': // UNICODE
		m.push(m.escaped(m.line()))

	case ')': // EMPTY_TUPLE
		m.push(Tuple{})
	case 't': // TUPLE
		m.push(Tuple(m.popTo(-1)))
	case 0x85, 0x86, 0x87: // TUPLE1, TUPLE2, TUPLE3
		m.push(Tuple(m.popTo(int(op - 0x84))))
	case ']': // EMPTY_LIST
		m.push(&List{})
	case 'l': // LIST
		m.push(&List{m.popTo(-1)})
	case 'a': // APPEND
		m.extend(m.popTo(1))
	case 'e': // APPENDS
		m.extend(m.popTo(-1))
	case '}': // EMPTY_DICT
		m.push(Dict{})
	case 'd': // DICT
		items := m.popTo(-1)
		m.push(Dict{})
		m.set(items)
	case 's': // SETITEM
		m.set(m.popTo(2))
	case 'u': // SETITEMS
		m.set(m.popTo(-1))

	case 'p', 'q', 'r', 0x94: // PUT, BINPUT, LONG_BINPUT, MEMOIZE
		v := m.pop()
		m.push(v)
		m.memo[m.index(op)] = v
	case 'g', 'h', 'j': // GET, BINGET, LONG_BINGET
		v, ok := m.memo[m.index(op)]
		if !ok {
			m.fail("it refers to a value that was not kept")
		}
		m.push(v)

	case 'c': // GLOBAL
		module := m.short()
		m.push(m.name(module, m.short()))
	case 0x93: // STACK_GLOBAL
		name := m.text(m.pop())
		m.push(m.name(m.text(m.pop()), name))
	case 'R': // REDUCE
		args, _ := m.pop().(Tuple)
		c, _ := m.pop().(class)
		if f := functions[c]; f != nil {
			m.push(f(m, args))
		} else {
			m.fail("it calls what is no function")
		}
	case 'b': // BUILD
		state, _ := m.pop().(Tuple)
		v := m.pop()
		if b, ok := v.(interface{ build(*machine, Tuple) }); ok {
			b.build(m, state)
			m.push(v)
		} else {
			m.fail("it sets the state of what is no array")
		}
	default:
		m.fail("operation 0x%02x is not one of those that make plain values and NumPy arrays; is this a pickle?", op)
	}
}

// index is the place in the memo that an operation names.
func (m *machine) index(op byte) uint64 {
	switch op {
	case 'p', 'g':
		v, _ := m.number(m.short()).(int64)
		return uint64(v)
	case 'q', 'h':
		return m.uint(1)
	case 'r', 'j':
		return m.uint(4)
	}
	return uint64(len(m.memo))
}

// extend adds values to the list on top.
func (m *machine) extend(values []any) {
	l, ok := m.pop().(*List)
	if !ok {
		m.fail("it appends to what is no list")
		return
	}
	l.Items = append(l.Items, values...)
	m.push(l)
}

// set adds keys and values to the dict on top.
func (m *machine) set(items []any) {
	d, ok := m.pop().(Dict)
	if !ok || len(items)%2 != 0 {
		m.fail("it sets an item of what is no dict")
		return
	}
	for i := 0; i < len(items); i += 2 {
		d[m.text(items[i])] = items[i+1]
	}
	m.push(d)
}
