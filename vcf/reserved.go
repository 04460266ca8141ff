package vcf

import (
	"slices"
	"strings"
)

// reservation is what the specification says of a reserved key, in some of its versions.
type reservation struct {
	number Number
	typ    Type
	rule   rule
	since  int      // the first minor version of VCF 4 that reserves the key so
	until  int      // the last one; 0: all later ones, too
	or     []values // other declarations that the specification's text lets through
	tests  []values // other declarations that the specification's own test files have
	free   bool     // the specification does not say how the key is to be declared
	// common is set for a key that these versions do not reserve, though files use it without declaring it; it then has
	// this grade.
	common rule
}

// values is a Number and a Type.
type values struct {
	number Number
	typ    Type
}

func one() Number        { return Number{Fixed, 1} }
func many(n int) Number  { return Number{Fixed, n} }
func flagNumber() Number { return Number{Fixed, 0} }

var (
	perAlt   = Number{Kind: PerAlt}
	perAll   = Number{Kind: PerAllele}
	perGT    = Number{Kind: PerGenotype}
	anyNum   = Number{Kind: Unknown}
	perCall  = Number{Kind: PerPloidy}
	localAlt = Number{Kind: PerLocalAlt}
	localAll = Number{Kind: PerLocal}
	localGT  = Number{Kind: PerLocalGT}
)

// Later reservations of one key than its first.
const (
	with43 = 2 // the last version before 4.3
	with44 = 3 // the last version before 4.4
)

// reservedInfo holds the INFO keys that VCF 4.0 to 4.5 reserve, which files use without declaring them: the tables and
// section 3 of 4.3 to 4.5, sections 1.4.1 and 3 of 4.1 and 4.2. What 4.1 and 4.2 say in words only is as the
// specification's test files of those versions have it.
var reservedInfo = map[string][]reservation{
	"AA":    {{number: one(), typ: String}},
	"AC":    {{number: perAlt, typ: Integer, rule: notNegative}},
	"AF":    {{number: perAlt, typ: Float, rule: notNegative}},
	"AN":    {{number: one(), typ: Integer, rule: notNegative}},
	"BQ":    {{number: one(), typ: Float}},
	"CIGAR": {{number: perAlt, typ: String, rule: cigar}},
	"DB":    {{number: flagNumber(), typ: Flag}},
	"DP":    {{number: one(), typ: Integer, rule: notNegative}},
	"END":   {{number: one(), typ: Integer, rule: notNegative | end}},
	"H2":    {{number: flagNumber(), typ: Flag}},
	"H3":    {{number: flagNumber(), typ: Flag}},
	"MQ": {{number: one(), typ: Float, until: with43, or: []values{{one(), Integer}}},
		{number: one(), typ: Float, since: 3}},
	"MQ0":       {{number: one(), typ: Integer, rule: notNegative}},
	"NS":        {{number: one(), typ: Integer, rule: notNegative}},
	"SOMATIC":   {{number: flagNumber(), typ: Flag}},
	"VALIDATED": {{number: flagNumber(), typ: Flag}},
	"1000G":     {{number: flagNumber(), typ: Flag}},
	"SB": {{number: anyNum, typ: String, until: with43, free: true}, {number: many(4), typ: Integer, since: 3,
		rule: loose}},
	"AD":  depths(notNegative),
	"ADF": depths(notNegative),
	"ADR": depths(notNegative),

	// Of structural variants.
	"IMPRECISE": {{number: flagNumber(), typ: Flag}},
	"NOVEL":     {{number: flagNumber(), typ: Flag}},
	"SVTYPE":    {{number: one(), typ: String}},
	"SVLEN": {{number: anyNum, typ: Integer, until: with44, tests: []values{{one(), Integer}}},
		{number: perAlt, typ: Integer, since: 4}},
	"CIPOS":     {{number: many(2), typ: Integer, until: with44}, {number: anyNum, typ: Integer, since: 4}},
	"CIEND":     {{number: many(2), typ: Integer, until: with44}, {number: anyNum, typ: Integer, since: 4}},
	"CILEN":     {{number: many(2), typ: Integer, until: with44}, {number: anyNum, typ: Integer, since: 4}},
	"CICN":      {{number: many(2), typ: Integer, until: with44}, {number: anyNum, typ: Float, since: 4}},
	"CN":        {{number: one(), typ: Integer, until: with44}, {number: perAlt, typ: Float, since: 4}},
	"HOMLEN":    {{number: anyNum, typ: Integer, until: with44}, {number: perAlt, typ: Integer, since: 4}},
	"HOMSEQ":    {{number: anyNum, typ: String, until: with44}, {number: perAlt, typ: String, since: 4}},
	"BKPTID":    {{number: anyNum, typ: String, until: with44}, {number: perAlt, typ: String, since: 4}},
	"MEINFO":    {{number: many(4), typ: String, until: with44}, {number: anyNum, typ: String, since: 4}},
	"METRANS":   {{number: many(4), typ: String, until: with44}, {number: anyNum, typ: String, since: 4}},
	"DGVID":     {{number: one(), typ: String, until: with44}, {number: perAlt, typ: String, since: 4}},
	"DBVARID":   {{number: one(), typ: String, until: with44}, {number: perAlt, typ: String, since: 4}},
	"DBRIPID":   {{number: one(), typ: String, until: with44}, {number: perAlt, typ: String, since: 4}},
	"MATEID":    {{number: anyNum, typ: String, until: with44}, {number: perAlt, typ: String, since: 4}},
	"PARID":     {{number: one(), typ: String, until: with44}, {number: perAlt, typ: String, since: 4}},
	"EVENT":     {{number: one(), typ: String, until: with44}, {number: perAlt, typ: String, since: 4}},
	"DPADJ":     adjacency(),
	"CNADJ":     adjacency(),
	"CICNADJ":   adjacency(),
	"EVENTTYPE": {{number: perAlt, typ: String, since: 4}},
	"SVCLAIM":   {{number: perAlt, typ: String, since: 4}},
	"RN":        {{number: perAlt, typ: Integer, since: 4}},
	"RUS":       {{number: anyNum, typ: String, since: 4}},
	"RUL":       {{number: anyNum, typ: Integer, since: 4}},
	"RUC":       {{number: anyNum, typ: Float, since: 4}},
	"RB":        {{number: anyNum, typ: Integer, since: 4}},
	"RUB":       {{number: anyNum, typ: Integer, since: 4}},
	"CIRUC":     {{number: anyNum, typ: Float, since: 4}},
	"CIRB":      {{number: anyNum, typ: Integer, since: 4}},

	// So spelt in the example of VCF 4.0 and 4.1, section 4, for MEINFO.
	"MIINFO": {{number: anyNum, typ: String, free: true, common: customary}},

	// The 1000 Genomes project's keys: the specification's own test files and many
	// derived ones use them without declaring them.
	"AVGPOST":   project(one(), Float),
	"RSQ":       project(one(), Float),
	"LDAF":      project(one(), Float),
	"ERATE":     project(one(), Float),
	"THETA":     project(one(), Float),
	"AMR_AF":    project(anyNum, Float),
	"AFR_AF":    project(anyNum, Float),
	"ASN_AF":    project(anyNum, Float),
	"EUR_AF":    project(anyNum, Float),
	"VT":        project(anyNum, String),
	"SNPSOURCE": project(anyNum, String),
}

// reservedFormat holds the FORMAT keys that VCF 4.0 to 4.5 reserve: table 2 and section 4 of 4.3 to 4.5, sections 1.4.2
// and 4 of 4.1 and 4.2. There are more: baseModification.
var reservedFormat = map[string][]reservation{
	"AD":  depths(0),
	"ADF": depths(0),
	"ADR": depths(0),
	"DP":  {{number: one(), typ: Integer}},
	"EC":  {{number: perAlt, typ: Integer}},
	"FT":  {{number: one(), typ: String}},
	"GL":  {{number: perGT, typ: Float}},
	"GLE": {
		// its Number is not said
		{number: perGT, typ: String, until: with43, or: []values{{one(), String}, {anyNum, String}}},
		{number: perGT, typ: String, since: 3, free: true, common: habitual},
	},
	"GP": {{number: perGT, typ: Float}},
	"GQ": {{number: one(), typ: Integer}},
	"GT": {{number: one(), typ: String, rule: genotype}},
	"HQ": {{number: many(2), typ: Integer}},
	"MQ": {{number: one(), typ: Integer}},
	"PL": {{number: perGT, typ: Integer}},
	"PP": {{number: perGT, typ: Integer, since: 3}},
	"PQ": {{number: one(), typ: Integer}},
	"PS": {{number: one(), typ: Integer}},

	// Of structural variants. CNL and CNP are per copy number in the text, per genotype in the declaration.
	"CN":  {{number: one(), typ: Integer, until: with44}, {number: one(), typ: Float, since: 4}},
	"CNQ": {{number: one(), typ: Float}},
	"CNL": {{number: anyNum, typ: Float, until: with43}, {number: anyNum, typ: Float, since: 3,
		or: []values{{perGT, Float}}}},
	"CNP":  {{number: anyNum, typ: Float, since: 3, or: []values{{perGT, Float}}}},
	"NQ":   {{number: one(), typ: Integer}},
	"HAP":  {{number: one(), typ: Integer}},
	"AHAP": {{number: one(), typ: Integer}},
	"CICN": {{number: many(2), typ: Float, since: 4}},

	// Of phase sets and local alleles. The table has LGL and LGP as Integer, though GL and GP are Float.
	"PSL":  {{number: perCall, typ: String, since: 4}},
	"PSO":  {{number: perCall, typ: Integer, since: 4}},
	"PSQ":  {{number: perCall, typ: Integer, since: 4}},
	"LEN":  {{number: one(), typ: Integer, since: 5}},
	"LA":   {{number: anyNum, typ: Integer, since: 5}},
	"LAA":  {{number: anyNum, typ: Integer, since: 5}},
	"LAD":  {{number: localAll, typ: Integer, since: 5}},
	"LADF": {{number: localAll, typ: Integer, since: 5}},
	"LADR": {{number: localAll, typ: Integer, since: 5}},
	"LEC":  {{number: localAlt, typ: Integer, since: 5}},
	"LGL":  {{number: localGT, typ: Float, since: 5, or: []values{{localGT, Integer}}}},
	"LGP":  {{number: localGT, typ: Float, since: 5, or: []values{{localGT, Integer}}}},
	"LPL":  {{number: localGT, typ: Integer, since: 5}},
	"LPP":  {{number: localGT, typ: Integer, since: 5}},
}

// depths are AD, ADF and ADR, reserved since 4.3: callers wrote them before.
func depths(r rule) []reservation {
	return []reservation{
		{number: perAll, typ: Integer, rule: r, until: with43, free: true, common: habitual},
		{number: perAll, typ: Integer, rule: r, since: 3},
	}
}

// adjacency are the keys of adjacencies, which 4.4 has no more.
func adjacency() []reservation {
	return []reservation{
		{number: anyNum, typ: Integer, until: with44},
		{number: anyNum, typ: Integer, since: 4, free: true, common: habitual},
	}
}

func project(n Number, t Type) []reservation {
	return []reservation{{number: n, typ: t, free: true, common: customary}}
}

// reserved returns what a version says of an INFO or FORMAT key, or nil.
func (v Version) reserved(kind, key string) *reservation {
	table := reservedInfo
	if kind == "FORMAT" {
		table = reservedFormat
	}
	for i := range table[key] {
		if r := &table[key][i]; !v.before(r.since) && (r.until == 0 || v.before(r.until+1)) {
			return r
		}
	}
	if kind == "FORMAT" && !v.before(5) {
		return baseModification(key)
	}
	return nil
}

// allows tells whether a declaration is one that the specification has for the key.
func (r *reservation) allows(f *Field) bool {
	return r.free || f.Type == r.typ && f.Number == r.number || slices.Contains(r.or, values{f.Number, f.Type})
}

// implicit is the definition of a key that a file uses without declaring it.
func (r *reservation) implicit(key string) *Field {
	return &Field{ID: key, Number: r.number, Type: r.typ, rule: r.rule | r.common}
}

// modifications are the base modifications that have names in VCF 4.5, table 2; all others are a ChEBI number and a
// base.
var modifications = []string{"5mC", "5hmC", "5fC", "5caC", "5hmU", "5fU", "5caU", "6mA", "8oxoG", "XaoN"}

// baseModification is what VCF 4.5 says of the FORMAT keys of base modifications, such as M5mC, DPM27551C and ADM6mA;
// nil for other keys.
func baseModification(key string) *reservation {
	typ := Integer
	name, depth := strings.CutPrefix(key, "DPM")
	if !depth {
		name, depth = strings.CutPrefix(key, "ADM")
	}
	if !depth {
		typ = Float
		var fraction bool
		if name, fraction = strings.CutPrefix(key, "M"); !fraction {
			return nil
		}
	}
	if digits := strings.TrimRight(name, "ACGTUN"); !slices.Contains(modifications, name) &&
		(len(digits) != len(name)-1 || digits == "" || strings.Trim(digits, "0123456789") != "") {
		return nil
	}
	return &reservation{number: Number{Kind: PerModBase}, typ: typ, since: 5}
}
