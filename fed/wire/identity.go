package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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
	data, err := json.Marshal(id)
	if err != nil {
		panic("wire: identity: " + err.Error()) // Preprocess is JSON that was read
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
