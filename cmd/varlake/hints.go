package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/varlake/varlake/internal/act/upkeep"
	"github.com/varlake/varlake/internal/state/meta"
)

// hints are the flags of varlake serve that messages are about: what a server was started with no other command can
// change. $1 stands for what the message names.
var hints = []struct {
	message *regexp.Regexp
	flag    string // of varlake serve
	own     string // how the server inside a command is told; empty: it is not
}{
	{regexp.MustCompile(`accepted with --relax ([a-z,-]+)`), "--relax $1", "--relax $1"},
	{regexp.MustCompile(`bucket ([^ ]+) is not configured`), "--bucket $1=DIR, or with --s3-endpoint URL or --s3", ""},
	{regexp.MustCompile(`limit of \d+ variant stores`), "--quota variant-stores=N", quotaVariable + "=variant-stores=N"},
	{regexp.MustCompile(`limit of \d+ annotation stores`), "--quota annotation-stores=N",
		quotaVariable + "=annotation-stores=N"},
	{regexp.MustCompile(`limit of \d+ versions`), "--quota annotation-store-versions=N",
		quotaVariable + "=annotation-store-versions=N"},
	{regexp.MustCompile(`limit of \d+ references`), "--quota references=N", quotaVariable + "=references=N"},
	{regexp.MustCompile(`limit of \d+ shares`), "--quota shares-per-store=N", quotaVariable + "=shares-per-store=N"},
	{regexp.MustCompile(`limit of \d+ concurrent import jobs`), "--quota concurrent-jobs=N",
		quotaVariable + "=concurrent-jobs=N"},
	{regexp.MustCompile(`annotation import job can have at most \d+ files`), "--quota annotation-files-per-job=N",
		quotaVariable + "=annotation-files-per-job=N"},
	{regexp.MustCompile(`An import job can have at most \d+ files`), "--quota files-per-job=N",
		quotaVariable + "=files-per-job=N"},
	{regexp.MustCompile(`Rate exceeded`), "--rate OPERATION=PER_SECOND", ""},
	{regexp.MustCompile(`the file has \d+ bytes; the limit is`), "--max-item-bytes N", ""},
	{regexp.MustCompile(`the reference has more than \d+ bytes`), "--max-reference-bytes N", ""},
	{regexp.MustCompile(`the query needs more memory than it may use`), "--query-memory BYTES", ""},
	{regexp.MustCompile(`the query took longer than it may`), "--query-timeout DURATION", ""},
}

// mends are what messages say is not there or not whole, and the commands that make it.
var mends = []struct {
	message *regexp.Regexp
	ways    string
}{
	{regexp.MustCompile(`Variant store with name: ([^ ]+) was not found`),
		"varlake store list names those that there are; to make it: varlake reference import FASTA, then varlake store create $1 --reference REFERENCE"},
	{regexp.MustCompile(`database disk image is malformed`), "varlake.db is damaged: " + upkeep.DamageWay},
	{regexp.MustCompile(`Annotation store with name: ([^ ]+) was not found`),
		"varlake annotation list names those that there are; to make it: varlake annotation create $1 --format vcf|gff|tsv"},
}

// whose is the server that a message is from.
type whose int

const (
	runningServer whose = iota // of varlake serve
	ownServer                  // inside the command
	otherServer                // inside another command
)

// hint says with which flag of varlake serve a message has it that something were different, or which commands make
// what is not there or not whole; empty when it is about neither.
func hint(message string, of whose) string {
	for _, m := range mends {
		if at := m.message.FindStringSubmatchIndex(message); at != nil {
			return string(m.message.ExpandString(nil, m.ways, message, at))
		}
	}
	for _, h := range hints {
		at := h.message.FindStringSubmatchIndex(message)
		if at == nil {
			continue
		}
		expand := func(template string) string { return string(h.message.ExpandString(nil, template, message, at)) }
		first := ""
		if of == otherServer {
			first = "another command decides as long as it runs; once it has ended, "
		}
		switch {
		case of == runningServer:
			return "it is the server that decides: start it again with varlake serve " + expand(h.flag)
		case h.own == "":
			return first + "that is for a server to be told: varlake serve " + expand(h.flag)
		case strings.HasPrefix(h.own, "--"): // the command's own flag, which the message names
			return ""
		}
		return first + "set " + expand(h.own) + ", or run varlake serve " + expand(h.flag)
	}
	return ""
}

// hinted adds to an error the hint for it, on a line of its own.
func hinted(err error, of whose) error {
	if err == nil || errors.Is(err, errFinishedWithFailures) || meta.IsDamaged(err) {
		return err
	}
	if text := hint(err.Error(), of); text != "" {
		return fmt.Errorf("%w\nhint: %s", err, text)
	}
	return err
}
