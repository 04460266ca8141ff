package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/varlake/varlake/internal/wire/omics"
)

// jobBar shows the progress of an import job: a live bar on a terminal, a line now and then elsewhere.
type jobBar struct {
	w     io.Writer
	bar   *progressbar.ProgressBar // nil off a terminal
	lined time.Time                // when the last line was written, or could have been
	told  string                   // what the job waits for, as it was told last
}

func newJobBar(w io.Writer) *jobBar {
	b := &jobBar{w: w, lined: time.Now()}
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		b.bar = progressbar.NewOptions64(1,
			progressbar.OptionSetWriter(w),
			progressbar.OptionShowBytes(true),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionSetWidth(30),
			progressbar.OptionClearOnFinish(),
		)
	}
	return b
}

// waiting tells what a job waits for, once, when its statusMessage says that it does.
func (b *jobBar) waiting(message string) bool {
	if !strings.HasPrefix(message, "Waiting since ") {
		b.told = ""
		return false
	}
	if message != b.told {
		b.told = message
		b.close()
		fmt.Fprintln(b.w, message)
	}
	return true
}

func (b *jobBar) show(job *importJob) {
	if b.waiting(job.StatusMessage) {
		return // how far it is does not change meanwhile
	}
	sum := omics.Progress{Remaining: -1}
	running, final := 0, 0
	for _, item := range job.files() {
		if p, ok := omics.ParseProgress(item.StatusMessage); ok {
			running++
			sum.Done += p.Done
			sum.Total += p.Total
			sum.Records += p.Records
			sum.Rate += p.Rate
			sum.Remaining = max(sum.Remaining, p.Remaining)
		} else if item.JobStatus.Final() {
			final++
		}
	}
	if b.bar != nil {
		if running > 0 && sum.Total > 0 {
			b.bar.ChangeMax64(sum.Total)
			left := ""
			if sum.Remaining >= 0 {
				left = fmt.Sprintf(", %s left", sum.Remaining.Round(time.Second))
			}
			b.bar.Describe(fmt.Sprintf("%d/%d files, %d records, %.0f records/s%s", final, len(job.Items), sum.Records,
				sum.Rate, left))
			_ = b.bar.Set64(sum.Done) // a bar that cannot be drawn harms nothing
		}
		return
	}
	if now := time.Now(); running > 0 && now.Sub(b.lined) >= time.Second {
		b.lined = now
		fmt.Fprintf(b.w, "%d/%d files done; %s\n", final, len(job.Items), sum)
	}
}

func (b *jobBar) close() {
	if b.bar != nil {
		_ = b.bar.Clear()
	}
}
