package export

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/fedpurel/fedpurel/models/graph"
	"github.com/fedpurel/fedpurel/train/npy"
	"github.com/fedpurel/fedpurel/train/safetensors"
)

// write writes all files but the card.
func (e *exporter) write() error {
	for _, format := range e.Formats {
		write := map[string]func() error{"onnx": e.head, "safetensors": e.tensors, "npy": e.arrays}[format]
		if format == "onnx" && e.Encoder != nil {
			write = e.withEncoder
		}
		if err := write(); err != nil {
			return err
		}
	}
	classes := strings.Join(e.model.Card.Classes, "\n") + "\n"
	if err := e.text(ClassesFile, classes); err != nil || e.model.Card.Encoder == nil {
		return err
	}
	preprocess, err := json.MarshalIndent(e.model.Card.Encoder.Preprocess, "", "  ")
	if err != nil {
		return err
	}
	return e.text(PreprocessFile, string(preprocess)+"\n")
}

func (e *exporter) text(name, content string) error {
	return e.file(name, func(w io.Writer) error {
		_, err := io.WriteString(w, content)
		return err
	})
}

// head writes the network as an ONNX file of its own.
func (e *exporter) head() error {
	b := graph.New()
	rows := b.Input(graph.Value{
		Name: inputName, Type: graph.Float32, Dims: []int64{-1, int64(e.model.Columns())}, Batch: "batch",
	})
	e.network.add(b, rows, -1, "batch")
	e.note(b)
	return e.text(ONNXFile, string(b.File("fedpurel", "head")))
}

// arrays writes the constants as files of NumPy.
func (e *exporter) arrays() error {
	for _, c := range e.network.constants {
		err := e.file(ArrayFolder+"/"+c.name+".npy", func(w io.Writer) error {
			return npy.WriteFloat32(w, c.Data, c.shape()...)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// tensors writes the constants in one file, with the notes about them.
func (e *exporter) tensors() error {
	var all []safetensors.Tensor
	for _, c := range e.network.constants {
		all = append(all, safetensors.Tensor{Name: c.name, Shape: c.shape(), Data: c.Data})
	}
	return e.file(TensorsFile, func(w io.Writer) error { return safetensors.Write(w, all, e.notes()) })
}
