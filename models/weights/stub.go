package weights

import (
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/encoder"
)

func Text(*models.Model) (w encoder.TextWeights, err error) { panic("") }

type Image struct{ encoder.VisionWeights }

func Vision(*models.Model, int) (w Image, err error) { panic("") }
