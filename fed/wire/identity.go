package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Identity is what all sites of a run share: one encoder, one list of classes, one preprocessing.
type Identity struct {
	Classes    []string          `json:"classes"`
	Text       string            `json:"text_sha256"` // of the class embeddings' file
	Model      map[string]string `json:"model_sha256,omitempty"`
	Preprocess json.RawMessage   `json:"preprocess,omitempty"`
	LogitScale float64           `json:"logit_scale"`
	Dim        int               `json:"dim"`
	Width      int               `json:"width,omitempty"` // of features before the projection
	Projection string            `json:"projection_sha256,omitempty"`
	Views      int               `json:"views,omitempty"`
}

// Sum is the identity's hash.
func (id Identity) Sum() string {
	id.Preprocess = plain(id.Preprocess)
	data, err := json.Marshal(id)
	if err != nil {
		panic("wire: identity: " + err.Error()) // Preprocess is JSON that was read
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Differ says in a line the first thing in which an identity is not the one that is wanted; it is empty if there is
// none. Of preprocessing, none and null are one.
func (id Identity) Differ(want Identity) string {
	for c := range min(len(id.Classes), len(want.Classes)) {
		if id.Classes[c] != want.Classes[c] {
			return fmt.Sprintf("class %d is %.60q instead of %.60q", c, id.Classes[c], want.Classes[c])
		}
	}
	files := map[string]string{}
	maps.Copy(files, id.Model)
	maps.Copy(files, want.Model)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		switch {
		case id.Model[name] == "":
			return fmt.Sprintf("the encoder's file %.60s is not known", name)
		case want.Model[name] == "":
			return fmt.Sprintf("the encoder has a file %.60s that it should not have", name)
		case id.Model[name] != want.Model[name]:
			return fmt.Sprintf("the encoder's file %.60s is another one", name)
		}
	}
	switch {
	case len(id.Classes) != len(want.Classes):
		return fmt.Sprintf("there are %d classes instead of %d", len(id.Classes), len(want.Classes))
	case id.Dim != want.Dim:
		return fmt.Sprintf("embeddings have %d coordinates instead of %d", id.Dim, want.Dim)
	case id.Width != want.Width:
		return fmt.Sprintf("features are %s instead of %s", before(id.Width), before(want.Width))
	case id.Projection != want.Projection:
		return "the visual projection is another one"
	case !bytes.Equal(plain(id.Preprocess), plain(want.Preprocess)):
		return "pictures are prepared in another way"
	case id.LogitScale != want.LogitScale:
		return fmt.Sprintf("the logit scale is %v instead of %v", id.LogitScale, want.LogitScale)
	case id.Views != want.Views:
		return fmt.Sprintf("training images have %d views instead of %d", id.Views, want.Views)
	case id.Text != want.Text:
		return "the class embeddings are other ones"
	}
	return ""
}

// before says in words what features of a width are.
func before(width int) string {
	if width == 0 {
		return "embeddings"
	}
	return fmt.Sprintf("%d numbers before the projection", width)
}

// plain is JSON without spaces; null is nothing.
func plain(data json.RawMessage) []byte {
	var b bytes.Buffer
	if json.Compact(&b, data) != nil || b.String() == "null" {
		return nil
	}
	return b.Bytes()
}
