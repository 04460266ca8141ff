package vcf

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// required returns an attribute that must be there.
func (p *headerParser) required(m *Meta, key string) (string, error) {
	value, ok := m.Attr(key)
	switch {
	case !ok && key == "ID": // it is no definition at all
		return "", p.fail(ErrHeader, m.Key+" has no ID")
	case !ok || value == "" && key != "Description":
		return "", p.fail(ErrHeaderNull, m.Key+" has no "+key)
	}
	return value, nil
}

// field takes an INFO or FORMAT definition.
func (p *headerParser) field(m *Meta) error {
	f, err := p.parseField(m)
	if err != nil {
		return err
	}
	list := &p.h.Infos
	if m.Key == "FORMAT" {
		list = &p.h.Formats
		if f.Type == Flag {
			return p.fail(ErrHeaderType, "FORMAT "+f.ID+" has Type=Flag")
		}
	}
	if name := m.Key + " " + f.ID; p.defined[name] {
		err = p.lapse(ErrHeader, shorten(name)+" is defined twice")
	} else {
		p.defined[name] = true
	}
	if r := p.h.Version.reserved(m.Key, f.ID); r != nil && r.common == 0 && err == nil {
		f.rule = r.rule &^ loose
		if !r.allows(f) {
			err = p.redefined(m, f, r)
			f.rule &= genotype | end // it is as declared, but what GT and END are for stays
		}
	}
	if err == nil {
		err = p.numberForm(m, f)
	}
	*list = append(*list, *f)
	return err
}

// redefined is for a reserved key that is declared otherwise.
func (p *headerParser) redefined(m *Meta, f *Field, r *reservation) error {
	fault, attribute, is, reserved := ErrHeaderNumber, "Number", f.Number.String(), r.number.String()
	if f.Type != r.typ {
		fault, attribute, is, reserved = ErrHeaderType, "Type", f.Type.String(), r.typ.String()
	}
	grade := habit
	if slices.Contains(r.tests, values{f.Number, f.Type}) {
		grade = custom
	}
	return p.graded(grade, fault, fmt.Sprintf("%s %s has %s=%s; the specification reserves it with %s", m.Key, f.ID,
		attribute, is, reserved))
}

// numberForm checks whether the file's version has the Number for such a key. It counts all the same.
func (p *headerParser) numberForm(m *Meta, f *Field) error {
	v, detail, grade := p.h.Version, "", habit
	switch kind := f.Number.Kind; {
	case f.Type == Flag && f.Number != flagNumber():
		detail = " and Type=Flag"
		if kind == PerAlt { // the specification's own test files
			grade = custom
		}
	case kind == PerAllele && v.before(2):
		detail = ", which is of VCF 4.2"
	case kind > Unknown && m.Key == "INFO":
		detail = ", which is for FORMAT"
	case kind > Unknown && kind != PerPloidy && v.before(5):
		detail = ", which is of VCF 4.5"
	default:
		return nil
	}
	return p.graded(grade, ErrHeaderNumber, fmt.Sprintf("%s %s has Number=%s%s", m.Key, f.ID, f.Number, detail))
}

// fieldOrder is the order in which a definition names its attributes, before VCF 4.4.
var fieldOrder = [...]string{"ID", "Number", "Type", "Description"}

// parseField reads a definition of which ID, Number and Type are there.
func (p *headerParser) parseField(m *Meta) (*Field, error) {
	f := &Field{Line: m.Line}
	var typ, number string
	for i, to := range []*string{&f.ID, &number, &typ} {
		var err error
		if *to, err = p.required(m, fieldOrder[i]); err != nil {
			return nil, err
		}
	}
	if strings.ContainsAny(f.ID, "\t;=") {
		return nil, p.fail(ErrHeader, m.Key+" has the invalid ID "+quote(f.ID))
	}
	var err error
	if f.Type, err = p.parseType(m, f.ID, typ); err != nil {
		return nil, err
	}
	if f.Number, err = p.parseNumber(m, f.ID, number); err != nil {
		return nil, err
	}
	if f.Number == flagNumber() && f.Type != Flag {
		return nil, p.fail(ErrHeaderNumber, fmt.Sprintf("%s %s has Number=0 and Type=%s", m.Key, f.ID, f.Type))
	}
	f.Description, _ = m.Attr("Description")
	return f, p.fieldForm(m, f.ID)
}

// fieldForm checks of a definition what is not needed to read values.
func (p *headerParser) fieldForm(m *Meta, id string) error {
	if described, err := p.described(m, id); !described {
		return err
	}
	switch {
	case strings.ContainsAny(id, " :"):
		return p.lapse(ErrHeader, m.Key+" has the invalid ID "+quote(id))
	case m.Key == "INFO" && !p.h.Version.before(3) && !validInfoKey(id): // of FORMAT it is noted where it is used
		return p.lapse(ErrHeader, "INFO has the invalid ID "+quote(id))
	}
	for i, key := range fieldOrder {
		if m.Attrs[i].Key != key && p.h.Version.before(4) {
			return p.lapse(ErrHeader, fmt.Sprintf("%s has %s where %s must be", m.Key, m.Attrs[i].Key, key))
		}
	}
	return nil
}

// validInfoKey tells whether VCF 4.3 and later allow an INFO key (1.6.1).
func validInfoKey(id string) bool { return id == "1000G" || validFormatKey([]byte(id)) }

// described checks that a definition has a Description in quotes, and Source and Version too where they must be; if
// not, err is nil if that is read.
func (p *headerParser) described(m *Meta, id string) (ok bool, err error) {
	at := slices.IndexFunc(m.Attrs, func(a Attr) bool { return a.Key == "Description" })
	if at < 0 {
		return false, p.lapse(ErrHeaderNull, m.Key+" has no Description")
	}
	for _, a := range m.Attrs {
		of43 := m.Key == "INFO" && (a.Key == "Source" || a.Key == "Version") && !p.h.Version.before(3)
		if !a.Quoted && (a.Key == "Description" || of43) {
			return false, p.lapse(ErrHeader, fmt.Sprintf("the %s of %s %s is not in quotes", a.Key, m.Key, shorten(id)))
		}
	}
	return true, nil
}

func (p *headerParser) parseType(m *Meta, id, text string) (Type, error) {
	for t, name := range typeNames {
		if text == name {
			return Type(t), nil
		}
	}
	return 0, p.fail(ErrHeaderType, fmt.Sprintf("%s %s has Type=%s", m.Key, id, shorten(text)))
}

func (p *headerParser) parseNumber(m *Meta, id, text string) (Number, error) {
	bad := func() (Number, error) {
		return Number{}, p.fail(ErrHeaderNumber, fmt.Sprintf("%s %s has Number=%s", m.Key, id, shorten(text)))
	}
	if text == "-1" && p.h.Version.before(2) { // how '.' was written before 4.0 and still is by old samtools
		return anyNum, p.lapse(ErrHeaderNumber, fmt.Sprintf("%s %s has Number=-1", m.Key, id))
	}
	for kind, name := range numberNames {
		if text != name || name == "" {
			continue
		}
		if NumberKind(kind) > Unknown && p.h.Version.before(4) {
			return bad()
		}
		return Number{Kind: NumberKind(kind)}, nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return bad()
	}
	return many(int(n)), nil
}

// shorten bounds unquoted input in a message.
func shorten(text string) string { return shortenTo(text, maxQuoted) }

func shortenTo(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

func (p *headerParser) filter(m *Meta) error {
	id, err := p.required(m, "ID")
	if err != nil {
		return err
	}
	description, _ := m.Attr("Description")
	p.h.Filters = append(p.h.Filters, Definition{id, description})
	if described, err := p.described(m, id); !described {
		return err
	}
	if strings.ContainsAny(id, " \t;,") || id == "0" {
		return p.lapse(ErrHeader, "FILTER has the invalid ID "+quote(id))
	}
	return p.optionalFieldAttrs(m)
}

// altKinds are the prefixes that a compound ALT ID may have, as in DEL:ME:ALU
// (VCF 4.2 and 4.3, section 1.2.5).
var altKinds = map[string]bool{"DEL": true, "INS": true, "DUP": true, "INV": true, "CNV": true, "BND": true}

func (p *headerParser) alt(m *Meta) error {
	id, err := p.required(m, "ID")
	if err != nil {
		return err
	}
	description, _ := m.Attr("Description")
	p.h.Alts = append(p.h.Alts, Definition{id, description})
	if strings.ContainsAny(id, " \t<>,") {
		return p.lapse(ErrHeader, "ALT has the invalid ID "+quote(id))
	}
	if kind, _, compound := strings.Cut(id, ":"); compound && !altKinds[kind] {
		return p.lapse(ErrHeader, "ALT "+quote(id)+" does not begin with DEL, INS, DUP, INV, CNV or BND")
	}
	if described, err := p.described(m, id); !described {
		return err
	}
	return p.optionalFieldAttrs(m)
}

// optionalFieldAttrs checks Number and Type, and the order of ID, Number, Type and Description, in lines that need not
// have them all.
func (p *headerParser) optionalFieldAttrs(m *Meta) error {
	next := 0
	for _, a := range m.Attrs {
		at := slices.Index(fieldOrder[:], a.Key)
		if at < 0 {
			continue
		}
		if at < next && m.Key != "META" && p.h.Version.before(4) { // the specification's own example of META has Type first
			return p.lapse(ErrHeader, m.Key+" has "+a.Key+" after "+fieldOrder[next-1])
		}
		next = max(next, at+1)
		id, _ := m.Attr("ID")
		var err error
		switch a.Key {
		case "Number":
			_, err = p.parseNumber(m, id, a.Value)
		case "Type":
			_, err = p.parseType(m, id, a.Value)
		}
		if err != nil {
			fault, detail := split(err.(*ParseError).Err)
			return p.lapse(fault, detail)
		}
	}
	return nil
}

func (p *headerParser) contig(m *Meta) error {
	id, err := p.required(m, "ID")
	if err != nil {
		return err
	}
	if !validContig(id) {
		return p.fail(ErrHeader, "contig has the invalid ID "+quote(id))
	}
	c := Contig{ID: id}
	if text, ok := m.Attr("length"); ok {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/2 {
			if err := p.lapse(ErrHeader, fmt.Sprintf("contig %s has length=%s", shorten(id), shorten(text))); err != nil {
				return err
			}
			n = 0
		}
		c.Length = n
	}
	p.h.Contigs = append(p.h.Contigs, c)
	return nil
}

// sampleMeta checks META, SAMPLE and PEDIGREE lines, of which nothing is used.
func (p *headerParser) sampleMeta(m *Meta) error {
	if !p.strict(m.Key) {
		return nil
	}
	if id, _ := m.Attr("ID"); id == "" && (m.Key != "PEDIGREE" || !p.h.Version.before(3)) {
		return p.lapse(ErrHeaderNull, m.Key+" has no ID")
	}
	for _, a := range m.Attrs {
		if m.Key != "META" && !a.Quoted && strings.ContainsAny(a.Value, " \t") {
			return p.lapse(ErrHeader, fmt.Sprintf("%s has white space in %s=%s", m.Key, a.Key, quote(a.Value)))
		}
		if m.Key == "PEDIGREE" && !a.Quoted && strings.Contains(a.Value, ":") {
			return p.lapse(ErrHeader, fmt.Sprintf("PEDIGREE has a colon in %s=%s", a.Key, quote(a.Value)))
		}
		if m.Key == "META" && a.Key == "Values" && !strings.HasPrefix(a.Value, "[") {
			return p.lapse(ErrHeader, "the Values of META are not in square brackets")
		}
		if m.Key == "SAMPLE" && a.Key == "ID" && strings.ContainsAny(a.Value, "*") {
			return p.lapse(ErrHeader, "SAMPLE has the invalid ID "+quote(a.Value))
		}
	}
	if m.Key == "META" {
		return p.optionalFieldAttrs(m)
	}
	return nil
}

// url checks that the host of an URL is a name or an address, not a number.
func (p *headerParser) url(m *Meta) error {
	if strings.HasPrefix(m.Value, "<") {
		if len(m.Attrs) == 0 && strings.Trim(m.Value, "<> ") == "" {
			return p.lapse(ErrHeader, "the value of ##"+m.Key+" is empty")
		}
		return nil
	}
	_, rest, ok := strings.Cut(m.Value, "://")
	if !ok {
		return nil
	}
	host, _, _ := strings.Cut(rest, "/")
	host = host[strings.LastIndexByte(host, '@')+1:]
	host, _, _ = strings.Cut(host, ":")
	if host == "" && !strings.HasPrefix(m.Value, "file:") || host != "" && strings.Trim(host, "0123456789") == "" {
		return p.lapse(ErrHeader, fmt.Sprintf("##%s holds an URL without a host name: %s", m.Key, quote(m.Value)))
	}
	return nil
}

// validContig tells whether a contig name can be in a file: printable, without the
// characters that would end it. Names of the HLA contigs of GRCh38 hold ':' and '*'.
func validContig[T ~string | ~[]byte](name T) bool {
	if len(name) == 0 {
		return false
	}
	if name[0] == '<' { // a contig of the assembly file
		if len(name) < 3 || name[len(name)-1] != '>' {
			return false
		}
		name = name[1 : len(name)-1]
	}
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c <= ' ' || c == 0x7f, c == ',', c == '<', c == '>', c == '"', c == '#' && i == 0:
			return false
		}
	}
	return true
}
