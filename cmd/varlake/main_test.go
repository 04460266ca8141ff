package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/varlake/varlake/internal/sql/query"
)

func TestMain(m *testing.M) {
	query.Worker()
	testscript.Main(m, map[string]func(){
		"varlake": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
		},
	})
}

// TestScripts runs whole CLI sessions. A script's `await FILE` waits until the file exists, `! await FILE` until it
// does not; `exits CODE COMMAND ...` runs a command that must end with the exit code.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("VARLAKE_DATA", env.WorkDir+"/data")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": func(ts *testscript.TestScript, not bool, args []string) {
				if not || len(args) < 2 {
					ts.Fatalf("usage: exits CODE COMMAND ...")
				}
				code := 0
				if err := ts.Exec(args[1], args[2:]...); err != nil {
					var exit *exec.ExitError
					if !errors.As(err, &exit) {
						ts.Fatalf("%v", err)
					}
					code = exit.ExitCode()
				}
				if fmt.Sprint(code) != args[0] {
					ts.Fatalf("exit code %d, want %s", code, args[0])
				}
			},
			"await": func(ts *testscript.TestScript, not bool, args []string) {
				if len(args) != 1 {
					ts.Fatalf("usage: [!] await FILE")
				}
				path := ts.MkAbs(args[0])
				deadline := time.Now().Add(30 * time.Second)
				for {
					_, err := os.Stat(path)
					if (err == nil) != not {
						return
					}
					if time.Now().After(deadline) {
						ts.Fatalf("%s: %v after 30 s", args[0], err)
					}
					time.Sleep(10 * time.Millisecond)
				}
			},
		},
	})
}
