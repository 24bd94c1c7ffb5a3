package graph

// Tap is what, written behind an ONNX file, makes it one with another output: the value as float32, under a name that
// the file does not have. Messages of protocol buffers that follow each other are read as one.
func Tap(value, output string) []byte {
	cast := message{}.text(1, value).text(2, output).text(3, output).text(4, "Cast").bytes(5, Int("to", 1).encoded)
	typed := message{}.number(1, int64(Float32))
	declared := message{}.text(1, output).bytes(2, message{}.bytes(1, typed))
	return message{}.bytes(7, message{}.bytes(1, cast).bytes(12, declared))
}
