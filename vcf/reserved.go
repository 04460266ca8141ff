package vcf

// reservation is what the specification says of a reserved key.
type reservation struct {
	number Number
	typ    Type
	rule   rule
	// also lists other declarations that real callers make of the key. A
	// declaration is good when its Number and Type are both reserved or listed.
	numbers []Number
	types   []Type
	open    bool // any declaration is good
	lax     bool // without a declaration, any number of values is good
}

func one() Number        { return Number{Fixed, 1} }
func many(n int) Number  { return Number{Fixed, n} }
func flagNumber() Number { return Number{Fixed, 0} }

var (
	perAlt = Number{Kind: PerAlt}
	perAll = Number{Kind: PerAllele}
	perGT  = Number{Kind: PerGenotype}
	anyNum = Number{Kind: Unknown}
)

// reservedInfo holds the INFO keys of VCF 4.2 and 4.3, table 1 and section 3,
// that files use without declaring them.
var reservedInfo = map[string]reservation{
	"AA":        {number: one(), typ: String, rule: oneText},
	"AC":        {number: perAlt, typ: Integer, rule: notNegative},
	"AD":        {number: perAll, typ: Integer, rule: notNegative},
	"ADF":       {number: perAll, typ: Integer, rule: notNegative},
	"ADR":       {number: perAll, typ: Integer, rule: notNegative},
	"AF":        {number: perAlt, typ: Float, rule: notNegative, numbers: []Number{one()}}, // 1000 Genomes declares Number=1
	"AN":        {number: one(), typ: Integer, rule: notNegative},
	"BQ":        {number: one(), typ: Float},
	"CIGAR":     {number: perAlt, typ: String, rule: cigar},
	"DB":        {number: flagNumber(), typ: Flag},
	"DP":        {number: one(), typ: Integer, rule: notNegative},
	"END":       {number: one(), typ: Integer, rule: notNegative | end},
	"H2":        {number: flagNumber(), typ: Flag},
	"H3":        {number: flagNumber(), typ: Flag},
	"MQ":        {number: one(), typ: Float, types: []Type{Integer}}, // samtools declares Integer
	"MQ0":       {number: one(), typ: Integer, rule: notNegative},
	"NS":        {number: one(), typ: Integer, rule: notNegative},
	"SOMATIC":   {number: flagNumber(), typ: Flag},
	"VALIDATED": {number: flagNumber(), typ: Flag},
	"1000G":     {number: flagNumber(), typ: Flag},

	// Callers disagree on these, so that only files without a declaration get ours.
	"SB":        {number: anyNum, typ: String, open: true},
	"IMPRECISE": {number: flagNumber(), typ: Flag, open: true},
	"NOVEL":     {number: flagNumber(), typ: Flag, open: true},
	"SVTYPE":    {number: one(), typ: String, open: true},
	"SVLEN":     {number: anyNum, typ: Integer, open: true},
	"CIPOS":     {number: anyNum, typ: Integer, open: true},
	"CIEND":     {number: anyNum, typ: Integer, open: true},
	"HOMLEN":    {number: anyNum, typ: Integer, open: true},
	"HOMSEQ":    {number: anyNum, typ: String, open: true},
	"BKPTID":    {number: anyNum, typ: String, open: true},
	"MEINFO":    {number: anyNum, typ: String, open: true},
	"MIINFO":    {number: anyNum, typ: String, open: true}, // so spelt in the example of VCF 4.0 and 4.1, section 4
	"METRANS":   {number: anyNum, typ: String, open: true},
	"MATEID":    {number: anyNum, typ: String, open: true},
	"PARID":     {number: anyNum, typ: String, open: true},
	"EVENT":     {number: anyNum, typ: String, open: true},

	// The 1000 Genomes project's keys: the specification's own test files and many
	// derived ones use them without declaring them.
	"AVGPOST":   {number: one(), typ: Float, open: true},
	"RSQ":       {number: one(), typ: Float, open: true},
	"LDAF":      {number: one(), typ: Float, open: true},
	"ERATE":     {number: one(), typ: Float, open: true},
	"THETA":     {number: one(), typ: Float, open: true},
	"AMR_AF":    {number: anyNum, typ: Float, open: true},
	"AFR_AF":    {number: anyNum, typ: Float, open: true},
	"ASN_AF":    {number: anyNum, typ: Float, open: true},
	"EUR_AF":    {number: anyNum, typ: Float, open: true},
	"VT":        {number: anyNum, typ: String, open: true},
	"SNPSOURCE": {number: anyNum, typ: String, open: true},
}

// reservedFormat holds the FORMAT keys of VCF 4.2 and 4.3, table 2. The types
// of the keys that have a table column are free, because a value of another
// type is kept as text.
var reservedFormat = map[string]reservation{
	"AD":  {number: perAll, typ: Integer, numbers: []Number{many(2)}, types: []Type{Float, String}}, // Complete Genomics: 2
	"ADF": {number: perAll, typ: Integer},
	"ADR": {number: perAll, typ: Integer},
	"DP":  {number: one(), typ: Integer, numbers: []Number{perGT}, types: []Type{Float, String}}, // PyVCF's 4.1 example: G
	"EC":  {number: perAlt, typ: Integer},
	"FT":  {number: one(), typ: String, numbers: []Number{anyNum}}, // GATK: .
	"GL":  {number: perGT, typ: Float, numbers: []Number{many(3)}, types: []Type{Integer, String}},
	"GLE": {number: perGT, typ: String, numbers: []Number{one()}}, // FreeBayes: 1
	"GP":  {number: perGT, typ: Float, numbers: []Number{many(3)}},
	"GQ":  {number: one(), typ: Integer, numbers: []Number{perGT}, types: []Type{Float, String}},
	"GT":  {number: one(), typ: String, rule: genotype},
	"HQ":  {number: many(2), typ: Integer, numbers: []Number{perGT}},
	"MQ":  {number: one(), typ: Integer, lax: true}, // PyVCF's 4.1 example: one per allele
	"PL":  {number: perGT, typ: Integer, numbers: []Number{many(3)}, types: []Type{Float, String}},
	"PQ":  {number: one(), typ: Integer},
	"PS":  {number: one(), typ: Integer, types: []Type{Float, String}},
}

// implicit is the definition of a key that a file uses without declaring it.
func (r *reservation) implicit(key string) *Field {
	f := &Field{ID: key, Number: r.number, Type: r.typ, rule: r.rule}
	if r.lax {
		f.Number = anyNum
	}
	return f
}

// allowsNumber tells whether a file may declare the key with Number n. The
// letters A, R and G came with VCF 4.1 and 4.2, and '.' is what callers write in
// their place.
func (r *reservation) allowsNumber(n Number) bool {
	if r.open || n == r.number {
		return true
	}
	if n == anyNum && r.number.Kind != Fixed {
		return true
	}
	for _, other := range r.numbers {
		if n == other {
			return true
		}
	}
	return false
}

// allowsType tells whether a file may declare the key with Type t.
func (r *reservation) allowsType(t Type) bool {
	if r.open || t == r.typ {
		return true
	}
	for _, other := range r.types {
		if t == other {
			return true
		}
	}
	return false
}
