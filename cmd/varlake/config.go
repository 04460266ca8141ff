package main

import (
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/varlake/varlake/internal/act/ops"
	"github.com/varlake/varlake/internal/act/upkeep"
	"github.com/varlake/varlake/internal/edge/httpapi"
	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/sql/statement"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/vcf"
)

// serverConfig is what `varlake serve` can be told.
type serverConfig struct {
	Data string
	// Location is what metadata shall call the data folder; "": where it is, or what it calls it already.
	Location string
	// SharedGroup may read the data folder; "": nobody but its owner may.
	SharedGroup string
	Listen      string
	Region      string
	// Connections bounds those open at one time.
	Connections int
	Buckets     map[string]string // name → folder
	Outlets     map[string]string // likewise, that UNLOAD may write to
	MaxUnload   int64             // bytes
	S3          blob.S3Config
	UseS3       bool

	RolesFile string // what job roles may read, and with which credentials; "" gives all of them the server's own

	Items             int
	Workers           int
	MaxItemBytes      int64
	Relaxed           vcf.Rules // what of files is accepted though it breaks them
	MaxReferenceBytes int64
	Limits            ops.Limits
	Rates             httpapi.Rates // nil: none
	EventsFile        string        // where events go as JSON lines; "": nowhere
	EventsWebhook     string        // URL that events are posted to; "": none
	WebhookSecret     string        // signs what is posted; "": nothing does
	Upkeep            upkeep.Plan
	QueryMemory       int64
	QueryTimeout      time.Duration
	QuerySpares       int
	QuerySpill        slot.Limits
	Drain             time.Duration // how long answers under way may take once the server is to stop
	Log               *slog.Logger

	// Private servers live inside another command: clients are not told of their endpoint. LocalFiles are the files that
	// the command imports, by URIs that it alone knows.
	Private    bool
	LocalFiles map[string]string
	// Reads has a private server change nothing in the data folder, and begin no work.
	Reads bool
}

func defaultConfig(data string) serverConfig {
	return serverConfig{
		Data: data, Location: os.Getenv("VARLAKE_LOCATION"), SharedGroup: os.Getenv("VARLAKE_SHARED_GROUP"),
		Listen: "127.0.0.1:8714", Region: "us-east-1", Connections: 1000,
		Items: 2, Workers: cores,
		MaxItemBytes: 20 << 30, MaxReferenceBytes: 64 << 30, Limits: ops.DefaultLimits(),
		Relaxed:     vcf.Customary,
		Upkeep:      upkeep.Plan{Keep: lake.Keep{Snapshots: 100, Age: 7 * 24 * time.Hour}},
		QueryMemory: 2 << 30, QueryTimeout: 10 * time.Minute, QuerySpares: 4,
		MaxUnload:  statement.DefaultMaxUnload,
		QuerySpill: slot.Limits{Result: 4 << 30, Account: 8 << 30, Total: 16 << 30}, Drain: 20 * time.Second,
		Log: slog.New(slog.DiscardHandler),
	}
}

// limitMemory tells the garbage collector how much memory the configured work needs, so that it collects earlier rather
// than let the heap double: a third less at its peak for the same speed. It is no hard limit, and GOMEMLIMIT overrules
// it.
func limitMemory(config serverConfig) {
	// bytes; a worker buffers a row group of up to 32 MiB, and base has room for a compaction
	const base, perWorker = 384 << 20, 96 << 20
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(base + int64(config.Items)*int64(config.Workers)*perWorker)
	}
}

// spareRunners lets Go run more goroutines at one time than there are cores: those that answer requests find a place
// beside the workers of imports, and the kernel, which knows that the workers give way, lets them go first. GOMAXPROCS
// overrules it.
func spareRunners() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(4 * cores)
	}
}

// cores is how much of the machine this process may use.
var cores = runtime.GOMAXPROCS(0)
