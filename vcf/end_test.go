package vcf_test

import (
	"strings"
	"testing"

	"github.com/varlake/varlake/vcf"
)

// TestEnd holds ends, 0-based and exclusive, to what htslib 1.22 and later compute (vcf.c, get_rlen), from VCF 4.4 on.
func TestEnd(t *testing.T) {
	const (
		block = "GT:LEN"
		none  = ""
	)
	for _, c := range []struct {
		version, site, format, samples string
		want                           int64
	}{
		{"4.3", "A <DEL> SVLEN=-50", none, none, 100},
		{"4.3", "A <*> .", block, "0/0:50 0/0:20", 100},
		{"4.3", "AAAAA <DEL> END=102", none, none, 102}, // as HealthOmics has it
		{"4.4", "A <DEL> SVLEN=50", none, none, 150},
		{"4.4", "A <DEL> SVLEN=-50", none, none, 150},
		{"4.4", "A <DUP:TANDEM> SVLEN=25", none, none, 125},
		{"4.4", "A <INV> SVLEN=40", none, none, 140},
		{"4.4", "A <CNV:TR> SVLEN=12", none, none, 112},
		{"4.4", "A <DEL:ME:ALU> SVLEN=300", none, none, 400},
		{"4.4", "A <INS> SVLEN=500", none, none, 100},
		{"4.4", "A <INS:ME> SVLEN=500", none, none, 100},
		{"4.4", "A <DELLY> SVLEN=500", none, none, 100},
		{"4.4", "A <DEL> .", none, none, 100},
		{"4.4", "A <DEL> SVLEN=.", none, none, 100},
		{"4.4", "AAA <DEL> SVLEN=1", none, none, 102},
		{"4.4", "A <DEL> SVLEN=2147483647", none, none, 2147483747},
		{"4.4", "A <INS>,<DEL>,<DUP> SVLEN=500,20,30", none, none, 130},
		{"4.4", "A <DEL>,C,<CNV> SVLEN=20,.,7", none, none, 120},
		{"4.4", "A C,<DEL> SVLEN=.,20", none, none, 120},
		{"4.4", "A <DEL> SVLEN=50;END=120", none, none, 150},
		{"4.4", "A <DEL> SVLEN=50;END=190", none, none, 190},
		{"4.4", "A <INS> SVLEN=50;END=120", none, none, 120},
		{"4.4", "AAAAA <DEL> END=102", none, none, 104},
		{"4.4", "AAAAA <DEL> END=50;SVLEN=10", none, none, 110},
		{"4.4", "A <*> .", block, "0/0:50 0/0:20", 100},
		{"4.5", "A <*> .", block, "0/0:20 0/0:50", 149},
		{"4.5", "A <NON_REF> .", block, "0/0:20 0/0:.", 119},
		{"4.5", "A <*> .", block, "0/0 .:7", 106},
		{"4.5", "A <*> .", block, ". .", 100},
		{"4.5", "A <*> .", block, "0/0:-5 0/0:1", 100},
		{"4.5", "A C,<*> .", block, "0/1:. 0/0:3", 102},
		{"4.5", "A C .", block, "0/1:9 0/0:3", 100}, // LEN is of reference blocks alone
		{"4.5", "A <*> END=170", block, "0/0:20 0/0:50", 170},
		{"4.5", "A <*> .", "LEN:DP", "30:2 40:1", 139},
		{"4.5", "A <*>,<DEL> SVLEN=.,60", block, "0/1:20 0/0:50", 160},
		{"4.5", "A <*> .", "GT", "0/0 0/0", 100},
	} {
		text := "##fileformat=VCFv" + c.version + "\n" +
			"##INFO=<ID=SVLEN,Number=.,Type=Integer,Description=\"\">\n" +
			"##FORMAT=<ID=LEN,Number=1,Type=Integer,Description=\"\">\n" +
			"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
		site := strings.Fields(c.site)
		line := strings.Join([]string{"1", "100", ".", site[0], site[1], ".", ".", site[2]}, "\t")
		if c.format != none {
			text += "\tFORMAT\tS1\tS2"
			line += "\t" + c.format + "\t" + strings.ReplaceAll(c.samples, " ", "\t")
		}
		h, err := vcf.ParseHeader([]byte(text + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		for _, deferred := range []bool{false, true} {
			r := vcf.NewRecord(h)
			r.DeferSamples = deferred
			if err := r.Parse([]byte(line), 5); err != nil {
				t.Errorf("%s %s: %v", c.version, line, err)
			} else if got := r.End(); got != c.want {
				t.Errorf("%s %s %q: end %d, want %d", c.version, c.site, c.samples, got, c.want)
			}
		}
	}
}
