package vcf

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// specified is testdata/reserved.tsv, made of the specification's sources: by version, kind and key what the key is
// reserved with.
func specified(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "reserved.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(strings.TrimSpace(line), "\t")
		for _, version := range strings.Fields(columns[4]) {
			found[version+" "+columns[0]+" "+columns[1]] = columns[2] + " " + columns[3]
		}
	}
	return found
}

// inWords are the keys that 4.1 and 4.2 describe without a Number and Type.
var inWords = strings.Fields(`INFO/AA INFO/AC INFO/AF INFO/AN INFO/BQ INFO/CIGAR INFO/DB INFO/H2 INFO/H3 INFO/MQ INFO/MQ0 INFO/NS INFO/SOMATIC
	INFO/VALIDATED INFO/1000G FORMAT/DP FORMAT/EC FORMAT/FT FORMAT/GL FORMAT/GP FORMAT/GQ FORMAT/GT FORMAT/HQ FORMAT/MQ FORMAT/PL FORMAT/PQ FORMAT/PS`)

// alike are declarations that are good though the specification's tables have another: see reservedFormat.
var alike = strings.Fields(`4.5/FORMAT/LGL/LG/Float 4.5/FORMAT/LGP/LG/Float 4.3/FORMAT/CNL/./Float 4.4/FORMAT/CNL/./Float 4.5/FORMAT/CNL/./Float
	4.3/FORMAT/CNP/./Float 4.4/FORMAT/CNP/./Float 4.5/FORMAT/CNP/./Float`)

// Every key of the specification, in each version with each declaration: one that the version reserves otherwise is
// counted, and refused by the letter; the version's own one, and any of a key that the version does not reserve, is
// neither.
func TestReservedKeys(t *testing.T) {
	spec := specified(t)
	keys := map[string]bool{}
	for at := range spec {
		keys[at[len("4.1 "):]] = true
	}
	if len(spec) < 320 || len(keys) < 100 {
		t.Fatalf("%d declarations of %d keys", len(spec), len(keys))
	}
	for at := range keys {
		kind, key, _ := strings.Cut(at, " ")
		for minor := 1; minor < minors; minor++ {
			version := fmt.Sprintf("4.%d", minor)
			want := spec[version+" "+at]
			if words := slices.Contains(inWords, kind+"/"+key); want == "" && minor < 3 && words {
				want = spec["4.3 "+at]
			}
			tries := []string{"1 Integer", "2 Integer", ". Integer", "A Integer", "1 Float", "G Float", ". Float", "1 String",
				"4 String", ". String"}
			if want != "" {
				tries = append(tries, want)
			}
			if minor == 5 && kind == "FORMAT" {
				tries = append(tries, "LG Float", "LG Integer")
			}
			for _, try := range tries {
				number, typ, _ := strings.Cut(try, " ")
				name := strings.Join([]string{version, kind, key, number, typ}, "/")
				good := want == "" || try == want || slices.Contains(alike, name) ||
					minor < 3 && name == version+"/INFO/MQ/1/Integer"
				checkDeclared(t, name, good, strings.HasSuffix(name, "INFO/SVLEN/1/Integer") && minor < 4)
			}
		}
	}
}

// checkDeclared reads a header with the declaration version/kind/key/Number/Type. tests: the specification's own test
// files have it.
func checkDeclared(t *testing.T, name string, good, tests bool) {
	t.Helper()
	part := strings.Split(name, "/")
	text := fmt.Sprintf("##fileformat=VCFv%s\n##%s=<ID=%s,Number=%s,Type=%s,Description=\"d\">\n%s\n", part[0], part[1],
		part[2], part[3], part[4], chromLine)
	if _, err := readHeaderText(text, 0); (err == nil) != (good || tests) {
		t.Errorf("%s by the letter: %v", name, err)
	}
	h, err := readHeaderText(text, Customary)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	counted := strings.HasPrefix(h.Notes().String(), "header 1 line (first at line 2: "+part[1]+" "+part[2]+" has ")
	if counted == good || good && h.Notes().String() != "" {
		t.Errorf("%s: %q", name, h.Notes())
	}
}

// A key that a file does not declare is what the file's version has it for; one that the version does not reserve is
// counted.
func TestUndeclaredKeys(t *testing.T) {
	for _, c := range []struct{ version, kind, key, want string }{
		{"4.3", "INFO", "CN", "1 Integer"}, {"4.4", "INFO", "CN", "A Float"}, {"4.2", "FORMAT", "CN", "1 Integer"},
		{"4.4", "FORMAT", "CN", "1 Float"},
		{"4.3", "INFO", "SVLEN", ". Integer"}, {"4.4", "INFO", "SVLEN", "A Integer"}, {"4.3", "INFO", "SVCLAIM", ""},
		{"4.4", "INFO", "SVCLAIM", "A String"},
		{"4.4", "FORMAT", "LEN", ""}, {"4.5", "FORMAT", "LEN", "1 Integer"}, {"4.5", "FORMAT", "M5mC", "M Float"},
		{"4.5", "FORMAT", "ADM27551C", "M Integer"},
		{"4.4", "FORMAT", "M5mC", ""}, {"4.5", "FORMAT", "M27551", ""}, {"4.5", "FORMAT", "MC", ""}, {"4.5", "FORMAT",
			"DPM1x2C", ""},
	} {
		h, err := readHeaderText("##fileformat=VCFv"+c.version+"\n"+chromLine, 0)
		if err != nil {
			t.Fatal(err)
		}
		f := h.Info([]byte(c.key))
		if c.kind == "FORMAT" {
			f = h.Format([]byte(c.key))
		}
		got := ""
		if f != nil {
			got = f.Number.String() + " " + f.Type.String()
		}
		if got != c.want {
			t.Errorf("%s %s %s: %q", c.version, c.kind, c.key, got)
		}
	}
	for _, c := range []struct {
		version, info, want string
		strict              bool
	}{
		{"4.2", "AD=3,4", "undeclared 1 record (first at line 3: INFO/AD: ", false}, {"4.3", "AD=3,4", "", true},
		{"4.3", "DPADJ=3", "", true}, {"4.4", "DPADJ=3", "undeclared 1 record (first at line 3: INFO/DPADJ: ", false},
		{"4.3", "SVLEN=5,6", "", true}, {"4.4", "SVLEN=5,6", "number 1 record (first at line 3: INFO/SVLEN: ", false},
		{"4.2", "VT=SNP", "undeclared 1 record (first at line 3: INFO/VT: ", true}, {"4.3", "CIPOS=1",
			"number 1 record (first at line 3: INFO/CIPOS: ", false},
		{"4.3", "SB=1,2,3,4", "", true}, {"4.3", "SB=0.1", "type 1 record (first at line 3: INFO/SB: ", true},
		{"4.2", "SB=0.1", "", true},
	} {
		text := []byte("##fileformat=VCFv" + c.version + "\n" + chromLine + "\n1\t1\t.\tA\tC\t.\t.\t" + c.info + "\n")
		if _, _, err := readRelaxed(text, 0, nil); (err == nil) != c.strict {
			t.Errorf("%s %s by the letter: %v", c.version, c.info, err)
		}
		_, notes, err := readRelaxed(text, Customary, nil)
		if got := notes.String(); err != nil || !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s %s: %q, %v", c.version, c.info, got, err)
		}
	}
}
