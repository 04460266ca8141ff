package vcf

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

type place struct {
	chrom string
	pos   int64
}

func TestOrder(t *testing.T) {
	for _, c := range []struct {
		name     string
		places   []place
		line     int64 // of the error, 0 for none
		unsorted int64
	}{
		{"empty", nil, 0, 0},
		{"sorted", []place{{"1", 1}, {"1", 1}, {"1", 5}, {"2", 3}}, 0, 0},
		{"unsorted", []place{{"1", 5}, {"1", 3}, {"1", 2}, {"2", 9}, {"2", 1}}, 0, 2},
		{"back to the first", []place{{"1", 5}, {"2", 5}, {"1", 6}}, 3, 0},
		{"back to the second", []place{{"1", 5}, {"2", 5}, {"3", 1}, {"3", 2}, {"2", 6}}, 5, 0},
		{"assembly contigs anywhere", []place{{"1", 5}, {"<c>", 9}, {"1", 6}, {"<c>", 1}}, 0, 0},
	} {
		var o Order
		var err error
		for i, p := range c.places {
			if err = o.Check([]byte(p.chrom), p.pos, int64(i+1)); err != nil {
				break
			}
		}
		var at *ParseError
		if errors.As(err, &at) != (c.line != 0) || at != nil && (at.Line != c.line || !errors.Is(err, ErrNotContiguous)) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil && o.Unsorted() != c.unsorted {
			t.Errorf("%s: unsorted at %d", c.name, o.Unsorted())
		}
	}
}

// Chunks checked apart and merged must say what one Order says.
func TestOrderMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	faults, unsorted := 0, 0
	for range 5000 {
		var places []place
		for chrom, pos := 'a', int64(0); len(places) < r.IntN(15); {
			switch r.IntN(10) {
			case 0:
				chrom, pos = 'a'+r.Int32N(4), 0
			case 1:
				pos--
			}
			pos += int64(r.IntN(3))
			places = append(places, place{string(chrom), pos})
		}
		var whole, merged Order
		want := checkAll(&whole, places, 0)
		var got error
		for from := 0; from < len(places) && got == nil; {
			to := min(len(places), from+1+r.IntN(5))
			var chunk Order
			inside := checkAll(&chunk, places[from:to], from)
			if got = merged.Merge(&chunk); got == nil {
				got = inside
			}
			from = to
		}
		if (want == nil) != (got == nil) || want != nil && want.Error() != got.Error() || want == nil &&
			whole.Unsorted() != merged.Unsorted() {
			t.Fatalf("%v: whole: %v, unsorted %d; merged: %v, unsorted %d", places, want, whole.Unsorted(), got,
				merged.Unsorted())
		}
		if want != nil {
			faults++
		} else if whole.Unsorted() > 0 {
			unsorted++
		}
	}
	if faults == 0 || unsorted == 0 {
		t.Errorf("%d cases with faults, %d unsorted", faults, unsorted)
	}
}

// checkAll feeds places as the lines after the first before lines.
func checkAll(o *Order, places []place, before int) error {
	for i, p := range places {
		if err := o.Check([]byte(p.chrom), p.pos, int64(before+i+1)); err != nil {
			return err
		}
	}
	return nil
}

func TestOrderMessage(t *testing.T) {
	var o Order
	for i, chrom := range strings.Fields("1 2") {
		if err := o.Check([]byte(chrom), 1, int64(i+10)); err != nil {
			t.Fatal(err)
		}
	}
	err := o.Check([]byte("1"), 1, 12)
	const want = `line 12: CHROM: records of a contig are not together: "1" was left after line 10`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// An Order's memory is bounded, whether contigs are many or their names long.
func TestOrderBounds(t *testing.T) {
	name := bytes.Repeat([]byte("c"), 16<<20)
	var o Order
	for i := range maxContigBytes / len(name) {
		name[0] = byte('a' + i)
		err := o.Check(name, 1, int64(i+1))
		if last := i == maxContigBytes/len(name)-1; errors.Is(err, ErrTooManyContigs) != last {
			t.Fatalf("contig %d: %v", i+1, err)
		} else if last && !strings.Contains(err.Error(), "line 8: CHROM: too many contigs: ") {
			t.Errorf("error %.200s", err)
		}
	}
}
