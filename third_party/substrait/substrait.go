// Package substrait stands in for the module of the same name, Substrait's function definitions in YAML. iceberg-go reads all of
// them whenever a program starts, which takes a tenth of a second and 32 MB, for a filtered rewrite of data files that Varlake
// never asks for. Here there are none.
package substrait

import "embed"

//go:embed extensions
var extensions embed.FS

// GetSubstraitExtensionsFS returns a file system whose folder extensions holds no definitions.
func GetSubstraitExtensionsFS() embed.FS { return extensions }

// GetSubstraitFS is GetSubstraitExtensionsFS.
func GetSubstraitFS() embed.FS { return extensions }
