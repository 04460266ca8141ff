// Package nosubstrait keeps iceberg-go from reading Substrait's function definitions whenever a program starts: a tenth
// of a second and 32 MB, for a filtered rewrite of data files that Varlake never asks for.
//
// iceberg-go/table/substrait loads them all in a package variable, from the files that the module substrait embeds.
// Here that module is given a folder without definitions instead, before iceberg-go looks: Go initialises the first
// package by import path whose imports are done (specification, "Program initialization"), and this one imports nothing
// but the module, while iceberg-go's waits for google.golang.org/protobuf, whose path comes after ours.
// TestNoDefinitions holds it. A replace directive in go.mod did the same until it kept `go install` from taking a
// version of Varlake.
package nosubstrait

import (
	"embed"
	_ "unsafe" // for go:linkname

	_ "github.com/substrait-io/substrait" // has the variable
)

//go:embed extensions
var none embed.FS

//go:linkname definitions github.com/substrait-io/substrait.substraitExtensionsFS
var definitions embed.FS

func init() { definitions = none }
