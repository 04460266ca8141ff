package variant

import (
	"strings"

	"github.com/varlake/varlake/vcf"
)

// EndKey is the INFO key by which an export of files of several versions of VCF says where a record ends, 1-based and
// inclusive, of which the version that the export has would say otherwise. It stands last. An import of a file that
// declares it takes the record's end from it, and it is in no column.
const EndKey = "VARLAKE_END"

// Column is where a FORMAT key's values go: imports lay them out by it, exports find them by it.
type Column uint8

// The columns of FORMAT keys. Information is the map of all that have none of their own.
const (
	Information Column = iota
	GT
	GL
	PL
	AD
	GQ
	SPL
	DP
	PS
)

// own are the FORMAT keys with a column of their own, and the Type that a header must declare for it: a key declared
// otherwise keeps its values, as text, in information.
var own = map[string]struct {
	column Column
	kind   vcf.Type
	scalar bool
}{
	"GL":  {GL, vcf.Float, false},
	"PL":  {PL, vcf.Integer, false},
	"AD":  {AD, vcf.Integer, false},
	"GQ":  {GQ, vcf.Integer, true},
	"SPL": {SPL, vcf.Integer, false},
	"DP":  {DP, vcf.Integer, true},
	"PS":  {PS, vcf.Integer, true},
}

// OwnKeys are the FORMAT keys with columns of their own, in the order in which most callers write them. It is not to be
// changed.
var OwnKeys = []string{"GT", "AD", "DP", "GQ", "PL", "GL", "SPL", "PS"}

// aliases are the names under which HealthOmics keeps some FORMAT keys in information.
var aliases = map[string]string{
	"FT": "genotype_filters",
	"GP": "posteriorprobabilities",
	"HQ": "haplotypequalities",
	"EC": "expectedallelecounts",
	"MQ": "mappingquality",
}

// Target is what becomes of one FORMAT key.
type Target struct {
	Column  Column
	Name    []byte // in information
	List    bool   // several values may come: in information as [a, b], where a column takes but one as they are written
	Numeric bool   // so that a missing element is null in it
	Implied bool   // the header does not declare the key: for other programs its values are text
}

// Targets gives the targets of the keys of a FORMAT column as a file's header defines them. Their names in information
// are all different: of keys that would have the same one, that which is written so has it, else the first; the others
// keep theirs as they are.
func Targets(fields []*vcf.Field) []Target {
	targets, taken := make([]Target, len(fields)), map[string]bool{}
	for i, field := range fields {
		targets[i] = target(field)
		if string(targets[i].Name) == field.ID {
			taken[field.ID] = true
		}
	}
	for i, field := range fields {
		t := &targets[i]
		if t.Column != Information || string(t.Name) == field.ID {
			continue
		}
		if taken[string(t.Name)] {
			t.Name = []byte(field.ID) // no name: those have no capital letters
		}
		taken[string(t.Name)] = true
	}
	return targets
}

func target(field *vcf.Field) Target {
	key := field.ID
	if key == "GT" {
		return Target{Column: GT}
	}
	single := field.Number == vcf.Number{Kind: vcf.Fixed, Count: 1}
	if own, ok := own[key]; ok && field.Type == own.kind {
		t := Target{Column: own.column, Implied: field.Line == 0}
		if own.scalar && !single {
			t.Name, t.List, t.Numeric = []byte(strings.ToLower(key)), true, true
		}
		return t
	}
	name := aliases[key]
	if name == "" {
		name = strings.ToLower(key)
	}
	return Target{
		Name:    []byte(name),
		List:    !single && field.Line > 0, // an undeclared key has no Number: its text stays as it is
		Numeric: field.Type == vcf.Integer || field.Type == vcf.Float,
	}
}

// Key is a FORMAT key that may have the name in information: names do not tell how a key was written, most are
// upper-case.
func Key(name string) string {
	for key, alias := range aliases {
		if alias == name {
			return key
		}
	}
	return strings.ToUpper(name)
}
