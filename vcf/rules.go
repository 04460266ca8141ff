package vcf

import (
	"fmt"
	"strings"
)

// Rule is a demand on files that real ones break, so that an import can be told to let it go. The zero Rule is none:
// what breaks it is never let go.
type Rule uint8

// The rules. docs/schema.md says of each what breaks it and what becomes of that.
const (
	_              Rule = iota
	RuleHeader          // meta lines are well formed, and declare reserved keys as the specification does
	RuleUndeclared      // INFO and FORMAT keys are declared or reserved; of FORMAT it is always relaxed
	RuleNumber          // a value has as many elements as its key's Number says
	RuleType            // a value is of its key's Type, and QUAL, counts and frequencies are not negative
	RuleGenotype        // GT names alleles that the record has
	RuleAllele          // REF and ALT are alleles
	RuleFilter          // FILTER is a list of names
	RuleEmpty           // no ID, ALT, QUAL or FILTER is empty, nor is an entry of ID, FILTER or INFO
	RuleDuplicate       // no identifier, filter or INFO key is there twice
	RuleSpace           // no white space in ID, nor in INFO before VCF 4.3
	RuleOrder           // the records of a contig stand together
	RuleContig          // normalisation: the contig is in the reference
	RuleReference       // normalisation: REF is what the reference has
	numRules
)

var ruleNames = [numRules]string{"", "header", "undeclared", "number", "type", "genotype", "allele", "filter", "empty", "duplicate", "space",
	"order", "contig", "reference"}

// String returns the rule's name.
func (r Rule) String() string { return ruleNames[r] }

// Rules is a set of rules.
type Rules uint32

// AllRules holds every rule.
const AllRules Rules = 1<<numRules - 2

// Has tells whether a rule is in the set; the zero Rule is in none.
func (s Rules) Has(r Rule) bool { return s>>r&1 != 0 }

// with returns the set and one more rule.
func (s Rules) with(r Rule) Rules { return s | 1<<r }

// String lists the rules by name, separated by commas.
func (s Rules) String() string {
	var names []string
	for r := Rule(1); r < numRules; r++ {
		if s.Has(r) {
			names = append(names, r.String())
		}
	}
	return strings.Join(names, ",")
}

// ParseRules reads what String writes; "all" stands for every rule, and empty text for none.
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
			s = s.with(rule)
		}
	}
	return s, nil
}

// Notes counts what broke relaxed rules: for each of them how many records (of RuleHeader: lines, of RuleOrder: returns to a
// contig), and the first place. The zero value is ready.
type Notes struct {
	count [numRules]int64
	first [numRules]*ParseError
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
	n.count[fault.Rule]++
	if n.wants(fault.Rule, fault.Line) {
		n.first[fault.Rule] = fault
	}
}

// wants tells whether a fault at a line would be the first of its rule.
func (n *Notes) wants(rule Rule, line int64) bool {
	return n.first[rule] == nil || line < n.first[rule].Line
}

// Merge adds the notes of another part of the file, in any order.
func (n *Notes) Merge(other *Notes) {
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
	maxNotes = 700
)

// String lists the rules broken, how often and where first, in at most some 700 bytes; it is empty when there are none.
func (n *Notes) String() string {
	if text := n.text(true); len(text) <= maxNotes {
		return text
	}
	return n.text(false)
}

// text is String with or without the particulars of the places.
func (n *Notes) text(particulars bool) string {
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
		if particulars {
			place += ": " + shortenTo(n.first[r].reason(), maxPlace)
		}
		parts = append(parts, fmt.Sprintf("%s %d %s (first at %s)", Rule(r), count, unit, place))
	}
	return strings.Join(parts, "; ")
}

// lets tells whether a rule is relaxed and the first place where the file breaks it is known, and counts the record. Otherwise
// breaks is to be called with the fault.
func (r *Record) lets(rule Rule) bool {
	switch {
	case !r.Relaxed.Has(rule):
		return false
	case r.broken.Has(rule):
		return true
	case r.Notes.wants(rule, r.number):
		return false
	}
	r.broken = r.broken.with(rule)
	r.Notes.count[rule]++
	return true
}

// breaks takes a fault against a rule, and returns it as the error unless the rule is relaxed.
func (r *Record) breaks(rule Rule, fault *ParseError) error {
	fault.Rule = rule
	if !r.Relaxed.Has(rule) {
		return fault
	}
	r.broken = r.broken.with(rule)
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

// valueRule is the rule that a fault of an INFO or FORMAT value is against.
func valueRule(fault Fault) Rule {
	switch fault {
	case ErrCount:
		return RuleNumber
	case ErrInteger, ErrIntegerRange, ErrFloat, ErrNegative, ErrCharacter, ErrFlag, ErrCIGAR:
		return RuleType
	case ErrGT, ErrAlleleIndex, ErrPloidy:
		return RuleGenotype
	}
	return 0
}
