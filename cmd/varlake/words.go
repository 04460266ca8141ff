package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/varlake/varlake/internal/wire/omics"
)

// words is an error as the command line says it: with arguments and flags, not the members of requests, and without the
// names of exceptions.
func words(err error) string {
	var answer *omics.Error
	if errors.Is(err, context.Canceled) {
		return strings.ReplaceAll(err.Error(), context.Canceled.Error(), "interrupted")
	}
	if !errors.As(err, &answer) {
		return err.Error()
	}
	text := idWords.Replace(flagWords.Replace(answer.Message))
	switch {
	case len(answer.Violations) > 0:
		text = strings.Join(violationWords(answer.Violations), "; ")
	case text == "":
		text = "the request was refused"
	}
	return strings.Replace(err.Error(), answer.Error(), text, 1) // what stands around it stays
}

// flagWords are the flags for the API's members that messages name.
var flagWords = strings.NewReplacer(
	"storeOptions.tsvStoreOptions with a schema", "columns: --column NAME:TYPE for each",
	"storeOptions.tsvStoreOptions do not", "--column, --type and --map do not",
	"versionOptions.tsvVersionOptions do not", "--column, --type and --map do not",
	"storeOptions.tsvStoreOptions: ", "", "versionOptions.tsvVersionOptions: ", "",
	"formatToHeader", "--map", "annotationType ", "--type ", "column of the schema", "column (--column)", "schema: ",
	"--column: ", "schema must", "--column must",
	"formatOptions.tsvOptions do not", "--sep, --no-header and the like do not", "formatOptions.vcfOptions do not",
	"--ignore-filter and --ignore-qual do not",
	"formatOptions.tsvOptions.", "", "readOptions.lineSep", "--line-sep", "readOptions.", "--", "runLeftNormalization",
	"--normalize",
)

// idWords are the arguments for the API's members that messages name.
var idWords = strings.NewReplacer(
	" with jobId: ", " with id: ", " with shareId: ", " with id: ", " with versionName: ", " with name: ",
)

// judgedThere are refusals of flags that only the server can judge, which knows the table's contigs and samples.
var judgedThere = regexp.MustCompile(`^".*" is not a region: |^Sample ".*" is asked for twice`)

// aboutFlags reports whether a request was refused for what the command line gave, not for how things are: then its
// message names members that have flags.
func aboutFlags(answer *omics.Error) bool {
	return answer.Code == omics.CodeValidation &&
		(flagWords.Replace(answer.Message) != answer.Message || judgedThere.MatchString(answer.Message))
}

// readHints are how the statusMessages of import jobs tell what the API's options and, after them, the command line's
// would be.
var readHints = []struct {
	api *regexp.Regexp
	cli string
}{
	{regexp.MustCompile(`(name it|name them): annotationFields \{[^}]*\}, or --`), "$1: --"},
	{regexp.MustCompile(`it needs readOptions \{[^}]*\}(?: and annotationFields \{[^}]*\})?, or `), "it needs "},
	{regexp.MustCompile(`set readOptions\.\w+ to (?:"[^"]*"|\w+), or --`), "give --"},
	{regexp.MustCompile(`leave readOptions\.header, or --no-header, out`), "leave --no-header out"},
	{regexp.MustCompile(`readOptions\.quote to "\\u0000"`), `--quote to ""`},
	{regexp.MustCompile(`GetVariantImportJob and (varlake job get) show of it`), "$1 shows of it"},
	{regexp.MustCompile(`readOptions\.lineSep\b`), "--line-sep"},
	{regexp.MustCompile(`readOptions\.(\w+)`), "--$1"},
}

// hintFlags says the hints of a message in flags alone.
func hintFlags(message string) string {
	for _, h := range readHints {
		message = h.api.ReplaceAllString(message, h.cli)
	}
	return message
}

// arguments are what the command line has for the members of requests.
var arguments = []struct {
	path *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`^(name|storeName|destinationName|filter.storeName)$`), "the store's name"},
	{regexp.MustCompile(`^versionNames?$`), "the version's name"},
	{regexp.MustCompile(`^jobId$`), "the job's id"},
	{regexp.MustCompile(`^shareId$`), "the share's id"},
	{regexp.MustCompile(`(\.source|\.sourceFile)$`), "the source"},
	{regexp.MustCompile(`^sources\.\d+\.member\.name$`), "the reference's name (--name)"},
	{regexp.MustCompile(`\.schema`), "--column"},
	{regexp.MustCompile(`\.annotationType$`), "--type"},
	{regexp.MustCompile(`\.formatToHeader`), "--map"},
	{regexp.MustCompile(`\.readOptions\.lineSep$`), "--line-sep"},
	{regexp.MustCompile(`^annotationFields$`), "--vep or --null-value"},
	{regexp.MustCompile(`^roleArn$`), "--role-arn"},
	{regexp.MustCompile(`^filter\.status$`), "--status"},
	{regexp.MustCompile(`^principalSubscriber$`), "--with"},
	{regexp.MustCompile(`^shareName$`), "--name"},
	{regexp.MustCompile(`^storeFormat$`), "--format"},
	{regexp.MustCompile(`^resourceArn$`), "the store"},
	{regexp.MustCompile(`(^|\.)reference(Arn|Id|StoreId)$`), "the reference"},
	{regexp.MustCompile(`(?:^|\.)([a-z]+)$`), "--$1"}, // readOptions, description and others are flags of that name
}

// argument is what the user knows a member as.
func argument(path string) string {
	for _, a := range arguments {
		if at := a.path.FindStringSubmatchIndex(path); at != nil {
			return string(a.path.ExpandString(nil, a.name, path, at))
		}
	}
	return path
}

// violationWords says each violated argument once.
func violationWords(violations []omics.Violation) (said []string) {
	for i, v := range violations {
		if slices.ContainsFunc(violations[:i], func(earlier omics.Violation) bool { return earlier.Path == v.Path }) {
			continue
		}
		var demands []string
		for _, same := range violations[i:] {
			if same.Path == v.Path {
				demands = append(demands, same.Constraint)
			}
		}
		said = append(said, fmt.Sprintf("%s must be %s, not %s", argument(v.Path), demandWords(strings.Join(demands, ", ")),
			valueWords(v)))
	}
	return said
}

// valueWords says a refused value: the entries of maps as the flags have them, NAME:TYPE of --column and KEY=VALUE of
// others.
func valueWords(v omics.Violation) string {
	entries := strings.TrimSuffix(strings.TrimPrefix(v.Value, "'{"), "}'")
	if len(entries) != len(v.Value)-len("'{}'") {
		if argument(v.Path) == "--type" {
			return strings.ToLower(v.Value)
		}
		return v.Value
	}
	switch argument(v.Path) {
	case "--column": // types are in capitals in requests alone
		var columns []string
		for _, entry := range strings.Split(entries, ", ") {
			at := strings.LastIndexByte(entry, '=')
			columns = append(columns, entry[:max(at, 0)]+":"+strings.ToLower(entry[at+1:]))
		}
		entries = strings.Join(columns, ", ")
	case "--vep or --null-value":
		if key, value, _ := strings.Cut(entries, "="); (key == "VEP" || key == "nullValue") &&
			!strings.Contains(value, ", ") {
			entries = value
		}
	}
	return "'" + entries + "'"
}

var (
	// the pattern of the names of stores and versions
	storeNames = regexp.MustCompile(`\(\[a-z\]\)\{1\}\(\[a-z0-9_\]\)\{2,254\}`)
	// the pattern of the names of a TSV store's columns, of shares, and of references and what is said of them
	columnNames = regexp.MustCompile(`\[a-z0-9_\]\{1,255\}`)
	shareNames  = regexp.MustCompile(`\[a-zA-Z0-9_-\]\+`)
	printables  = regexp.MustCompile(`^[^,]*pattern: \[\\p\{L\}`) // alone: of a length beside it that is said
	jobIDs      = regexp.MustCompile(`\[a-f0-9\]\{8\}-`)
	sources     = regexp.MustCompile(`pattern: s3://`)
	values      = regexp.MustCompile(`enum value set: \[([^\]]*)\]`)
	longest     = regexp.MustCompile(`less than or equal to (\d+)`)
	shortest    = regexp.MustCompile(`greater than or equal to (\d+)`)
	number      = regexp.MustCompile(`have value `)
)

// demandWords says the constraints of one member.
func demandWords(text string) string {
	switch {
	case storeNames.MatchString(text):
		return "3 to 255 lower-case letters, digits and underscores, beginning with a letter"
	case jobIDs.MatchString(text):
		return "as varlake job list shows it"
	case sources.MatchString(text):
		return "a file or s3://BUCKET/KEY"
	case columnNames.MatchString(text):
		return "NAME:TYPE with a name of 1 to 255 lower-case letters, digits and underscores"
	case shareNames.MatchString(text):
		return "1 to 256 letters, digits, underscores and hyphens"
	case strings.Contains(text, "pattern: arn:"):
		return "an ARN, which begins with arn:"
	case strings.Contains(text, "must not be null"):
		return "given"
	}
	if set := values.FindStringSubmatch(text); set != nil {
		return "one of " + strings.ToLower(set[1])
	}
	unit := " characters"
	if number.MatchString(text) {
		unit = ""
	}
	if printables.MatchString(text) {
		return "without line breaks and other control characters"
	}
	least, most := shortest.FindStringSubmatch(text), longest.FindStringSubmatch(text)
	switch {
	case least != nil && most != nil:
		return least[1] + " to " + most[1] + unit
	case most != nil:
		return "at most " + most[1] + unit
	case least != nil:
		return "at least " + least[1] + unit
	}
	return "of another form"
}
