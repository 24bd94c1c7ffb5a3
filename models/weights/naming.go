package weights

import "fmt"

// naming is how a library calls the tensors of a checkpoint. Blocks' names follow prefix and number.
type naming struct {
	text, image towerNames
	block       blockNames
	turned      bool // projections lie (in,out), and not (out,in)
}

type towerNames struct {
	blocks            string // with %d
	tokens, positions string
	final, projection string
}

type blockNames struct {
	norm1, norm2, out, up, down string
	query, key, value           string
	packed                      string // of queries, keys and values in one, whose W and b have no dot between
}

// transformers are CLIPModel's names in the library transformers, and those of OpenAI's checkpoints there.
var transformers = naming{
	text: towerNames{
		"text_model.encoder.layers.%d.", "text_model.embeddings.token_embedding.weight",
		"text_model.embeddings.position_embedding.weight", "text_model.final_layer_norm", "text_projection.weight",
	},
	image: towerNames{
		"vision_model.encoder.layers.%d.", "", "vision_model.embeddings.position_embedding.weight",
		"vision_model.post_layernorm", "visual_projection.weight",
	},
	block: blockNames{
		norm1: "layer_norm1", norm2: "layer_norm2", out: "self_attn.out_proj", up: "mlp.fc1", down: "mlp.fc2",
		query: "self_attn.q_proj", key: "self_attn.k_proj", value: "self_attn.v_proj",
	},
}

// openCLIPs are the names of open_clip's and of OpenAI's own code; prefix stands before those of the text tower.
func openCLIPs(prefix string) naming {
	return naming{
		text: towerNames{
			prefix + "transformer.resblocks.%d.", prefix + "token_embedding.weight", prefix + "positional_embedding",
			prefix + "ln_final", prefix + "text_projection",
		},
		image: towerNames{
			"visual.transformer.resblocks.%d.", "", "visual.positional_embedding", "visual.ln_post", "visual.proj",
		},
		block: blockNames{
			norm1: "ln_1", norm2: "ln_2", out: "attn.out_proj", up: "mlp.c_fc", down: "mlp.c_proj",
			packed: "attn.in_proj_",
		},
		turned: true,
	}
}

// namings are all that are known.
var namings = []naming{transformers, openCLIPs(""), openCLIPs("text.")}

// tower picks one of the two.
func (n naming) tower(name string) towerNames {
	if name == "text" {
		return n.text
	}
	return n.image
}

// first is a tensor that a checkpoint with such a tower has, and no other.
func (n naming) first(tower string) string {
	return fmt.Sprintf(n.tower(tower).blocks, 0) + n.block.norm1 + ".weight"
}
