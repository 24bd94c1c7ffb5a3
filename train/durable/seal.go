package durable

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
)

// A sealed JSON object carries its own checksum as its last field:
//
//	{"round": 3, "seconds": 0.2, "seal": "9f86d0…"}
//
// The seal is the SHA-256, in hexadecimal digits, of the seal of the object before it in a journal (nothing, if there
// is none) and of the object without its seal and without white space. Programs that read the object pass over it.
// One write makes object and checksum, so that no crash tears them apart. Objects without a seal, such as older
// programs wrote, are taken as they are.

// ErrDamaged says that an object does not fit its seal.
var ErrDamaged = errors.New("it was changed or damaged: it does not fit its own checksum")

// sealed finds the seal at the end of an object.
var sealed = regexp.MustCompile(`,\s*"seal":\s*"([0-9a-f]{64})"\s*\}\s*$`)

// sealSpan bounds the length of what sealed matches, so that only the end of an object is searched.
const sealSpan = 256

// CheckSeal compares a JSON object with its seal, if it has one.
func CheckSeal(object []byte) error {
	var c Chain
	return c.Check(object)
}

// WriteSealed is WriteJSON with a seal. v must become a JSON object that has a field.
func WriteSealed(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	var c Chain
	if data, err = c.Seal(data); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return writeIndented(path, data)
}

// Chain seals the lines of a journal, or checks them, one after the other: a line that is changed, lost or moved is
// noticed, and so is what follows it. What it cannot know is that lines are missing at the end.
type Chain struct {
	last string // the seal of the last line; empty before the first and in a journal without seals
}

// Seal returns a line, a JSON object, with its seal.
func (c *Chain) Seal(line []byte) ([]byte, error) {
	sum, err := digest(c.last, line)
	if err != nil {
		return nil, err
	}
	c.last = sum
	content := bytes.TrimRight(bytes.TrimSuffix(bytes.TrimSpace(line), []byte("}")), " \n")
	return fmt.Appendf(content[:len(content):len(content)], `,"seal":"%s"}`, sum), nil
}

// Check compares the next line with its seal. Within a journal all lines have one, or none.
func (c *Chain) Check(line []byte) error {
	from := max(0, len(line)-sealSpan)
	at := sealed.FindSubmatchIndex(line[from:])
	if at == nil {
		if c.last != "" {
			return ErrDamaged
		}
		return nil
	}
	content := append(line[:from+at[0]:from+at[0]], '}')
	sum, err := digest(c.last, content)
	if err != nil || sum != string(line[from+at[2]:from+at[3]]) {
		return ErrDamaged
	}
	c.last = sum
	return nil
}

// Sealed tells whether the last line had a seal.
func (c *Chain) Sealed() bool { return c.last != "" }

// digest is the seal of an object.
func digest(last string, object []byte) (string, error) {
	if !json.Valid(object) {
		return "", errors.New("it is no JSON")
	}
	sum := sha256.New()
	_, _ = io.WriteString(sum, last) // a hash takes everything
	_ = compact(sum, object)
	return hex.EncodeToString(sum.Sum(nil)), nil
}
