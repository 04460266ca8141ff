package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/wire/omics"
)

// folderWithStore makes a data folder that no server has open, with an empty variant store named cohort, and a VCF
// file of one record.
func folderWithStore(t *testing.T) (data, file string) {
	t.Helper()
	dir := t.TempDir()
	data, file = filepath.Join(dir, "data"), filepath.Join(dir, "one.vcf")
	write(t, filepath.Join(dir, "ref.fa"), ">1\n"+strings.Repeat("A", 60)+"\n")
	write(t, file, "##fileformat=VCFv4.2\n##contig=<ID=1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t5\t.\tA\tC\t.\tPASS\t.\n")
	cli(t, exitOK, "reference", "import", filepath.Join(dir, "ref.fa"), "--name", "reference", "--data", data)
	cli(t, exitOK, "store", "create", "cohort", "--reference", "reference", "--data", data)
	return data, file
}

func rowsOf(t *testing.T, data, store string) string {
	t.Helper()
	out, _ := cli(t, exitOK, "query", "SELECT count(*) AS n FROM "+store, "--format", "csv", "--data", data)
	return out
}

// Commands of one data folder that begin at the same moment all do their work, once.
func TestImportsAtTheSameMoment(t *testing.T) {
	data, file := folderWithStore(t)
	type end struct {
		code  int
		words string
	}
	ends := make(chan end)
	const commands = 3
	for range commands {
		go func() {
			var out, words bytes.Buffer
			code := run(t.Context(), []string{"import", "cohort", file, "--data", data}, &out, &words)
			ends <- end{code, words.String()}
		}()
	}
	for range commands {
		if got := <-ends; got.code != exitOK {
			t.Errorf("exit code %d\n%s", got.code, got.words)
		}
	}
	if got, want := rowsOf(t, data, "cohort"), fmt.Sprintf("n\n%d\n", commands); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A command that asks the server inside another command goes on when that command ends, with a server of its own.
func TestOtherCommandEnds(t *testing.T) {
	data, _ := folderWithStore(t)
	first, err := connect(t.Context(), data, connectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	second, err := connect(t.Context(), data, connectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close(t.Context())
	if first.whose() != ownServer || second.whose() != otherServer {
		t.Fatalf("the first command's server is %v, the second's %v", first.whose(), second.whose())
	}
	list := func() {
		t.Helper()
		stores, _, err := call[omics.ListVariantStoresOut](t.Context(), second.client, "ListVariantStores",
			&omics.ListVariantStoresIn{})
		if err != nil || len(stores.VariantStores) != 1 {
			t.Fatalf("%v, %v", stores, err)
		}
	}
	list()
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	list()
	if second.whose() != ownServer {
		t.Errorf("then the second command's server is %v", second.whose())
	}
}

// A command waits for one that has the folder without serving it, as a query does.
func TestCommandWaitsForTheFolder(t *testing.T) {
	data, _ := folderWithStore(t)
	lock, err := lockData(dataPaths{data})
	if err != nil {
		t.Fatal(err)
	}
	tried, done := make(chan error, 100), make(chan error)
	go func() {
		done <- dataPaths{data}.inTurn(t.Context(), false, func() error {
			own, err := lockData(dataPaths{data})
			tried <- err
			if err == nil {
				err = own.Close()
			}
			return err
		}, func(info runtimeInfo) error { return fmt.Errorf("joins %v", info) })
	}()
	<-tried
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A server waits for a command that has the folder, and says so.
func TestServeWaitsForACommand(t *testing.T) {
	data, _ := folderWithStore(t)
	lock, err := lockData(dataPaths{data})
	if err != nil {
		t.Fatal(err)
	}
	said, writes, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr := os.Stderr
	os.Stderr = writes
	t.Cleanup(func() { os.Stderr = stderr })
	config := defaultConfig(data)
	config.Listen = "127.0.0.1:0"
	done := make(chan error)
	go func() {
		s, err := startServer(t.Context(), config)
		if err == nil {
			err = s.Stop(context.Background())
		}
		done <- errors.Join(err, writes.Close())
	}()
	line, err := bufio.NewReader(said).ReadString('\n')
	if want := "waiting for " + data + ": "; err != nil || !strings.HasPrefix(line, want) {
		t.Errorf("it says %q, %v; want %q", line, err, want)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// What a killed server left leads nobody to where it was.
func TestRuntimeInfoOfAKilledServer(t *testing.T) {
	data, _ := folderWithStore(t)
	paths := dataPaths{data}
	if err := writeRuntimeInfo(paths.runtime(), runtimeInfo{Endpoint: "http://127.0.0.1:1"}); err != nil {
		t.Fatal(err)
	}
	lock, err := lockData(paths)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if info, err := readRuntimeInfo(paths.runtime()); err != errNoServer {
		t.Errorf("%v, %v", info, err)
	}
}

// Beside the server inside another command, hints are about what this one can do.
func TestHintBesideAnotherCommand(t *testing.T) {
	got := hint("You have reached the limit of 10 variant stores.", otherServer)
	want := "another command decides as long as it runs; once it has ended, set VARLAKE_QUOTA=variant-stores=N, or run varlake serve --quota variant-stores=N"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
