package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// walksPage lists what a request, a record and a statement pass, a file to each step: 1. `FILE`: `FUNCTION`,
// `TYPE.METHOD`: what happens.
const walksPage = "../docs/design/walks.md"

var (
	walkTitle = regexp.MustCompile(`^## (.+)`)
	walkStep  = regexp.MustCompile("^\\d+\\. `([^`]+\\.go)`: (`[^`]+`(?:, `[^`]+`)*): ")
	numbered  = regexp.MustCompile(`^\d+\. `)
)

// fromOutside are the functions that no other function of their walk names, and who calls them.
var fromOutside = map[string]string{
	"bySignature":   "service.authenticate, which the service was made with",
	"keyLookup":     "Config.Key, which the wiring sets",
	"routes":        "New, as the server starts",
	"Stream":        "the wiring, for the route of POST /varlake/query",
	"Service.Query": "its answer",
	"File.Import":   "an attempt of room work",
	"Reader.Read":   "io.ReadFull, for the cutter",
	"init":          "a process that is started under the worker's name",
}

// step is a file and the functions that are passed in it, in order.
type step struct {
	file      string
	functions []string
}

// Every file and function that the walks name is there, none is visited twice, and each is named by another one of its
// walk, or is one of fromOutside, whose every entry is needed.
func TestWalks(t *testing.T) {
	walks, excused := readWalks(t), map[string]bool{}
	for _, title := range []string{"GetVariantImportJob", "A record from bytes to page", "A statement from text to rows"} {
		steps := walks[title]
		if len(steps) < 2 {
			t.Errorf("%s has no walk %q", walksPage, title)
			continue
		}
		walk(t, title, steps, excused)
	}
	for function := range fromOutside {
		if !excused[function] {
			t.Errorf("fromOutside has %s, which no walk passes without naming it elsewhere", function)
		}
	}
}

// walk checks the steps of one walk, and notes whom fromOutside excuses.
func walk(t *testing.T, title string, steps []step, excused map[string]bool) {
	t.Helper()
	visited := map[string]bool{}            // files, and functions as FILE FUNCTION
	namedBy := map[string]map[string]bool{} // the functions of the walk that name a function
	for _, s := range steps {
		if visited[s.file] {
			t.Errorf("%s: %s is visited twice", title, s.file)
		}
		visited[s.file] = true
		declared := functionsOf(t, s.file)
		for _, function := range s.functions {
			here := s.file + " " + function
			body := declared[function]
			if body == nil {
				t.Errorf("%s: %s has no %s", title, s.file, function)
				continue
			}
			if visited[here] {
				t.Errorf("%s: %s is visited twice", title, here)
			}
			visited[here] = true
			ast.Inspect(body, func(node ast.Node) bool {
				if name, ok := node.(*ast.Ident); ok {
					if namedBy[name.Name] == nil {
						namedBy[name.Name] = map[string]bool{}
					}
					namedBy[name.Name][here] = true
				}
				return true
			})
		}
	}
	for _, s := range steps {
		for _, function := range s.functions {
			by := namedBy[function[strings.LastIndex(function, ".")+1:]]
			here := s.file + " " + function
			if alone := len(by) == 0 || len(by) == 1 && by[here]; !alone || !visited[here] {
				continue
			}
			if excused[function] = true; fromOutside[function] == "" {
				t.Errorf("%s: no other function of the walk names %s of %s", title, function, s.file)
			}
		}
	}
}

// readWalks gives the steps of each walk of the page, by its title.
func readWalks(t *testing.T) map[string][]step {
	t.Helper()
	text, err := os.ReadFile(walksPage)
	if err != nil {
		t.Fatal(err)
	}
	walks, title := map[string][]step{}, ""
	for line := range strings.Lines(string(text)) {
		if found := walkTitle.FindStringSubmatch(line); found != nil {
			title = strings.TrimSpace(found[1])
		}
		found := walkStep.FindStringSubmatch(line)
		if found == nil {
			if numbered.MatchString(line) {
				t.Errorf("%s: not a step: %s", walksPage, line)
			}
			continue
		}
		walks[title] = append(walks[title], step{found[1], strings.Split(strings.Trim(found[2], "`"), "`, `")})
	}
	return walks
}

// functionsOf gives the functions of a file, methods as TYPE.METHOD, with their declarations.
func functionsOf(t *testing.T, file string) map[string]ast.Node {
	t.Helper()
	functions := map[string]ast.Node{}
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", filepath.FromSlash(path.Clean(file))), nil,
		parser.SkipObjectResolution)
	if err != nil {
		t.Error(err)
		return functions
	}
	for _, declaration := range parsed.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || function.Body == nil {
			continue
		}
		name := function.Name.Name
		if function.Recv != nil {
			name = receiver(function.Recv.List[0].Type) + "." + name
		}
		functions[name] = function.Body
	}
	return functions
}

// receiver is the name of a method's type, without pointer and parameters.
func receiver(of ast.Expr) string {
	switch of := of.(type) {
	case *ast.StarExpr:
		return receiver(of.X)
	case *ast.IndexExpr:
		return receiver(of.X)
	case *ast.IndexListExpr:
		return receiver(of.X)
	case *ast.Ident:
		return of.Name
	}
	return ""
}
