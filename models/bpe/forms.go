package bpe

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// loadPair reads vocab.json and the merges.txt beside it.
func loadPair(fsys fs.FS, data []byte) (map[string]int64, [][2]string, error) {
	var ids map[string]int64
	if err := json.Unmarshal(data, &ids); err != nil {
		return nil, nil, err
	}
	data, err := readFile(fsys, "merges.txt")
	if err != nil {
		return nil, nil, err
	}
	var merges [][2]string
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 0; lines.Scan(); n++ {
		line := lines.Text()
		if line == "" || (n == 0 && strings.HasPrefix(line, "#version")) {
			continue
		}
		pair, err := split(line)
		if err != nil {
			return nil, nil, fmt.Errorf("merges.txt line %d: %w", n+1, err)
		}
		merges = append(merges, pair)
	}
	return ids, merges, lines.Err()
}

// loadSingle reads tokenizer.json, where merges are "a b" or ["a","b"].
func loadSingle(_ fs.FS, data []byte) (map[string]int64, [][2]string, error) {
	var file struct {
		Model struct {
			Vocab  map[string]int64  `json:"vocab"`
			Merges []json.RawMessage `json:"merges"`
		} `json:"model"`
		Added []struct {
			ID      int64  `json:"id"`
			Content string `json:"content"`
		} `json:"added_tokens"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, nil, err
	}
	if file.Model.Vocab == nil {
		return nil, nil, errors.New("it has no model.vocab")
	}
	for _, a := range file.Added {
		// Some folders register the padding under a character's name, which would hide the character.
		if a.Content != "!" {
			file.Model.Vocab[a.Content] = a.ID
		}
	}
	merges := make([][2]string, 0, len(file.Model.Merges))
	for i, raw := range file.Model.Merges {
		var pair [2]string
		var line string
		err := json.Unmarshal(raw, &line)
		if err == nil {
			pair, err = split(line)
		} else {
			err = json.Unmarshal(raw, &pair)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("merge %d: %w", i, err)
		}
		merges = append(merges, pair)
	}
	return file.Model.Vocab, merges, nil
}

// loadOpenAI numbers the symbols as OpenAI's tokenizer does: the bytes, the bytes at a word's end, the merges, the
// marks.
func loadOpenAI(_ fs.FS, data []byte) (map[string]int64, [][2]string, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, nil, err
	}
	text, err := readAll(unpacked)
	if err != nil {
		return nil, nil, err
	}
	ids := map[string]int64{}
	add := func(s string) { ids[s] = int64(len(ids)) }
	for _, end := range []string{"", wordEnd} {
		for _, b := range append(append([]byte{}, direct...), others...) {
			add(symbolOf[b] + end)
		}
	}
	var merges [][2]string
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 0; lines.Scan() && len(ids) < openAIMarks; n++ {
		if n == 0 { // a header
			continue
		}
		pair, err := split(lines.Text())
		if err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		merges = append(merges, pair)
		add(pair[0] + pair[1])
	}
	add("<|startoftext|>")
	add("<|endoftext|>")
	return ids, merges, lines.Err()
}

func split(line string) (pair [2]string, err error) {
	a, b, ok := strings.Cut(strings.TrimRight(line, "\r"), " ")
	if !ok || a == "" || b == "" || strings.Contains(b, " ") {
		return pair, fmt.Errorf("%.40q is no pair of symbols", line)
	}
	return [2]string{a, b}, nil
}
