package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/varlake/varlake/internal/wire/omics"
)

// vcfColumns are what variant stores have for the names that VCF gives columns and fields.
var vcfColumns = map[string]string{
	"chrom": "contigname", "pos": "start, which is POS - 1", "id": "names", "ref": "referenceallele",
	"alt":    "alternatealleles",
	"filter": "filters", "info": "attributes", "sample": "sampleid", "gt": "calls",
}

// What the query engine says of names and values in other words than users think of them.
var (
	noSchemaWords = regexp.MustCompile(`^SHOW, DESCRIBE or SUMMARIZE is not allowed`)
	textAsNumber  = regexp.MustCompile(`^Could not convert string '.*' to \w+ when casting from source column (\w+)`)
	noColumn      = regexp.MustCompile(
		`^Referenced column "([^"]+)" not found|^Values list "[^"]*" does not have a column named "([^"]+)"`)
)

// sqlHint says what to write in the place of what a statement was refused for; empty when that is not known.
func sqlHint(sql, message string) string {
	if noSchemaWords.MatchString(message) {
		return "varlake store list names the stores, SELECT * FROM STORE LIMIT 0 a store's columns; docs/schema.md tells what they hold"
	}
	if at := textAsNumber.FindStringSubmatch(message); at != nil {
		return fmt.Sprintf("column %s is text, whose values stand in single quotes: '17'", at[1])
	}
	at := noColumn.FindStringSubmatch(message)
	if at == nil {
		return ""
	}
	name := at[1] + at[2]
	switch column := vcfColumns[strings.ToLower(name)]; {
	case column != "":
		return fmt.Sprintf("%s of a VCF file is column %s (docs/schema.md)", strings.ToUpper(name), column)
	case strings.Contains(sql, `"`+name+`"`):
		return fmt.Sprintf(`in double quotes stands a column's name; a text stands in single ones: '%s'`, name)
	}
	return ""
}

// withSQLHint adds to a refused statement's error the hint for it, on a line of its own.
func withSQLHint(sql string, err error) error {
	var answer *omics.Error
	if !errors.As(err, &answer) {
		return err
	}
	if text := sqlHint(sql, answer.Message); text != "" {
		return fmt.Errorf("%w\nhint: %s", err, text)
	}
	return err
}
