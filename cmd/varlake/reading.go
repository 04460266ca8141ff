package main

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/varlake/varlake/vcf"
)

// reading is how strictly a server reads VCF files: what the field reads, or with --strict the letter of the
// specification, each but for what --relax lets go.
type reading struct {
	relax  string
	strict bool
}

var relaxUsage = "RULE[,RULE...] of VCF that files may break, counted in statusMessage (environment: VARLAKE_RELAX); RULE is one of " +
	strings.ReplaceAll(vcf.AllRules.String(), ",", ", ") + ", or all"

const strictUsage = "read VCF files by the letter of the specification: refuse what the field's other readers let pass, but for the rules of --relax (environment: VARLAKE_STRICT)"

// addFlags adds the flags; where says of which server.
func (r *reading) addFlags(cmd *cobra.Command, where string) {
	flags := cmd.Flags()
	flags.StringVar(&r.relax, "relax", "", where+relaxUsage)
	flags.BoolVar(&r.strict, "strict", false, where+strictUsage)
}

// given tells which flag was given, if any.
func (r *reading) given() string {
	switch {
	case r.relax != "":
		return "--relax"
	case r.strict:
		return "--strict"
	}
	return ""
}

// rules reads the flags or, without them, the environment's.
func (r *reading) rules() (vcf.Rules, error) {
	rules, err := vcf.ParseRules(cmp.Or(r.relax, os.Getenv("VARLAKE_RELAX")))
	if err != nil {
		return 0, usageError{fmt.Errorf("--relax: %w", err)}
	}
	strict := r.strict
	if text := os.Getenv("VARLAKE_STRICT"); text != "" && !strict {
		if strict, err = strconv.ParseBool(text); err != nil {
			return 0, usageError{fmt.Errorf("VARLAKE_STRICT is true or false, not %q", text)}
		}
	}
	if strict {
		return rules, nil
	}
	return rules | vcf.Customary, nil
}

// errRunning is for a flag that a server which runs already cannot be given.
func (r *reading) errRunning() error {
	flag := r.given()
	restart := flag
	if r.relax != "" {
		restart += " " + r.relax
	}
	return usageError{fmt.Errorf(
		"%s is for a server that runs inside the command; the one that runs on the data folder has its own: "+
			"start it again with varlake serve %s", flag, restart)}
}
