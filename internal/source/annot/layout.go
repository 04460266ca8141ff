package annot

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Type is the type of a column of a TSV store.
type Type int

// The types of the API's SchemaValueType.
const (
	String  Type = iota
	Int          // 32 bits
	Long         // 64 bits
	Float        // 32 bits
	Double       // 64 bits
	Boolean      // true or false
)

var typeNames = [...]string{"STRING", "INT", "LONG", "FLOAT", "DOUBLE", "BOOLEAN"}

// String returns the API's name of the type.
func (t Type) String() string {
	if t < 0 || int(t) >= len(typeNames) {
		return fmt.Sprintf("Type(%d)", int(t))
	}
	return typeNames[t]
}

// parseType returns the type of a name of the API, such as "LONG".
func parseType(name string) (t Type, ok bool) {
	i := slices.Index(typeNames[:], name)
	return Type(max(i, 0)), i >= 0
}

// Column is a column of a table.
type Column struct {
	Name string
	Type Type
}

// Layout says what the rows of a TSV store are: tsvStoreOptions in the API.
type Layout struct {
	Schema         []Column
	AnnotationType string            // the API's text; any other, and none, means GENERIC
	FormatToHeader map[string]string // CHR, POS, START, END, REF and ALT to the header's name, as the user wrote it
}

// The keys of FormatToHeader.
const (
	chr = iota
	pos
	start
	end
	ref
	alt
	roles // their number
)

var roleNames = [roles]string{"CHR", "POS", "START", "END", "REF", "ALT"}

// coordinates is what an annotation type says of a row (section 1.5 of our notes).
type coordinates struct {
	roles   []int // that FormatToHeader must name
	oneBase bool  // POS or START is 1-based in the file
	addsEnd bool  // the table gets a column "end"
}

var generic = &coordinates{}

var annotationTypes = map[string]*coordinates{
	"CHR_POS":                         {[]int{chr, pos}, true, true},
	"CHR_POS_REF_ALT":                 {[]int{chr, pos, ref, alt}, true, true},
	"CHR_START_END_ONE_BASE":          {[]int{chr, start, end}, true, false},
	"CHR_START_END_REF_ALT_ONE_BASE":  {[]int{chr, start, end, ref, alt}, true, false},
	"CHR_START_END_ZERO_BASE":         {[]int{chr, start, end}, false, false},
	"CHR_START_END_REF_ALT_ZERO_BASE": {[]int{chr, start, end, ref, alt}, false, false},
}

func (l *Layout) coordinates() *coordinates {
	if c := annotationTypes[l.AnnotationType]; c != nil {
		return c
	}
	return generic
}

// HasAlleles tells whether rows have a reference and alternate alleles, so that
// they can be left-normalised.
func (l *Layout) HasAlleles() bool { return slices.Contains(l.coordinates().roles, ref) }

// Columns returns the table's columns that a row fills, in order: the schema's with
// names in lower case and, for CHR_POS and CHR_POS_REF_ALT, "end". The caller adds
// importjobid and information.
//
// "end" is an INT, as in AWS's tables, though POS may be a LONG: a row whose end is
// beyond 2,147,483,647 is refused by Row rather than wrapped.
func (l *Layout) Columns() []Column {
	columns := make([]Column, 0, len(l.Schema)+1)
	for _, c := range l.Schema {
		columns = append(columns, Column{strings.ToLower(c.Name), c.Type})
	}
	if l.coordinates().addsEnd {
		columns = append(columns, Column{"end", Int})
	}
	return columns
}

// Check tells what is wrong with a layout, in words for the API's user. Keys of
// FormatToHeader that the annotation type does not require mean nothing.
func (l *Layout) Check() error {
	if len(l.Schema) == 0 {
		return errors.New("schema must have at least one column")
	}
	addsEnd := l.coordinates().addsEnd
	seen := make(map[string]bool, len(l.Schema))
	for _, c := range l.Schema {
		name := strings.ToLower(c.Name)
		switch {
		case !isColumnName(name):
			return fmt.Errorf("schema: %s is not a column name of 1 to 255 letters, digits and underscores", quote(c.Name))
		case c.Type < String || c.Type > Boolean:
			return fmt.Errorf("schema: column %s has no type", name)
		case seen[name]:
			return fmt.Errorf("schema: column %s is there twice", name)
		case name == "importjobid", name == "information", name == "end" && addsEnd:
			return fmt.Errorf("schema: column %s clashes with the column of that name that every table%s gets", name,
				ofType(l.AnnotationType, name))
		}
		seen[name] = true
	}
	for key := range l.FormatToHeader {
		if !slices.Contains(roleNames[:], key) {
			return fmt.Errorf("formatToHeader: %s is not one of CHR, START, END, REF, ALT, POS", quote(key))
		}
	}
	_, err := l.resolve()
	return err
}

// ofType tells for which tables an added column is.
func ofType(annotationType, column string) string {
	if column == "end" {
		return " of annotationType " + annotationType
	}
	return ""
}

func isColumnName(name string) bool {
	for i := range len(name) {
		if c := name[i]; c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return 0 < len(name) && len(name) <= 255
}

// resolve finds the schema's columns that FormatToHeader names for the roles of the
// annotation type; -1 for the other roles.
func (l *Layout) resolve() (at [roles]int, err error) {
	for i := range at {
		at[i] = -1
	}
	required := l.coordinates().roles
	for _, role := range required {
		key := roleNames[role]
		header, ok := l.FormatToHeader[key]
		if !ok {
			return at, fmt.Errorf("formatToHeader must name the column of %s: annotationType %s requires %s", key,
				l.AnnotationType, listRoles(required))
		}
		name := columnName([]byte(header))
		at[role] = slices.IndexFunc(l.Schema, func(c Column) bool { return strings.ToLower(c.Name) == name })
		if at[role] < 0 {
			return at, fmt.Errorf("formatToHeader: %s is %s, which is not a column of the schema", key, quote(header))
		}
		c := l.Schema[at[role]]
		switch role {
		case chr, ref, alt:
			if c.Type != String {
				return at, fmt.Errorf("formatToHeader: %s is column %s of type %v; it must be STRING", key, name, c.Type)
			}
		default:
			if c.Type != Int && c.Type != Long {
				return at, fmt.Errorf("formatToHeader: %s is column %s of type %v; it must be INT or LONG", key, name, c.Type)
			}
		}
		for _, other := range required {
			if other < role && at[other] == at[role] {
				return at, fmt.Errorf("formatToHeader: %s and %s are both column %s", roleNames[other], key, name)
			}
		}
	}
	return at, nil
}

func listRoles(required []int) string {
	var names []string
	for _, role := range required {
		names = append(names, roleNames[role])
	}
	return strings.Join(names, ", ")
}
