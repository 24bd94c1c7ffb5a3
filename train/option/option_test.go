package option

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

type inner struct {
	Rate float64 `json:"rate" usage:"how fast"`
}

type sample struct {
	inner
	Rank   int    `json:"rank" usage:"how many" group:"size"`
	Seed   uint64 `json:"seed_of_it" usage:"where from"`
	On     bool   `json:"on" usage:"whether"`
	Name   string `json:"name" usage:"<FILE> of it"`
	Silent int    `json:"silent"`
	Hidden int    `json:"-" usage:"nothing"`
	Plain  []int
}

func TestFields(t *testing.T) {
	s := sample{inner: inner{0.5}, Rank: 3, Name: "x"}
	want := []string{"rate", "rank", "seed_of_it", "on", "name"}
	for _, o := range []any{s, &s} {
		if got := Names(o); !slices.Equal(got, want) {
			t.Errorf("names %v, want %v", got, want)
		}
	}
	f := Fields(&s)
	if f[0].Value != 0.5 || f[0].Usage != "how fast" || f[1].Tag.Get("group") != "size" {
		t.Errorf("%+v", f)
	}
	if values := Values(s); !reflect.DeepEqual(values, map[string]any{
		"rate": 0.5, "rank": 3, "seed_of_it": uint64(0), "on": false, "name": "x",
	}) {
		t.Errorf("values %v", values)
	}
	if !Has(s, "rank") || Has(s, "silent") || Has(nil, "rank") || Fields(nil) != nil || Fields((*sample)(nil)) != nil {
		t.Error("what is there and what is not")
	}
	if Flag("seed_of_it") != "--seed-of-it" {
		t.Error(Flag("seed_of_it"))
	}
}

// Options are the members of the JSON object that the struct is.
func TestFieldsAreJSON(t *testing.T) {
	data, err := json.Marshal(sample{})
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(data, &members); err != nil {
		t.Fatal(err)
	}
	for _, name := range Names(sample{}) {
		if _, ok := members[name]; !ok {
			t.Errorf("%s is no member of %s", name, data)
		}
	}
}

func TestSet(t *testing.T) {
	var s sample
	for name, raw := range map[string]string{
		"rate": "1e-3", "rank": "-7", "seed_of_it": "18446744073709551615", "on": "true", "name": `"a b"`,
	} {
		if err := Set(&s, name, json.RawMessage(raw)); err != nil {
			t.Error(err)
		}
	}
	want := sample{inner: inner{1e-3}, Rank: -7, Seed: 1<<64 - 1, On: true, Name: "a b"}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("%+v, want %+v", s, want)
	}
	for _, c := range []struct{ name, raw, say string }{
		{"rank", "1.5", "--rank: 1.5 is not a whole number"},
		{"rank", `"3"`, "--rank"},
		{"rank", "null", "--rank: null"},
		{"seed_of_it", "-1", "--seed-of-it: -1 is not a whole number, 0 or more"},
		{"rate", "1e999", "--rate: 1e999 is not a finite number"},
		{"rate", `"NaN"`, "a finite number"},
		{"rate", "1e300", "--rate: 1e300 is not a finite number of at most 3.4e38"},
		{"rate", "+Inf", "--rate: +Inf is not a finite number"}, // as a program may have it
		{"rank", "2147483648", "--rank: 2147483648 is not a whole number of at most 2147483647"},
		{"rank", "-9223372036854775807", "--rank"},
		{"on", "1", "true or false"},
		{"name", "3", "a text"},
		{"silent", "3", "no option --silent"},
	} {
		err := Set(&s, c.name, json.RawMessage(c.raw))
		if err == nil || fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s = %s: %v, want %q", c.name, c.raw, err, c.say)
		}
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("a refused value was set: %+v", s)
	}
}

func TestCopy(t *testing.T) {
	s := sample{Rank: 3}
	for _, o := range []any{s, &s} {
		c, ok := Copy(o).(*sample)
		if !ok || c.Rank != 3 || c == &s {
			t.Errorf("copy %+v", c)
		}
	}
	if Copy(nil) != nil {
		t.Error("a copy of nothing")
	}
}
