package variant

import (
	"context"
	"fmt"
	"slices"

	"github.com/varlake/varlake/internal/table/column"
)

// Survey is what the row groups of a variant table tell of themselves without a look at their rows.
type Survey struct {
	open   func(path string) (column.Source, error)
	files  []column.DataFile
	groups []surveyed
}

// surveyed is a row group. Its contigs and jobs are those that its rows have, and perhaps more.
type surveyed struct {
	file, group   int
	contigs, jobs []string
	start, end    int64 // bounds of start and end
	bounded       bool  // they are known
	bytes         int   // of its pages, uncompressed
}

// The columns whose texts a survey can list.
const (
	SurveySamples = leafSample
	SurveyInfo    = leafAttributeKeys
	SurveyFormat  = leafInformationKeys
)

// NewSurvey looks through data files of a variant table, which open gives by their paths.
func NewSurvey(ctx context.Context, open func(path string) (column.Source, error),
	files []column.DataFile) (*Survey, error) {
	v := &Survey{open: open, files: files}
	for n := range files {
		if err := v.look(n, func(file *column.Stored) error { return v.add(ctx, n, file) }); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// look opens data file n for do.
func (v *Survey) look(n int, do func(*column.Stored) error) error {
	err := column.Guard(func() error {
		source, err := v.open(v.files[n].Path)
		if err != nil {
			return err
		}
		file, err := column.OpenStored(source)
		if err != nil {
			return err
		}
		defer file.Close()
		return do(file)
	})
	if err != nil {
		return fmt.Errorf("survey %s: %w", v.files[n].Path, err)
	}
	return nil
}

// texts lists the texts that a leaf may have in a row group.
func texts(file *column.Stored, group, leaf int) ([]string, error) {
	return file.Texts(group, Schema().Parquet().Path(leaf))
}

func (v *Survey) add(ctx context.Context, n int, file *column.Stored) (err error) {
	columns := Schema().Parquet()
	for group := range file.RowGroups() {
		if err := ctx.Err(); err != nil {
			return err
		}
		g := surveyed{file: n, group: group, bytes: file.Bytes(group)}
		if g.contigs, err = texts(file, group, leafContig); err != nil {
			return err
		}
		if g.jobs, err = texts(file, group, leafJobID); err != nil {
			return err
		}
		low, _, okLow, err := file.LongBounds(group, columns.Path(leafStart))
		if err != nil {
			return err
		}
		_, high, okHigh, err := file.LongBounds(group, columns.Path(leafEnd))
		if err != nil {
			return err
		}
		g.start, g.end, g.bounded = low, high, okLow && okHigh
		v.groups = append(v.groups, g)
	}
	return nil
}

// Contigs lists the contigs that rows may have, sorted.
func (v *Survey) Contigs() []string {
	return union(v.groups, func(g *surveyed) []string { return g.contigs })
}

// Jobs lists the jobs that rows may be of, sorted.
func (v *Survey) Jobs() []string {
	return union(v.groups, func(g *surveyed) []string { return g.jobs })
}

func union(groups []surveyed, of func(*surveyed) []string) []string {
	var all []string
	for i := range groups {
		all = append(all, of(&groups[i])...)
		if len(all) > 1<<16 {
			slices.Sort(all)
			all = slices.Compact(all)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Texts lists what the rows of jobs, and perhaps others, have in a column, sorted.
func (v *Survey) Texts(ctx context.Context, leaf int, jobs []string) ([]string, error) {
	var found []surveyed
	for _, g := range v.groups {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(g.jobs, func(job string) bool { return slices.Contains(jobs, job) }) {
			continue
		}
		err := v.look(g.file, func(file *column.Stored) (err error) {
			g.contigs, err = texts(file, g.group, leaf)
			return err
		})
		if err != nil {
			return nil, err
		}
		found = append(found, g)
	}
	return union(found, func(g *surveyed) []string { return g.contigs }), nil
}

// OfJobs leaves out row groups that have no rows of the jobs.
func (v *Survey) OfJobs(jobs []string) *Survey {
	wanted := numbers(jobs)
	some := &Survey{open: v.open, files: v.files}
	for _, g := range v.groups {
		if slices.ContainsFunc(g.jobs, func(job string) bool { _, ok := wanted[job]; return ok }) {
			some.groups = append(some.groups, g)
		}
	}
	return some
}

// Occurring gives those of some contigs that rows of the jobs have: a row group may have been put together from those
// of several jobs.
func (v *Survey) Occurring(ctx context.Context, contigs, jobs []string) ([]string, error) {
	left, wanted := numbers(contigs), numbers(jobs)
	for i := range v.groups {
		g := &v.groups[i]
		if !slices.ContainsFunc(g.contigs, func(contig string) bool { _, ok := left[contig]; return ok }) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(g.jobs, func(job string) bool { _, ok := wanted[job]; return !ok }) {
			for _, contig := range g.contigs {
				delete(left, contig)
			}
		} else if err := v.scanContigs(g, left, wanted); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(slices.Clone(contigs), func(contig string) bool { _, ok := left[contig]; return ok }), nil
}

// scanContigs takes the contigs of the jobs' rows away from left.
func (v *Survey) scanContigs(g *surveyed, left, wanted map[string]int32) error {
	f, err := v.file(g.file)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := f.Read(g.group)
	if err != nil {
		return err
	}
	defer rows.Close()
	rows.Only(func(leaf int) bool { return leaf == leafContig || leaf == leafJobID })
	b := Schema().Parquet().NewBatch()
	for {
		if err := rows.Fill(b, 1<<14); err != nil || b.Len() == 0 {
			return err
		}
		for row := range int32(b.Len()) {
			if _, ok := wanted[string(b.Text(leafJobID, row))]; ok {
				delete(left, string(b.Text(leafContig, row)))
			}
		}
	}
}

// file opens data file n for reading.
func (v *Survey) file(n int) (*column.File, error) {
	source, err := v.open(v.files[n].Path)
	if err != nil {
		return nil, fmt.Errorf("open data file: %w", err)
	}
	return column.Open(source, Schema().Parquet())
}

// OfSamples leaves out row groups that have no rows of the samples.
func (v *Survey) OfSamples(ctx context.Context, samples []string) (*Survey, error) {
	wanted := numbers(samples)
	some := &Survey{open: v.open, files: v.files}
	for at := 0; at < len(v.groups); {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := v.groups[at].file
		err := v.look(n, func(file *column.Stored) error {
			for ; at < len(v.groups) && v.groups[at].file == n; at++ {
				names, err := texts(file, v.groups[at].group, leafSample)
				if err != nil {
					return err
				}
				if slices.ContainsFunc(names, func(name string) bool { _, ok := wanted[name]; return ok }) {
					some.groups = append(some.groups, v.groups[at])
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return some, nil
}
