package vcf

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// metaLine takes one meta line, without its leading ##. A faulty one is passed over if that is relaxed: its key then is as if not
// declared.
func (p *headerParser) metaLine(text string) error {
	err := p.meta(text)
	if fault, ok := err.(*ParseError); ok && !errors.Is(err, ErrHeaderTooLarge) {
		fault.Rule = RuleHeader
		return p.h.notes.Forgive(p.opt.Relaxed, fault)
	}
	return err
}

// meta takes one meta line.
func (p *headerParser) meta(text string) error {
	key, value, ok := strings.Cut(text, "=")
	if !ok || key == "" {
		return p.fail(ErrHeader, quote("##"+text)+" is not ##key=value")
	}
	if value == "" {
		return p.fail(ErrHeader, "the value of ##"+key+" is empty")
	}
	if len(p.h.Meta) == p.opt.MaxLines {
		return p.fail(ErrHeaderTooLarge, fmt.Sprintf("a header may hold %d lines", p.opt.MaxLines))
	}
	m := Meta{Line: p.h.Lines, Key: key, Value: value}
	if strings.HasPrefix(value, "<") {
		attrs, err := parseAttrs(value)
		if p.attrs += len(attrs); p.attrs > p.opt.MaxAttrs {
			return p.fail(ErrHeaderTooLarge, fmt.Sprintf("a header may hold %d attributes", p.opt.MaxAttrs))
		}
		switch {
		case err == nil:
			m.Attrs = attrs
		case p.strict(key):
			return p.fail(ErrHeader, key+": "+err.Error())
		}
	} else if p.strict(key) {
		return p.fail(ErrHeader, key+" is not of the form <key=value,...>")
	}
	p.h.Meta = append(p.h.Meta, m)
	switch key {
	case "fileformat":
		return p.fail(ErrHeader, "##fileformat occurs twice")
	case "INFO", "FORMAT":
		return p.field(&m)
	case "FILTER":
		return p.filter(&m)
	case "ALT":
		return p.alt(&m)
	case "contig":
		return p.contig(&m)
	case "META", "SAMPLE", "PEDIGREE":
		return p.sampleMeta(&m)
	case "assembly", "pedigreeDB":
		return p.url(&m)
	}
	return nil
}

// strict tells the keys whose values must be well-formed structures. Before 4.2
// SAMPLE and PEDIGREE had no fixed form.
func (p *headerParser) strict(key string) bool {
	switch key {
	case "INFO", "FORMAT", "FILTER", "ALT", "contig":
		return true
	case "SAMPLE", "PEDIGREE":
		return !p.h.Version.before(2)
	case "META":
		return !p.h.Version.before(3)
	}
	return false
}

// maxAttrs bounds the attributes of a meta line.
const maxAttrs = 200

// parseAttrs parses <key=value,key="value",...>. White space around a pair is
// ignored, and so is text after '=' up to the next comma outside of quotes.
func parseAttrs(text string) ([]Attr, error) {
	if !strings.HasSuffix(text, ">") {
		return nil, errors.New("there is no closing >")
	}
	text = strings.TrimSpace(text[1 : len(text)-1])
	attrs := make([]Attr, 0, min(strings.Count(text, "="), 8))
	for text != "" {
		key, rest, ok := strings.Cut(text, "=")
		key = strings.TrimSpace(key)
		if !ok || key == "" || strings.ContainsAny(key, ",\"<> ") {
			return nil, fmt.Errorf("%s is not key=value", quote(text))
		}
		a := Attr{Key: key}
		var err error
		switch {
		case strings.HasPrefix(rest, `"`):
			a.Quoted = true
			a.Value, rest, err = cutQuoted(rest)
		case strings.HasPrefix(rest, "["):
			a.Value, rest, err = cutBracketed(rest)
		default:
			a.Value, rest = cutPlain(rest)
		}
		if err != nil {
			return nil, fmt.Errorf("%s %w", key, err)
		}
		for i := range attrs {
			if attrs[i].Key == key {
				return nil, fmt.Errorf("%s occurs twice", key)
			}
		}
		if attrs = append(attrs, a); len(attrs) > maxAttrs {
			return nil, fmt.Errorf("there are more than %d attributes", maxAttrs)
		}
		rest = strings.TrimSpace(rest)
		if rest == "" {
			break
		}
		if rest[0] != ',' {
			return nil, fmt.Errorf("%s is followed by %s; a quote inside a value is written \\\"", key, quote(rest))
		}
		text = strings.TrimSpace(rest[1:])
	}
	if len(attrs) == 0 {
		return nil, errors.New("<> is empty")
	}
	return attrs, nil
}

// cutQuoted takes a quoted value off the front of text and removes its
// escapes \" and \\.
func cutQuoted(text string) (value, rest string, err error) {
	escaped := false
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			escaped = true
			i++
		case '"':
			value = text[1:i]
			if escaped {
				value = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(value)
			}
			return value, text[i+1:], nil
		}
	}
	return "", "", errors.New("has no closing quote")
}

// cutBracketed takes a [list] off the front of text.
func cutBracketed(text string) (value, rest string, err error) {
	i := strings.IndexByte(text, ']')
	if i < 0 {
		return "", "", errors.New("has no closing ]")
	}
	return text[:i+1], text[i+1:], nil
}

func cutPlain(text string) (value, rest string) {
	if i := strings.IndexByte(text, ','); i >= 0 {
		return strings.TrimSpace(text[:i]), text[i:]
	}
	return strings.TrimSpace(text), ""
}

// required returns an attribute that must be there.
func (p *headerParser) required(m *Meta, key string) (string, error) {
	value, ok := m.Attr(key)
	switch {
	case !ok && key == "ID": // AWS's word for what is no definition at all
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
	list, reserved := &p.h.Infos, reservedInfo
	if m.Key == "FORMAT" {
		list, reserved = &p.h.Formats, reservedFormat
		if f.Type == Flag {
			return p.fail(ErrHeaderType, "FORMAT "+f.ID+" has Type=Flag")
		}
	}
	r, ok := reserved[f.ID]
	switch {
	case !ok:
	case !r.allowsType(f.Type):
		err = p.fail(ErrHeaderType, fmt.Sprintf("%s %s has Type=%s; the specification reserves it with %s", m.Key, f.ID, f.Type, r.typ))
	case !r.allowsNumber(f.Number):
		err = p.fail(ErrHeaderNumber, fmt.Sprintf("%s %s has Number=%s; the specification reserves it with %s", m.Key, f.ID, f.Number, r.number))
	}
	if f.rule = r.rule; err != nil {
		if !p.opt.Relaxed.Has(RuleHeader) {
			return err
		}
		f.rule &= genotype | end // it is as declared, but what GT and END are for stays
	}
	*list = append(*list, *f)
	return err
}

// fieldOrder is the order in which a definition must name its attributes.
var fieldOrder = [...]string{"ID", "Number", "Type", "Description"}

func (p *headerParser) parseField(m *Meta) (*Field, error) {
	for i, key := range fieldOrder {
		if _, err := p.required(m, key); err != nil {
			return nil, err
		}
		if m.Attrs[i].Key != key {
			return nil, p.fail(ErrHeader, fmt.Sprintf("%s has %s where %s must be", m.Key, m.Attrs[i].Key, key))
		}
	}
	f := &Field{ID: m.Attrs[0].Value, Description: m.Attrs[3].Value, Line: m.Line}
	if strings.ContainsAny(f.ID, " \t;:=") {
		return nil, p.fail(ErrHeader, m.Key+" has the invalid ID "+quote(f.ID))
	}
	if !m.Attrs[3].Quoted {
		return nil, p.fail(ErrHeader, fmt.Sprintf("the Description of %s %s is not in quotes", m.Key, f.ID))
	}
	var err error
	if f.Type, err = p.parseType(m, f.ID, m.Attrs[2].Value); err != nil {
		return nil, err
	}
	if f.Number, err = p.parseNumber(m, f.ID, m.Attrs[1].Value); err != nil {
		return nil, err
	}
	if f.Number == flagNumber() && f.Type != Flag {
		if r, ok := reservedInfo[f.ID]; ok && m.Key == "INFO" && r.typ == Flag {
			return nil, p.fail(ErrHeaderType, fmt.Sprintf("INFO %s has Type=%s; the specification reserves it with Flag", f.ID, f.Type))
		}
		return nil, p.fail(ErrHeaderNumber, fmt.Sprintf("%s %s has Number=0 and Type=%s", m.Key, f.ID, f.Type))
	}
	return f, nil
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
	if text == "-1" && p.h.Version.before(2) {
		return anyNum, nil // how '.' was written before 4.0 and still is by old samtools
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
	return nil
}

// altKinds are the prefixes that a compound ALT ID may have, as in DEL:ME:ALU
// (VCF 4.2 and 4.3, section 1.2.5).
var altKinds = map[string]bool{"DEL": true, "INS": true, "DUP": true, "INV": true, "CNV": true, "BND": true}

func (p *headerParser) alt(m *Meta) error {
	id, err := p.required(m, "ID")
	if err != nil {
		return err
	}
	if strings.ContainsAny(id, " \t<>,") {
		return p.fail(ErrHeader, "ALT has the invalid ID "+quote(id))
	}
	if kind, _, compound := strings.Cut(id, ":"); compound && !altKinds[kind] {
		return p.fail(ErrHeader, "ALT "+quote(id)+" does not begin with DEL, INS, DUP, INV, CNV or BND")
	}
	if err := p.orderedFieldAttrs(m); err != nil {
		return err
	}
	for _, a := range m.Attrs {
		if a.Key == "Description" && !a.Quoted {
			return p.fail(ErrHeader, "the Description of ALT "+id+" is not in quotes")
		}
	}
	description, _ := m.Attr("Description")
	p.h.Alts = append(p.h.Alts, Definition{id, description})
	return nil
}

// orderedFieldAttrs checks ID, Number, Type and Description of lines that need not
// have them all.
func (p *headerParser) orderedFieldAttrs(m *Meta) error {
	id, _ := m.Attr("ID")
	next := 0
	for _, a := range m.Attrs {
		at := 0
		for at < len(fieldOrder) && fieldOrder[at] != a.Key {
			at++
		}
		if at == len(fieldOrder) {
			continue
		}
		if at < next {
			return p.fail(ErrHeader, m.Key+" has "+a.Key+" after "+fieldOrder[next-1])
		}
		next = at + 1
		var err error
		switch a.Key {
		case "Number":
			_, err = p.parseNumber(m, id, a.Value)
		case "Type":
			_, err = p.parseType(m, id, a.Value)
		}
		if err != nil {
			return err
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
			return p.fail(ErrHeader, fmt.Sprintf("contig %s has length=%s", shorten(id), shorten(text)))
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
	if m.Key != "PEDIGREE" || !p.h.Version.before(3) {
		if _, err := p.required(m, "ID"); err != nil {
			return err
		}
	}
	for _, a := range m.Attrs {
		if m.Key != "META" && !a.Quoted && strings.ContainsAny(a.Value, " \t") {
			return p.fail(ErrHeader, fmt.Sprintf("%s has white space in %s=%s", m.Key, a.Key, quote(a.Value)))
		}
		if m.Key == "PEDIGREE" && !a.Quoted && strings.Contains(a.Value, ":") {
			return p.fail(ErrHeader, fmt.Sprintf("PEDIGREE has a colon in %s=%s", a.Key, quote(a.Value)))
		}
		if m.Key == "META" && a.Key == "Values" && !strings.HasPrefix(a.Value, "[") {
			return p.fail(ErrHeader, "the Values of META are not in square brackets")
		}
		if m.Key == "SAMPLE" && a.Key == "ID" && strings.ContainsAny(a.Value, "*") {
			return p.fail(ErrHeader, "SAMPLE has the invalid ID "+quote(a.Value))
		}
	}
	if m.Key == "META" {
		return p.orderedFieldAttrs(m)
	}
	return nil
}

// url checks that the host of an URL is a name or an address, not a number.
func (p *headerParser) url(m *Meta) error {
	if strings.HasPrefix(m.Value, "<") {
		if len(m.Attrs) == 0 && strings.Trim(m.Value, "<> ") == "" {
			return p.fail(ErrHeader, "the value of ##"+m.Key+" is empty")
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
		return p.fail(ErrHeader, fmt.Sprintf("##%s holds an URL without a host name: %s", m.Key, quote(m.Value)))
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
