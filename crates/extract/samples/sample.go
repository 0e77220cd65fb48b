package shop

import (
	"fmt"
	"os"
)

// Box is a box.
type Box struct {
	n int
}

type Thing interface {
	Get(at int) int
}

type ID = int

const Limit = 3

var count, total int

// Get gets.
func (b *Box) Get(at int) int {
	if at > 0 && b.n > 0 {
		return at
	}
	return b.n
}

func main() { fmt.Println(os.Args) }
