package vcf

// reservation is what the specification says of a reserved key.
type reservation struct {
	number Number
	typ    Type
	rule   rule
	open   bool // any declaration is good
	lax    bool // without a declaration, any number of values is good
	since  int  // the minor version of VCF 4 that reserves it
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

// reservedInfo holds the INFO keys that VCF 4.0 to 4.5 reserve (4.3: table 1 and section 3), which files use without declaring them.
var reservedInfo = map[string]reservation{
	"AA":        {number: one(), typ: String},
	"AC":        {number: perAlt, typ: Integer, rule: notNegative},
	"AD":        {number: perAll, typ: Integer, rule: notNegative},
	"ADF":       {number: perAll, typ: Integer, rule: notNegative},
	"ADR":       {number: perAll, typ: Integer, rule: notNegative},
	"AF":        {number: perAlt, typ: Float, rule: notNegative},
	"AN":        {number: one(), typ: Integer, rule: notNegative},
	"BQ":        {number: one(), typ: Float},
	"CIGAR":     {number: perAlt, typ: String, rule: cigar},
	"DB":        {number: flagNumber(), typ: Flag},
	"DP":        {number: one(), typ: Integer, rule: notNegative},
	"END":       {number: one(), typ: Integer, rule: notNegative | end},
	"H2":        {number: flagNumber(), typ: Flag},
	"H3":        {number: flagNumber(), typ: Flag},
	"MQ":        {number: one(), typ: Float},
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
	"DGVID":     {number: anyNum, typ: String, open: true},
	"DBVARID":   {number: anyNum, typ: String, open: true},
	"DBRIPID":   {number: anyNum, typ: String, open: true},
	"CILEN":     {number: anyNum, typ: Integer, open: true},
	"DPADJ":     {number: anyNum, typ: Integer, open: true},
	"CN":        {number: anyNum, typ: Float, open: true}, // Integer before 4.4
	"CNADJ":     {number: anyNum, typ: Integer, open: true},
	"CICN":      {number: anyNum, typ: Float, open: true},
	"CICNADJ":   {number: anyNum, typ: Integer, open: true},
	"EVENTTYPE": {number: anyNum, typ: String, open: true, since: 4},
	"SVCLAIM":   {number: anyNum, typ: String, open: true, since: 4},
	"RN":        {number: anyNum, typ: Integer, open: true, since: 4},
	"RUS":       {number: anyNum, typ: String, open: true, since: 4},
	"RUL":       {number: anyNum, typ: Integer, open: true, since: 4},
	"RUC":       {number: anyNum, typ: Float, open: true, since: 4},
	"RB":        {number: anyNum, typ: Integer, open: true, since: 4},
	"RUB":       {number: anyNum, typ: Integer, open: true, since: 4},
	"CIRUC":     {number: anyNum, typ: Float, open: true, since: 4},
	"CIRB":      {number: anyNum, typ: Integer, open: true, since: 4},

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

// reservedFormat holds the FORMAT keys that VCF 4.0 to 4.5 reserve (4.3: table 2).
var reservedFormat = map[string]reservation{
	"AD":  {number: perAll, typ: Integer},
	"ADF": {number: perAll, typ: Integer},
	"ADR": {number: perAll, typ: Integer},
	"DP":  {number: one(), typ: Integer},
	"EC":  {number: perAlt, typ: Integer},
	"FT":  {number: one(), typ: String},
	"GL":  {number: perGT, typ: Float},
	"GLE": {number: perGT, typ: String},
	"GP":  {number: perGT, typ: Float},
	"GQ":  {number: one(), typ: Integer},
	"GT":  {number: one(), typ: String, rule: genotype},
	"HQ":  {number: many(2), typ: Integer},
	"MQ":  {number: one(), typ: Integer, lax: true}, // PyVCF's 4.1 example: one per allele
	"PL":  {number: perGT, typ: Integer},
	"PQ":  {number: one(), typ: Integer},
	"PS":  {number: one(), typ: Integer},

	// Of structural variants and, since 4.4, of phase sets and local alleles. Callers differ on them.
	"CN":   {number: one(), typ: Float, open: true}, // Integer before 4.4
	"CNQ":  {number: one(), typ: Float, open: true},
	"CNL":  {number: anyNum, typ: Float, open: true},
	"NQ":   {number: one(), typ: Integer, open: true},
	"HAP":  {number: one(), typ: Integer, open: true},
	"AHAP": {number: one(), typ: Integer, open: true},
	"CNP":  {number: anyNum, typ: Float, open: true, since: 3},
	"CICN": {number: many(2), typ: Float, open: true, since: 4},
	"PP":   {number: perGT, typ: Integer, open: true, since: 3},
	"PSL":  {number: Number{Kind: PerPloidy}, typ: String, open: true, since: 4},
	"PSO":  {number: Number{Kind: PerPloidy}, typ: Integer, open: true, since: 4},
	"PSQ":  {number: Number{Kind: PerPloidy}, typ: Integer, open: true, since: 4},
	"LEN":  {number: one(), typ: Integer, open: true, since: 5},
	"LAA":  {number: anyNum, typ: Integer, open: true, since: 5},
	"LAD":  {number: Number{Kind: PerLocal}, typ: Integer, open: true, since: 5},
	"LADF": {number: Number{Kind: PerLocal}, typ: Integer, open: true, since: 5},
	"LADR": {number: Number{Kind: PerLocal}, typ: Integer, open: true, since: 5},
	"LEC":  {number: Number{Kind: PerLocalAlt}, typ: Integer, open: true, since: 5},
	"LGL":  {number: Number{Kind: PerLocalGT}, typ: Float, open: true, since: 5},
	"LGP":  {number: Number{Kind: PerLocalGT}, typ: Float, open: true, since: 5},
	"LPL":  {number: Number{Kind: PerLocalGT}, typ: Integer, open: true, since: 5},
	"LPP":  {number: Number{Kind: PerLocalGT}, typ: Integer, open: true, since: 5},
}

// implicit is the definition of a key that a file uses without declaring it.
func (r *reservation) implicit(key string) *Field {
	f := &Field{ID: key, Number: r.number, Type: r.typ, rule: r.rule}
	if r.lax {
		f.Number = anyNum
	}
	return f
}
