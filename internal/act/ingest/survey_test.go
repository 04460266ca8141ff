package ingest

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/state/slot"
)

// slotReference notes whether a place to compute is held while it is asked.
type slotReference struct {
	*fasta.Memory
	note func(what string)
}

func (r *slotReference) Fetch(dst []byte, contig string, start, end int64) ([]byte, error) {
	r.note("compute")
	return r.Memory.Fetch(dst, contig, start, end)
}

// slotSource likewise, while it is read.
type slotSource struct {
	io.Reader
	note func(what string)
}

func (s *slotSource) Read(p []byte) (int, error) {
	s.note("read")
	return s.Reader.Read(p)
}

// TestSurveyIsPaced: who looks at a refused file again computes when it is its turn, as imports do, and leaves its
// place to others while it reads.
func TestSurveyIsPaced(t *testing.T) {
	places := make(slot.Pace, 2)
	held := map[string]bool{}
	note := func(what string) { held[fmt.Sprint(what, " ", len(places))] = true }
	body := header + "chr1\t8\t.\tCAC\tC\t.\t.\t.\tGT\t0/1\t.\n"
	v := surveyor{
		text: &io.LimitedReader{R: &slot.Unpaced{Reader: &slotSource{strings.NewReader(body), note}, Pace: places},
			N: surveyBytes},
		reference: &slotReference{fasta.NewMemory(map[string][]byte{"chr1": []byte("GGGCACACACAGGG")}), note},
		pace:      places,
	}
	if err := v.survey(t.Context(), new(meta.Claim)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]bool{"read 0": true, "compute 1": true}, held); diff != "" || len(places) != 0 {
		t.Errorf("places held (-want +got):\n%s%d in the end", diff, len(places))
	}
}
