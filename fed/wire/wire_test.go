package wire_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"math"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/wire"
)

// A frame comes back as it was; vectors that stand in several messages travel once.
func TestFrame(t *testing.T) {
	phi := []float32{1, -2.5, 3e-30}
	var pack wire.Packer
	order := wire.Order{V: wire.Version, Op: wire.Work, Run: "r", Tasks: []wire.Task{
		{Stage: "own", Vectors: pack.Pack(fed.Message{"phi": phi})},
		{Evaluate: "full", Round: 3, Vectors: pack.Pack(fed.Message{"phi": phi, "c": {4}})},
	}}
	if len(pack.Arrays) != 2 {
		t.Errorf("%d arrays, want 2", len(pack.Arrays))
	}
	f, err := wire.New(order, pack.Arrays)
	if err != nil {
		t.Fatal(err)
	}
	var sent bytes.Buffer
	if err := wire.Write(&sent, f); err != nil {
		t.Fatal(err)
	}
	whole := sent.Bytes()
	got, err := wire.Read(&sent)
	if err != nil {
		t.Fatal(err)
	}
	var back wire.Order
	if err := got.Of(&back); err != nil {
		t.Fatal(err)
	}
	m, err := got.Unpack(back.Tasks[1].Vectors, 3)
	if err != nil || !maps.EqualFunc(m, fed.Message{"phi": phi, "c": {4}}, slices.Equal) {
		t.Errorf("%v, %v", m, err)
	}
	if _, err := got.Unpack(back.Tasks[1].Vectors, 2); err == nil || !strings.Contains(err.Error(), "at most 2") {
		t.Errorf("a vector that is too long: %v", err)
	}
	for n := range whole {
		if _, err := wire.Read(bytes.NewReader(whole[:n])); err == nil {
			t.Fatalf("a frame cut after %d of %d bytes is read", n, len(whole))
		}
	}
	nan, _ := wire.New(wire.Order{}, nil)
	nan.Arrays = map[string][]byte{"x": bytes.Replace(slices.Concat(got.Arrays[back.Tasks[0].Vectors["phi"]]),
		[]byte{0, 0, 0x80, 0x3f}, []byte{0, 0, 0xc0, 0x7f}, 1)}
	if _, err := nan.Unpack(map[string]string{"phi": "x"}, 3); err == nil || !strings.Contains(err.Error(), "finite") {
		t.Errorf("a vector with NaN: %v", err)
	}
}

// A diagnostic that is no number travels, too.
func TestMeter(t *testing.T) {
	data, err := json.Marshal(wire.Meter{N: 2})
	if err != nil || string(data) != `{"sum":0,"n":2}` {
		t.Errorf("%s, %v", data, err)
	}
	var m wire.Meter
	if err := json.Unmarshal([]byte(`{"sum":null,"n":1}`), &m); err != nil || !math.IsNaN(float64(m.Sum)) {
		t.Errorf("%v, %v", m, err)
	}
}

// Orders over a socket are answered one after the other; what is no frame is refused in a line.
func TestSockets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "north.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		served <- wire.Serve(ctx, l, func(_ context.Context, f wire.Frame) wire.Frame {
			answer, _ := wire.New(wire.Answer{V: wire.Version, Site: "north"}, f.Arrays)
			return answer
		}, time.Minute)
	}()
	carrier := wire.Sockets{"north": path}
	order, _ := wire.New(wire.Order{V: wire.Version, Op: wire.Hello}, map[string][]byte{"a": {1, 2}})
	got, err := carrier.Do(ctx, "north", order)
	var answer wire.Answer
	if err != nil || got.Of(&answer) != nil || answer.Site != "north" || !bytes.Equal(got.Arrays["a"], []byte{1, 2}) {
		t.Errorf("%+v, %v", answer, err)
	}
	if _, err := carrier.Do(ctx, "south", order); err == nil || !strings.Contains(err.Error(), `"south"`) {
		t.Errorf("a site without a socket: %v", err)
	}
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.Write([]byte{0xff, 0xff, 0xff, 0xff})
	got, err = wire.Read(c)
	if err != nil || got.Of(&answer) != nil || !strings.Contains(answer.Error, "head of 4294967295") {
		t.Errorf("%+v, %v", answer, err)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
