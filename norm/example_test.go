package norm_test

import (
	"fmt"

	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/norm"
)

// A deletion of one CA of a repeat is written at the repeat's left end. Positions are 1-based.
func ExampleNew() {
	ref := fasta.NewMemory(map[string][]byte{"chr1": []byte("GGGCACACACAGGG")})
	n := norm.New(ref)
	result, err := n.Normalize("chr1", 7, []byte("ACA"), [][]byte{[]byte("A")})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%d %s %s %v\n", result.Pos, result.Ref, result.Alts, result.Changed)

	_, err = n.Normalize("chr1", 1, []byte("T"), [][]byte{[]byte("A")})
	fmt.Println(err)
	// Output:
	// 3 GCA [G] true
	// REF does not match the reference at chr1:1: the record says 'T', the reference 'G'
}

// A symbolic allele is left as it is, and the result says why.
func ExampleNormalizer_Normalize() {
	n := norm.New(fasta.NewMemory(map[string][]byte{"chr1": []byte("GGGCACACACAGGG")}))
	result, err := n.Normalize("chr1", 4, []byte("C"), [][]byte{[]byte("<DEL>")})
	fmt.Println(result.Changed, result.Kept, err)
	// Output: false symbolic <nil>
}

// INFO/END follows a record whose alleles were cut or moved.
func ExampleResult_InfoEnd() {
	n := norm.New(fasta.NewMemory(map[string][]byte{"chr1": []byte("GGGCACACACAGGG")}))
	for _, alt := range []string{"A", "ACG"} { // one is moved, the other cut
		result, err := n.Normalize("chr1", 7, []byte("ACA"), [][]byte{[]byte(alt)})
		if err != nil {
			panic(err)
		}
		end, follows := result.InfoEnd()
		fmt.Println(result.Pos, string(result.Ref), end, follows)
	}
	// Output:
	// 3 GCA 5 true
	// 9 A 9 true
}
