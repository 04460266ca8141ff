package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/varlake/varlake/internal/act/ops"
	"github.com/varlake/varlake/internal/edge/httpapi"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// quotas names the limits that --quota sets.
func quotas(l *ops.Limits) map[string]*int {
	return map[string]*int{
		"variant-stores":            &l.VariantStores,
		"annotation-stores":         &l.AnnotationStores,
		"annotation-store-versions": &l.AnnotationVersions,
		"shares-per-store":          &l.SharesPerStore,
		"references":                &l.References,
		"concurrent-jobs":           &l.ConcurrentJobs,
		"files-per-job":             &l.FilesPerJob,
		"annotation-files-per-job":  &l.AnnotationFilesPerJob,
	}
}

// quotaNames lists them for the help.
func quotaNames() string {
	var names []string
	for name := range quotas(&ops.Limits{}) {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// quotaVariable holds quotas, as --quota sets them and separated by commas, for servers and for commands without one.
// Flags come before it.
const quotaVariable = "VARLAKE_QUOTA"

// quotasOfEnvironment applies what quotaVariable says.
func quotasOfEnvironment(l *ops.Limits) error {
	text := os.Getenv(quotaVariable)
	if text == "" {
		return nil
	}
	if err := setQuotas(l, strings.Split(text, ",")); err != nil {
		return usageError{fmt.Errorf("%s: %w", quotaVariable, err)}
	}
	return nil
}

// setQuotas applies flags NAME=N.
func setQuotas(l *ops.Limits, flags []string) error {
	for _, flag := range flags {
		name, text, _ := strings.Cut(flag, "=")
		limit := quotas(l)[name]
		n, err := strconv.Atoi(text)
		if limit == nil || err != nil || n < 1 {
			return usageError{fmt.Errorf("--quota is NAME=N with N at least 1 and NAME one of %s, not %q", quotaNames(), flag)}
		}
		*limit = n
	}
	return nil
}

// setRates applies flags OPERATION=PER_SECOND[:BURST] or OPERATION=off; OPERATION may be *, which then holds for all
// that no other flag names.
func setRates(rates httpapi.Rates, flags []string) error {
	if slices.ContainsFunc(flags, func(flag string) bool { return strings.HasPrefix(flag, "*=") }) {
		clear(rates) // first, so that the order of flags does not matter
	}
	for _, flag := range flags {
		operation, text, _ := strings.Cut(flag, "=")
		limit, err := parseRate(text)
		known := operation == "*" || operation == own.Query.Name ||
			slices.ContainsFunc(omics.Operations, func(o omics.Operation) bool { return o.Name == operation })
		if err != nil || !known {
			return usageError{fmt.Errorf(
				"--rate is OPERATION=PER_SECOND[:BURST] or OPERATION=off, with OPERATION as AWS names it, query or *; not %q",
				flag)}
		}
		rates[operation] = limit
	}
	return nil
}

func parseRate(text string) (omics.Rate, error) {
	if text == "off" {
		return omics.Rate{}, nil
	}
	rateText, burstText, hasBurst := strings.Cut(text, ":")
	perSecond, err := strconv.ParseFloat(rateText, 64)
	if err != nil || !(perSecond > 0) || math.IsInf(perSecond, 0) {
		return omics.Rate{}, fmt.Errorf("%q is no rate", text)
	}
	limit := omics.Rate{PerSecond: perSecond, Burst: int(math.Ceil(min(2*perSecond, 1e6)))}
	if hasBurst {
		if limit.Burst, err = strconv.Atoi(burstText); err != nil || limit.Burst < 1 {
			return omics.Rate{}, fmt.Errorf("%q is no burst", burstText)
		}
	}
	return limit, nil
}
