// What every Go program has without an import, as far as it leads to a program's own definitions.
// A point in a name keeps it apart from all that a program can declare.

package builtin

type builtin·slice[T any] struct {
	__key     int
	__element T
}

type builtin·map[K comparable, V any] struct {
	__key     K
	__element V
}

// What is received stands first.
type builtin·chan[T any] struct {
	__key     T
	__element T
}

type any interface{}

type comparable interface{}

type error interface {
	Error() string
}

type string struct {
	__key     int
	__element rune
}

type bool struct{}
type byte struct{}
type rune struct{}
type int struct{ __key int }
type int8 struct{ __key int8 }
type int16 struct{ __key int16 }
type int32 struct{ __key int32 }
type int64 struct{ __key int64 }
type uint struct{ __key uint }
type uint8 struct{ __key uint8 }
type uint16 struct{ __key uint16 }
type uint32 struct{ __key uint32 }
type uint64 struct{ __key uint64 }
type uintptr struct{ __key uintptr }
type float32 struct{}
type float64 struct{}
type complex64 struct{}
type complex128 struct{}

func append[S any](slice S, elements ...any) S
func cap(v any) int
func clear(v any)
func close(c any)
func complex(r, i float64) complex128
func copy(to, from any) int
func delete(m any, key any)
func imag(c complex128) float64
func len(v any) int
func make[T any](size ...int) T
func max[T any](first T, rest ...T) T
func min[T any](first T, rest ...T) T
func new[T any]() T
func panic(v any)
func print(args ...any)
func println(args ...any)
func real(c complex128) float64
func recover() any
