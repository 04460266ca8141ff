package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/wire/omics"
)

// maxLooked bounds the unfinished jobs that an import looks at: the newest ones.
const maxLooked = 20

// tellUnfinished says of each unfinished job that imports one of the same files to the same place that it goes on: the
// command's own job adds their rows once more. It is only told, so that what cannot be asked, for lack of a right or
// of a server, is passed over.
func tellUnfinished(ctx context.Context, c *connection, opts importOptions, sources *localSources, stderr io.Writer) {
	ids, err := unfinishedJobs(ctx, c, opts)
	if err != nil {
		return
	}
	for _, id := range ids[max(0, len(ids)-maxLooked):] {
		job, _, err := call[importJob](ctx, c.client, opts.kind.get, jobRequest(id))
		if err != nil || job.DestinationName != opts.store || job.VersionName != opts.versionName() {
			continue
		}
		var same []string
		handed := true
		for _, item := range job.Items {
			handed = handed && isHanded(item.Source)
			if i := sources.find(item.Source, c.Buckets); i >= 0 {
				same = append(same, sources.names[i])
			}
		}
		if len(same) == 0 {
			continue
		}
		fmt.Fprintf(stderr, "import job %s of %s is unfinished and goes on; this import adds the rows besides\n",
			id, someOf(same))
		if handed && len(same) == len(job.Items) && len(same) == len(sources.names) {
			fmt.Fprintf(stderr, "hint: to have the rows once, wait for that job in place of this command: "+
				"varlake job wait %s\n", id)
		}
	}
}

// unfinishedJobs lists the ids of the jobs that an import may come on top of: those that the command's own server has
// found, or what a running server has now, the oldest first.
func unfinishedJobs(ctx context.Context, c *connection, opts importOptions) (ids []string, err error) {
	if c.own != nil {
		return c.own.begun, nil
	}
	for _, status := range []omics.JobStatus{omics.JobInProgress, omics.JobSubmitted} {
		jobs, err := listJobs(ctx, c.client, jobListOptions{kind: opts.kind.name, store: opts.store, status: string(status)})
		if err != nil {
			return nil, err
		}
		if list := jobs.ListVariantImportJobsOut; list != nil {
			for _, job := range list.VariantImportJobs {
				ids = append(ids, job.ID)
			}
		}
		if list := jobs.ListAnnotationImportJobsOut; list != nil {
			for _, job := range list.AnnotationImportJobs {
				ids = append(ids, job.ID)
			}
		}
	}
	slices.Reverse(ids)
	return ids, nil
}

// versionName is the version that the job imports into, as the API tells it: "" of a variant import.
func (o *importOptions) versionName() string {
	if o.kind == variantJobs {
		return ""
	}
	return cmp.Or(o.version, o.store)
}

// someOf names files for a sentence.
func someOf(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%s and %d more", names[0], len(names)-1)
}

// isHanded tells whether a source is a file that a command has handed to a server.
func isHanded(uri string) bool {
	bucket, _, _ := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	return bucket == blob.LocalBucket || bucket == uploadsBucket
}

// find gives the index of the source that a job's is, or -1. A copy that was handed to a server is told by its name
// and size.
func (s *localSources) find(uri string, buckets map[string]string) int {
	for i, own := range s.uris {
		if own == uri {
			return i
		}
		path, local := s.local[i]
		if local && (shownSource(uri) == path || isUpload(uri, buckets, path)) {
			return i
		}
	}
	return -1
}

// isUpload tells whether the file at path was handed to a server as uri: as a link to it or as a copy.
func isUpload(uri string, buckets map[string]string, path string) bool {
	key, ok := strings.CutPrefix(uri, "s3://"+uploadsBucket+"/")
	dir := buckets[uploadsBucket]
	if !ok || dir == "" || !filepath.IsLocal(key) {
		return false
	}
	handed, err := os.Lstat(filepath.Join(dir, key))
	if err != nil {
		return false
	}
	own, err := os.Stat(path)
	if err != nil {
		return false
	}
	return os.SameFile(handed, own) || filepath.Base(key) == filepath.Base(path) && handed.Size() == own.Size()
}
