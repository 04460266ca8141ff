package vcf

import (
	"fmt"
	"strings"
)

// Rule is a demand on files that real ones break, so that a reading can be told to let it go. The zero Rule is none:
// what breaks it is never let go.
//
// A rule is broken in three grades. A breach is let go only where the rule is relaxed. A habit is what the field's
// files do and its readers read: it is let go unless the reading is strict. A custom is what the specification's own
// test files do: it is let go always. All are counted under the rule's name.
type Rule uint8

// The rules, as breaches. docs/reading.json says of each what breaks it and what becomes of that.
const (
	_              Rule = iota
	RuleHeader          // meta lines are well formed, and declare reserved keys as the specification does
	RuleUndeclared      // INFO and FORMAT keys are declared or reserved; of FORMAT it is a custom
	RuleNumber          // a value has as many elements as its key's Number says
	RuleType            // a value is of its key's Type, and QUAL, counts and frequencies are not negative
	RuleGenotype        // GT names alleles that the record has
	RuleAllele          // REF and ALT are alleles
	RuleFilter          // FILTER is a list of names
	RuleEmpty           // no column, entry, value or line is empty
	RuleDuplicate       // no identifier, filter, definition or INFO key is there twice
	RuleSpace           // no white space in ID, nor in INFO before VCF 4.3, nor tabs at a line's end
	RuleOrder           // the records of a contig stand together
	RuleFormat          // FORMAT names keys, GT first
	RuleEnd             // END is one position not before POS, and lengths on the reference are numbers
	RuleContig          // normalisation: the contig is in the reference
	RuleReference       // normalisation: REF is what the reference has
	numRules
)

// habit and custom, added to a rule, make the grades of it.
const (
	habit  Rule = 20
	custom Rule = 40
)

// Base is the rule without its grade.
func (r Rule) Base() Rule { return r % habit }

var ruleNames = [numRules]string{"", "header", "undeclared", "number", "type", "genotype", "allele", "filter", "empty",
	"duplicate", "space",
	"order", "format", "end", "contig", "reference"}

// String returns the rule's name, whatever the grade.
func (r Rule) String() string { return ruleNames[r.Base()] }

// Rules is a set of rules, each with its grades: Customary, what ParseRules reads of their names, or what With adds to
// another. Sets are joined by |. The zero value lets nothing go but customs.
type Rules uint64

const (
	breaches Rules = 1<<numRules - 2
	customs  Rules = breaches << custom

	// Customary is what the field's files break and its readers read: every rule, as a habit only. It is what NewReader,
	// NewRecord and NewWriter begin with; what lets more go is made of it, as Customary.With(RuleOrder).
	Customary = breaches << habit
	// AllRules holds every rule in every grade: a reading refuses only what breaks no rule but cannot be read.
	AllRules = breaches | Customary | customs
)

// Has tells whether what breaks a rule is let go; of the zero Rule it never is.
func (s Rules) Has(r Rule) bool { return (s | customs).holds(r) }

// LetsUnordered tells whether the records of a contig need not stand together.
func (s Rules) LetsUnordered() bool { return s.Has(RuleOrder + habit) }

// holds tells whether a rule is in the set in its grade.
func (s Rules) holds(r Rule) bool { return s>>r&1 != 0 }

// With returns the set and more rules, each in all grades. The zero Rule adds none.
func (s Rules) With(rules ...Rule) Rules {
	for _, r := range rules {
		s |= (1<<r.Base() | 1<<(r.Base()+habit)) & AllRules
	}
	return s
}

// String lists by name the rules of which the set holds more than habits, separated by commas.
func (s Rules) String() string {
	var names []string
	for r := Rule(1); r < numRules; r++ {
		if s.holds(r) {
			names = append(names, r.String())
		}
	}
	return strings.Join(names, ",")
}

// ParseRules reads what String writes; "all" stands for every rule, and empty text for none. The habits of other rules
// are not in the set: a reading that is to let more go than it did takes Customary | rules.
func ParseRules(list string) (Rules, error) {
	var s Rules
	for name := range strings.SplitSeq(list, ",") {
		switch name = strings.TrimSpace(name); name {
		case "":
		case "all":
			s = AllRules
		default:
			rule := Rule(1)
			for rule < numRules && ruleNames[rule] != name {
				rule++
			}
			if rule == numRules {
				return 0, fmt.Errorf("there is no rule %s; the rules are %s, and all", quote(name), AllRules)
			}
			s = s.With(rule)
		}
	}
	return s, nil
}

// Notes counts what broke relaxed rules: for each of them how many records (of RuleHeader: lines, of RuleOrder: returns
// to a contig), and the first place. The zero value is ready.
type Notes struct {
	count  [numRules]int64
	first  [numRules]*ParseError
	graded Rules // that were broken, in their grades
}

// Forgive takes a fault: if its rule is relaxed it is noted and the result is nil, else it is the error.
func (n *Notes) Forgive(relaxed Rules, fault *ParseError) error {
	if !relaxed.Has(fault.Rule) {
		return fault
	}
	n.add(fault)
	return nil
}

func (n *Notes) add(fault *ParseError) {
	base := fault.Rule.Base()
	n.count[base]++
	n.graded |= 1 << fault.Rule
	if n.wants(base, fault.Line) {
		n.first[base] = fault
	}
}

// wants tells whether a fault at a line would be the first of its rule.
func (n *Notes) wants(base Rule, line int64) bool {
	return n.first[base] == nil || line < n.first[base].Line
}

// Beyond returns the rules that were broken in grades that a reading does not let go, as breaches.
func (n *Notes) Beyond(relaxed Rules) Rules {
	var beyond Rules
	for r := Rule(1); r < custom; r++ {
		if n.graded.holds(r) && r.Base() != 0 && !relaxed.Has(r) {
			beyond |= 1 << r.Base()
		}
	}
	return beyond
}

// Merge adds the notes of another part of the file, in any order.
func (n *Notes) Merge(other *Notes) {
	n.graded |= other.graded
	for r := range other.count {
		n.count[r] += other.count[r]
		if at := other.first[r]; at != nil && n.wants(Rule(r), at.Line) {
			n.first[r] = at
		}
	}
}

// Count is how often a rule was broken.
func (n *Notes) Count(rule Rule) int64 { return n.count[rule] }

// Bytes of what Notes says of one place, and of all of them.
const (
	maxPlace = 160
	maxNotes = 800
)

// String lists the rules broken, how often and where first, in at most some 800 bytes; it is empty when there are none.
func (n *Notes) String() string { return n.Text((*ParseError).reason) }

// Text is String with the caller's words for a place, which begin after its line.
func (n *Notes) Text(reason func(*ParseError) string) string {
	if text := n.text(reason); len(text) <= maxNotes {
		return text
	}
	return n.text(nil)
}

// text is Text, without the particulars of the places if reason is nil.
func (n *Notes) text(reason func(*ParseError) string) string {
	var parts []string
	for r, count := range n.count {
		if count == 0 {
			continue
		}
		unit := "record"
		if Rule(r) == RuleHeader {
			unit = "line"
		}
		if count > 1 {
			unit += "s"
		}
		place := fmt.Sprintf("line %d", n.first[r].Line)
		if reason != nil {
			place += ": " + shortenTo(reason(n.first[r]), maxPlace)
		}
		parts = append(parts, fmt.Sprintf("%s %d %s (first at %s)", Rule(r), count, unit, place))
	}
	return strings.Join(parts, "; ")
}

// lets tells whether a rule is relaxed in its grade and the first place where the file breaks it is known, and counts
// the record. Otherwise breaks is to be called with the fault.
func (r *Record) lets(rule Rule) bool {
	base := rule.Base()
	switch {
	case !r.Relaxed.Has(rule):
		return false
	case r.broken.holds(rule):
		return true
	case r.counted.holds(base): // in another grade
	case r.Notes.wants(base, r.number):
		return false
	default:
		r.Notes.count[base]++
	}
	r.broken |= 1 << rule
	r.counted |= 1 << base
	r.Notes.graded |= 1 << rule
	return true
}

// breaks takes a fault against a rule, and returns it as the error unless the rule is relaxed.
func (r *Record) breaks(rule Rule, fault *ParseError) error {
	fault.Rule = rule
	if !r.Relaxed.Has(rule) {
		return fault
	}
	r.broken |= 1 << rule
	r.counted |= 1 << rule.Base()
	r.Notes.add(fault)
	return nil
}

// against is for a fault against a rule in a column as a whole.
func (r *Record) against(rule Rule, column string, fault Fault, text []byte) error {
	if r.lets(rule) {
		return nil
	}
	return r.breaks(rule, r.fail(column, fault, quote(text)))
}

// valueRule is the rule that a fault of an INFO or FORMAT value is against: what is not as declared stays as text.
func valueRule(fault Fault) Rule {
	switch fault {
	case ErrCount:
		return RuleNumber + habit
	case ErrInteger, ErrIntegerRange, ErrFloat, ErrNegative, ErrCharacter, ErrFlag, ErrCIGAR:
		return RuleType + habit
	case ErrEmpty, errElement:
		return RuleEmpty + habit
	case ErrEnd, errPosition:
		return RuleEnd + habit
	case ErrGT, ErrAlleleIndex, ErrPloidy:
		return RuleGenotype
	}
	return 0
}
