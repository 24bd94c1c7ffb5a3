package metric

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Num is a float64 that is null in JSON when it does not exist (NaN).
type Num float64

// MarshalJSON writes the shortest decimal that reads back as the same float64, or null for NaN and infinities.
func (n Num) MarshalJSON() ([]byte, error) { return appendNumber(nil, float64(n)), nil }

// UnmarshalJSON reads a number or null.
func (n *Num) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = Num(math.NaN())
		return nil
	}
	var f float64
	err := json.Unmarshal(b, &f)
	*n = Num(f)
	return err
}

func appendNumber(b []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(b, "null"...)
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64)
}

func appendName(b []byte, name string) []byte {
	quoted, _ := json.Marshal(name) // a string has no error
	return append(b, quoted...)
}

// MarshalJSON writes an object with the entries in their order: numbers, or lists of them.
func (s Score) MarshalJSON() ([]byte, error) { return append(s.appendEntries([]byte{'{'}), '}'), nil }

func (s Score) appendEntries(b []byte) []byte {
	for i, e := range s {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendName(b, e.Name), ':')
		if e.Groups == nil {
			b = appendNumber(b, e.Value)
			continue
		}
		b = append(b, '[')
		for g, v := range e.Groups {
			if g > 0 {
				b = append(b, ',')
			}
			b = appendNumber(b, v)
		}
		b = append(b, ']')
	}
	return b
}

// UnmarshalJSON reads the entries in their order, whether or not a table knows them.
func (s *Score) UnmarshalJSON(b []byte) error {
	*s = nil
	return object(b, func(name string, value json.RawMessage) error {
		e := Entry{Name: name, Value: math.NaN()}
		if value[0] != '[' {
			if err := json.Unmarshal(value, (*Num)(&e.Value)); err != nil {
				return err
			}
		} else {
			var groups []Num
			if err := json.Unmarshal(value, &groups); err != nil {
				return err
			}
			e.Groups = make([]float64, len(groups))
			for g, v := range groups {
				e.Groups[g] = float64(v)
			}
		}
		*s = append(*s, e)
		return nil
	})
}

// MarshalJSON writes the models' scores by name, and beside them how far the global model moved.
func (s Scores) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, m := range Models() {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendName(b, string(m)), ':', '{')
		b = append(s.Of(m).appendEntries(b), '}')
	}
	if len(s.Moved) > 0 {
		b = s.Moved.appendEntries(append(b, ','))
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Scores) UnmarshalJSON(b []byte) error {
	*s = Scores{}
	moved := []byte{'{'}
	err := object(b, func(name string, value json.RawMessage) error {
		for _, m := range Models() {
			if name == string(m) {
				return json.Unmarshal(value, s.Of(m))
			}
		}
		if len(moved) > 1 {
			moved = append(moved, ',')
		}
		moved = append(append(appendName(moved, name), ':'), value...)
		return nil
	})
	if err != nil {
		return err
	}
	return json.Unmarshal(append(moved, '}'), &s.Moved)
}

// object calls f with the members of an object, in their order; null has none.
func object(b []byte, f func(name string, value json.RawMessage) error) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	open, err := dec.Token()
	if err != nil || open == nil {
		return err
	}
	if open != json.Delim('{') {
		return fmt.Errorf("metric: %s is no object", b)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return err
		}
		if err := f(name.(string), value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
