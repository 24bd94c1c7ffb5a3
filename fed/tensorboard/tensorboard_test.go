package tensorboard

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// clock is one that stands.
func clock() time.Time { return time.Unix(1700000000, 5e8) }

// rec is the record of a round, evaluated if it is even.
func rec(round int) metric.Round {
	r := metric.Round{
		Round: round, Floats: 10, Seconds: 0.5,
		Diagnosis: map[string]float64{"drift": float64(round), "angle": 90, "angle/A": 80},
	}
	if round%2 == 0 {
		score := metric.Score{
			{Name: "all", Value: 0.5}, {Name: "groups", Groups: []float64{0.75, math.NaN(), 0.25, 1, 1, 0.125}},
		}
		r.Scores = &metric.Scores{Global: score, Personal: score[:1], Moved: metric.Score{{Name: "tkl", Value: 2}}}
	}
	return r
}

// logged adds rounds to a log in dir.
func logged(t *testing.T, dir string, resume bool, from, to int) {
	t.Helper()
	l, err := Open(dir, resume, metric.All(), clock)
	if err != nil {
		t.Fatal(err)
	}
	for i := from; i <= to; i++ {
		if err := l.Add(rec(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// fields are those of a message, by their numbers.
func fields(t *testing.T, b []byte) map[protowire.Number][][]byte {
	t.Helper()
	all := map[protowire.Number][][]byte{}
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		b = b[n:]
		if n = protowire.ConsumeFieldValue(number, kind, b); n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		value := b[:n]
		if kind == protowire.BytesType {
			value, _ = protowire.ConsumeBytes(value)
		}
		all[number] = append(all[number], value)
		b = b[n:]
	}
	return all
}

// events are the scalars of all event files in a run folder, as "step tag value", file by file.
func events(t *testing.T, dir string) (all [][]string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, Folder, prefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		in := bytes.NewReader(data)
		first, err := readRecord(in)
		if err != nil || string(fields(t, first)[eventVersion][0]) != version {
			t.Fatalf("%s begins with %q: %v", name, first, err)
		}
		scalars := []string{}
		for {
			event, err := readRecord(in)
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			of := fields(t, event)
			at, _ := protowire.ConsumeFixed64(of[eventTime][0])
			if math.Float64frombits(at) != 1700000000.5 {
				t.Errorf("an event is dated %v", math.Float64frombits(at))
			}
			for _, v := range fields(t, of[eventSummary][0])[summaryValue] {
				value := fields(t, v)
				bits, _ := protowire.ConsumeFixed32(value[valueSimple][0])
				scalars = append(scalars,
					fmt.Sprint(step(event), " ", string(value[valueTag][0]), " ", math.Float32frombits(bits)))
			}
		}
		all = append(all, scalars)
	}
	return all
}

func TestScalars(t *testing.T) {
	dir := t.TempDir()
	logged(t, dir, false, 1, 2)
	want := []string{
		"1 training/angle 90", "1 training/angle_A 80",
		"1 training/drift 1", "1 training/floats 10", "1 training/seconds 0.5",
		"2 global/accuracy 0.5", "2 global/accuracy_many 0.75", "2 global/accuracy_few 0.25",
		"2 global/accuracy_head_third 1", "2 global/accuracy_middle_third 1", "2 global/accuracy_tail_third 0.125",
		"2 personal/accuracy 0.5", "2 divergence/tkl 2",
		"2 training/angle 90", "2 training/angle_A 80",
		"2 training/drift 2", "2 training/floats 10", "2 training/seconds 0.5",
	}
	if got := events(t, dir); len(got) != 1 || !slices.Equal(got[0], want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// The masked checksum of a known record: the length 24 of the first event that TensorFlow writes.
func TestChecksum(t *testing.T) {
	first := record(versionEvent(clock()))
	if want := []byte{24, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22}; !bytes.Equal(first[:head], want) {
		t.Errorf("% x, want % x", first[:head], want)
	}
}

// A run that goes on replays its rounds: those that are there are not added, whatever half record was left behind.
func TestResume(t *testing.T) {
	dir := t.TempDir()
	logged(t, dir, false, 1, 3)
	path := filepath.Join(dir, Folder, prefix+"000001")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data[:len(data)-3], 0o644); err != nil { // round 3 is torn
		t.Fatal(err)
	}
	logged(t, dir, true, 1, 2) // nothing new: no file
	logged(t, dir, true, 1, 4)
	logged(t, dir, true, 1, 5)
	var steps []string
	got := events(t, dir)
	for _, file := range got {
		for _, s := range file {
			if step, _, drift := strings.Cut(s, " training/drift"); drift {
				steps = append(steps, step)
			}
		}
		steps = append(steps, "|")
	}
	if text := strings.Join(steps, " "); text != "1 2 | 3 4 | 5 |" {
		t.Errorf("steps %s", text)
	}
}

// What is no event file does not stop a run.
func TestForeignFiles(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		prefix + "000007": "no records at all, but long enough to be one", prefix + "1700000000.host": "another's",
		"notes.txt": "mine", prefix + "000003": "",
	} {
		path := filepath.Join(dir, Folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	logged(t, dir, true, 1, 1)
	if _, err := os.Stat(filepath.Join(dir, Folder, prefix+"000008")); err != nil {
		t.Error(err)
	}
}

// Python's TensorBoard reads what is written.
func TestTensorBoard(t *testing.T) {
	const load = "from tensorboard.backend.event_processing import event_accumulator"
	if err := exec.Command("python3", "-c", load).Run(); err != nil {
		t.Skip("there is no TensorBoard here")
	}
	dir := t.TempDir()
	logged(t, dir, false, 1, 2)
	logged(t, dir, true, 1, 4)
	out, err := exec.Command("python3", "-c", load+`
import sys
e = event_accumulator.EventAccumulator(sys.argv[1])
e.Reload()
print([(s.step, s.value) for s in e.Scalars("global/accuracy")], [s.step for s in e.Scalars("training/drift")])
`, filepath.Join(dir, Folder)).Output()
	if err != nil || string(out) != "[(2, 0.5), (4, 0.5)] [1, 2, 3, 4]\n" {
		t.Errorf("%s: %v", out, err)
	}
}
