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

// What is said of names and values in other words than users think of them, by Trino's dialect and then by DuckDB's.
var (
	reservedEnd  = regexp.MustCompile(`^SYNTAX_ERROR: line \d+:\d+: mismatched input '(?i:end)'`)
	noColumn     = regexp.MustCompile(`^COLUMN_NOT_FOUND: line \d+:\d+: Column '(?:[^']*\.)?([^'.]+)' cannot be resolved`)
	textByNumber = regexp.MustCompile(`^TYPE_MISMATCH: line \d+:\d+: Cannot apply operator: ` +
		`(?:varchar(?:\(\d+\))? \S+ (?:integer|bigint)|(?:integer|bigint) \S+ varchar(?:\(\d+\))?)$`)

	noSchemaWords = regexp.MustCompile(`^SHOW, DESCRIBE or SUMMARIZE is not allowed`)
	textAsNumber  = regexp.MustCompile(`^Could not convert string '.*' to \w+ when casting from source column \w+`)
	noDuckColumn  = regexp.MustCompile(
		`^Referenced column "([^"]+)" not found|^Values list "[^"]*" does not have a column named "([^"]+)"`)
)

// sqlHint says what to write in the place of what a statement was refused for; empty when that is not known.
func sqlHint(sql, message string) string {
	switch {
	case reservedEnd.MatchString(message):
		return `the column is written "end", in double quotes, since the word is reserved`
	case textByNumber.MatchString(message), textAsNumber.MatchString(message):
		return "what is text, as contigname is, is compared with text, which stands in single quotes: '17'"
	case noSchemaWords.MatchString(message):
		return "Trino's dialect has SHOW TABLES and DESCRIBE STORE; docs/schema.md tells what the columns hold"
	}
	name := ""
	if at := noColumn.FindStringSubmatch(message); at != nil {
		name = at[1]
	} else if at := noDuckColumn.FindStringSubmatch(message); at != nil {
		name = at[1] + at[2]
	}
	if name == "" {
		return ""
	}
	switch column := vcfColumns[strings.ToLower(name)]; {
	case column != "":
		return fmt.Sprintf("%s of a VCF file is column %s (docs/schema.md)", strings.ToUpper(name), column)
	case strings.Contains(strings.ToLower(sql), `"`+strings.ToLower(name)+`"`):
		return "in double quotes stands a column's name; a text stands in single ones"
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
