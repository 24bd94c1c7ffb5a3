package fleet

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/train/npy"
)

// putFrame makes the objects of a frame and returns the id of the one on top.
func (s *store) putFrame(f wire.Frame) (string, error) {
	var answer struct {
		Images int64 `json:"train"`
	}
	if err := f.Of(&answer); err != nil {
		return "", err
	}
	arrays, ids := map[string]string{}, []string{}
	for _, name := range slices.Sorted(maps.Keys(f.Arrays)) {
		id, err := s.putArray(f.Arrays[name])
		if err != nil {
			return "", fmt.Errorf("array %.40q: %w", name, err)
		}
		arrays[name] = id
		ids = append(ids, id)
	}
	config := s.put("ConfigRecord", nil,
		packet{}.data(1, packet{}.text(1, keyHead).data(2, packet{}.data(5, f.Head))))
	record := s.put("ArrayRecord", ids, text(arrays))
	metrics := s.put("MetricRecord", nil,
		packet{}.data(1, packet{}.text(1, keyImages).data(2, packet{}.signed(2, answer.Images))))
	return s.put("RecordDict", []string{config, record, metrics}, text(map[string]string{
		recordConfig: config, recordArrays: record, recordMetrics: metrics,
	})), nil
}

func (s *store) putArray(data []byte) (string, error) {
	h, err := npy.ParseHeader(data)
	if err != nil {
		return "", err
	}
	index, on, order := map[string]int{}, []string{}, []int{}
	for part := range slices.Chunk(data, chunkSize) {
		id := s.put("ArrayChunk", nil, part)
		if _, seen := index[id]; !seen {
			index[id] = len(on)
			on = append(on, id)
		}
		order = append(order, index[id])
	}
	return s.put("Array", on, text(map[string]any{
		"dtype": "float32", "shape": append([]int{}, h.Shape...), "stype": "numpy.ndarray", "arraychunk_ids": order,
	})), nil
}

// text is JSON of what cannot fail.
func text(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic("fleet: " + err.Error())
	}
	return data
}
