// Package option reads and sets options by name. Options are the fields of a small struct that stands beside what reads
// them,
//
//	type LowRank struct {
//		Rank  int     `json:"rank" usage:"rank r of the low-rank update"`
//		Alpha float64 `json:"alpha" usage:"scale α of the low-rank update"`
//	}
//
// and flags, spec files and help are made from them. A field with both tags is an option; its kind is bool, int,
// uint64, float64 or string. Embedded structs are flattened, as encoding/json does. A placeholder for the value may
// stand in a usage, such as <FILE>.
package option

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Field is one option.
type Field struct {
	Name  string // of JSON
	Usage string
	Value any               // bool, int, uint64, float64 or string
	Tag   reflect.StructTag // whatever else is said of it
}

// Fields lists the options of a struct or a pointer to one, in the order of their declaration. nil has none.
func Fields(options any) []Field {
	var fields []Field
	walk(reflect.ValueOf(options), func(f Field, _ reflect.Value) { fields = append(fields, f) })
	return fields
}

// Names lists the options' names.
func Names(options any) []string {
	var names []string
	for _, f := range Fields(options) {
		names = append(names, f.Name)
	}
	return names
}

// Values maps the options' names to their values.
func Values(options any) map[string]any {
	values := map[string]any{}
	for _, f := range Fields(options) {
		values[f.Name] = f.Value
	}
	return values
}

// Has says whether there is an option called name.
func Has(options any, name string) bool {
	_, ok := Values(options)[name]
	return ok
}

// Flag is the flag of an option: --purify-lambda for purify_lambda.
func Flag(name string) string { return "--" + strings.ReplaceAll(name, "_", "-") }

// Copy returns a pointer to a copy of the struct that options is or points to, or nil for nil.
func Copy(options any) any {
	v := reflect.Indirect(reflect.ValueOf(options))
	if !v.IsValid() {
		return nil
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p.Interface()
}

// Value is the struct that options points to, or nil for nil.
func Value(options any) any {
	v := reflect.Indirect(reflect.ValueOf(options))
	if !v.IsValid() {
		return nil
	}
	return v.Interface()
}

// Set gives the option called name of the struct that options points to the value that raw holds as JSON.
func Set(options any, name string, raw json.RawMessage) error {
	var target reflect.Value
	walk(reflect.ValueOf(options), func(f Field, v reflect.Value) {
		if f.Name == name {
			target = v
		}
	})
	switch {
	case !target.IsValid():
		return fault.Usagef("there is no option %s", Flag(name))
	case !target.CanSet():
		panic("option: Set needs a pointer")
	}
	value := reflect.New(target.Type())
	err := json.Unmarshal(raw, value.Interface())
	if text := strings.TrimSpace(string(raw)); err != nil || text == "null" || !bounded(value.Elem().Interface()) {
		return refused(name, text, target.Kind())
	}
	target.Set(value.Elem())
	return nil
}

// Check refuses a number, called name, that no option may be: options and other flags have the same bounds.
func Check(name string, number any) error {
	if bounded(number) {
		return nil
	}
	return refused(name, fmt.Sprint(number), reflect.TypeOf(number).Kind())
}

func refused(name, text string, kind reflect.Kind) error {
	return fault.Usagef("%s: %s is not %s", Flag(name), text, expected[kind])
}

// expected says in words what the kinds take.
var expected = map[reflect.Kind]string{
	reflect.Bool: "true or false", reflect.Int: "a whole number of at most 2147483647",
	reflect.Uint64:  "a whole number, 0 or more",
	reflect.Float64: "a finite number of at most 3.4e38", reflect.String: "a text",
}

// bounded says whether a number is one that arithmetic bears: parameters are float32, and counts are added up.
func bounded(value any) bool {
	switch v := value.(type) {
	case float64:
		return math.Abs(v) <= math.MaxFloat32 // false of NaN
	case int:
		return v >= -math.MaxInt32 && v <= math.MaxInt32
	}
	return true
}

// walk calls f for every option of v.
func walk(v reflect.Value, f func(Field, reflect.Value)) {
	if v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() || v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		t := v.Type().Field(i)
		name, usage := t.Tag.Get("json"), t.Tag.Get("usage")
		switch {
		case t.Anonymous && name == "":
			walk(v.Field(i), f)
		case name == "" || name == "-" || usage == "" || !t.IsExported():
		case expected[t.Type.Kind()] == "":
			panic(fmt.Sprintf("option: %s is of kind %s", name, t.Type.Kind()))
		default:
			f(Field{name, usage, v.Field(i).Interface(), t.Tag}, v.Field(i))
		}
	}
}
