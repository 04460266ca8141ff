// Command statements prints random queries in Trino's dialect, one a line: those of -n seeds from -seed on. What Trino
// answers to them is what the compiler is held to (docs/engines.md).
package main

import (
	"flag"
	"fmt"

	"github.com/varlake/varlake/internal/sql/trino/generate"
)

func main() {
	seed := flag.Uint64("seed", 1, "the first seed")
	n := flag.Uint64("n", 100, "how many statements")
	flag.Parse()
	for i := range *n {
		fmt.Println(generate.Statement(*seed + i))
	}
}
