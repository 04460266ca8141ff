package work

import (
	"bytes"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMachineStoodStill: that the queue's housekeeper was not heard of in time, as on a machine that was suspended, is
// no warning: there is nothing to do. The queue's other warnings stay.
func TestMachineStoodStill(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/riverqueue/river")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	elector, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "internal", "leadership", "elector.go"))
	if err != nil || !strings.Contains(string(elector), stoodStill) {
		t.Errorf("the queue says it in other words: %v", err)
	}
	var text bytes.Buffer
	log := slog.New(&quietHandler{slog.NewTextHandler(&text, nil)}).With("queue", "x")
	log.Warn("Elector: "+stoodStill+" after an error", "client_id", "x")
	log.Info("Producer: started")
	log.Warn("Producer: another")
	for i, want := range []string{`level=INFO msg="the queue's housekeeping begins anew`,
		`level=WARN msg="Producer: another"`, ""} {
		if got := strings.Split(text.String(), "\n"); i >= len(got) || !strings.Contains(got[i], want) {
			t.Errorf("line %d of %q: want %q", i, got, want)
		}
	}
	if strings.Contains(text.String(), "stepping down") || strings.Count(text.String(), "\n") != 2 {
		t.Errorf("logged %s", text.String())
	}
}
