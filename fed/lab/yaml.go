package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// asJSON is the content of a spec file as JSON: that of a file whose name ends in .yaml or .yml is written anew, with
// all digits of its numbers. Either way a name that is there twice, and anything after the end, is an error.
func asJSON(path string, data []byte) ([]byte, error) {
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".yaml" && ext != ".yml" {
		return data, once(data)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, errors.New("yaml: it is empty")
	} else if err != nil {
		return nil, err
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("yaml: it holds more than one document")
	}
	var b bytes.Buffer
	err := writeNode(&b, doc.Content[0])
	return b.Bytes(), err
}

// writeNode writes a part of a YAML document as JSON.
func writeNode(b *bytes.Buffer, n *yaml.Node) error {
	switch n.Kind {
	case yaml.MappingNode:
		seen := map[string]bool{}
		b.WriteByte('{')
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
				return fmt.Errorf("yaml: line %d: a name must be a word", key.Line)
			}
			if seen[key.Value] {
				return fmt.Errorf("yaml: line %d: %q is there twice", key.Line, key.Value)
			}
			seen[key.Value] = true
			if i > 0 {
				b.WriteByte(',')
			}
			writeString(b, key.Value)
			b.WriteByte(':')
			if err := writeNode(b, n.Content[i+1]); err != nil {
				return err
			}
		}
		b.WriteByte('}')
		return nil
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := writeNode(b, item); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	case yaml.ScalarNode:
		return writeScalar(b, n)
	}
	return fmt.Errorf("yaml: line %d: references to other parts are not read; write the value again", n.Line)
}

func writeScalar(b *bytes.Buffer, n *yaml.Node) error {
	switch n.ShortTag() {
	case "!!null":
		b.WriteString("null")
	case "!!bool":
		b.WriteString(strings.ToLower(n.Value))
	case "!!int", "!!float":
		number, err := number(n.Value)
		if err != nil {
			return fmt.Errorf("yaml: line %d: %w", n.Line, err)
		}
		b.WriteString(number)
	default:
		writeString(b, n.Value)
	}
	return nil
}

func writeString(b *bytes.Buffer, s string) {
	text, _ := json.Marshal(s) // a string always encodes
	b.Write(text)
}

// number is a YAML number as JSON has it.
func number(text string) (string, error) {
	plain := strings.TrimPrefix(strings.ReplaceAll(text, "_", ""), "+")
	if json.Valid([]byte(plain)) {
		return plain, nil
	}
	digits := strings.TrimPrefix(plain, "-")
	if len(digits) > 1 && digits[0] == '0' && strings.Trim(digits, "0123456789") == "" {
		return "", fmt.Errorf("%s is octal to some and decimal to others: write it without the zero", text)
	}
	if i, ok := new(big.Int).SetString(plain, 0); ok {
		return i.String(), nil
	}
	v, err := strconv.ParseFloat(plain, 64)
	if text := strconv.FormatFloat(v, 'g', -1, 64); err == nil && json.Valid([]byte(text)) {
		return text, nil
	}
	return "", fmt.Errorf("%s is no finite number", text)
}

// once refuses JSON in which an object has a name twice, of which one would be lost, or that goes on after its end.
func once(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var open []map[string]bool // the names of the objects around; nil for a list
	name := false              // whether a name comes next, in the innermost object
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return nil // who reads it says it better
		}
		switch token {
		case json.Delim('{'):
			open, name = append(open, map[string]bool{}), true
			continue
		case json.Delim('['):
			open, name = append(open, nil), false
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		default:
			if text, ok := token.(string); ok && name {
				if names := open[len(open)-1]; names[text] {
					return fmt.Errorf("json: %q is there twice", text)
				}
				open[len(open)-1][text], name = true, false
				continue
			}
		}
		if len(open) == 0 {
			break
		}
		name = open[len(open)-1] != nil
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("json: it goes on after its end")
	}
	return nil
}
