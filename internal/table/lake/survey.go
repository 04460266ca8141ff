package lake

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
)

// Survey is what the row groups of a variant table tell of themselves without a look at their rows.
type Survey struct {
	files  []DataFile
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

// Survey looks through the snapshot of a variant table.
func (s *Snapshot) Survey(ctx context.Context) (*Survey, error) {
	v := &Survey{files: s.files}
	for n := range s.files {
		if err := v.look(n, func(reader *file.Reader) error { return v.add(ctx, n, reader) }); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// look opens data file n for do.
func (v *Survey) look(n int, do func(*file.Reader) error) error {
	err := guard(func() error {
		reader, err := file.OpenParquetFile(v.files[n].Path, false)
		if err != nil {
			return err
		}
		defer reader.Close()
		return do(reader)
	})
	if err != nil {
		return fmt.Errorf("survey %s: %w", v.files[n].Path, err)
	}
	return nil
}

func (v *Survey) add(ctx context.Context, n int, reader *file.Reader) (err error) {
	for group := range reader.NumRowGroups() {
		if err := ctx.Err(); err != nil {
			return err
		}
		g := surveyed{file: n, group: group, bytes: int(reader.MetaData().RowGroup(group).TotalByteSize())}
		if g.contigs, err = texts(reader, group, leafContig); err != nil {
			return err
		}
		if g.jobs, err = texts(reader, group, leafJobID); err != nil {
			return err
		}
		low, okLow, err := longBound(reader, group, leafStart, (*metadata.Int64Statistics).Min)
		if err != nil {
			return err
		}
		high, okHigh, err := longBound(reader, group, leafEnd, (*metadata.Int64Statistics).Max)
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
func (v *Survey) Texts(ctx context.Context, column int, jobs []string) ([]string, error) {
	var found []surveyed
	for _, g := range v.groups {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(g.jobs, func(job string) bool { return slices.Contains(jobs, job) }) {
			continue
		}
		err := v.look(g.file, func(reader *file.Reader) (err error) {
			g.contigs, err = texts(reader, g.group, column)
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
	some := &Survey{files: v.files}
	for _, g := range v.groups {
		if slices.ContainsFunc(g.jobs, func(job string) bool { _, ok := wanted[job]; return ok }) {
			some.groups = append(some.groups, g)
		}
	}
	return some
}

// Occurring gives those of some contigs that rows of the jobs have: a row group may have been put together from those of several jobs.
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
	f, err := openDataFile(v.files[g.file].Path, VariantSchema())
	if err != nil {
		return err
	}
	defer f.close()
	rows, err := f.read(g.group)
	if err != nil {
		return err
	}
	defer rows.close()
	for leaf, c := range rows.columns {
		if c != nil && leaf != leafContig && leaf != leafJobID {
			_ = c.chunk.(io.Closer).Close()
			rows.columns[leaf] = nil
		}
	}
	b := batch{rowGroup: VariantSchema().newRowGroup()}
	for {
		n, err := rows.next(&b.rowGroup, 1<<14)
		if err != nil || n == 0 {
			return err
		}
		b.arrange(nil)
		for row := range int32(n) {
			if _, ok := wanted[string(b.text(leafJobID, row))]; ok {
				delete(left, string(b.text(leafContig, row)))
			}
		}
	}
}

// OfSamples leaves out row groups that have no rows of the samples.
func (v *Survey) OfSamples(ctx context.Context, samples []string) (*Survey, error) {
	wanted := numbers(samples)
	some := &Survey{files: v.files}
	for at := 0; at < len(v.groups); {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := v.groups[at].file
		err := v.look(n, func(reader *file.Reader) error {
			for ; at < len(v.groups) && v.groups[at].file == n; at++ {
				names, err := texts(reader, v.groups[at].group, leafSample)
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

// columnOf is where a file has a leaf of the variant schema; false when it has none.
func columnOf(reader *file.Reader, leaf int) (int, bool) {
	i := reader.MetaData().Schema.ColumnIndexByName(VariantSchema().parquet.Column(leaf).Path())
	return i, i >= 0
}

func longBound(reader *file.Reader, group, leaf int, of func(*metadata.Int64Statistics) int64) (bound int64, ok bool, err error) {
	column, ok := columnOf(reader, leaf)
	if !ok {
		return 0, false, nil
	}
	chunk, err := reader.MetaData().RowGroup(group).ColumnChunk(column)
	if err != nil {
		return 0, false, err
	}
	statistics, err := chunk.Statistics()
	if err != nil {
		return 0, false, err
	}
	if longs, is := statistics.(*metadata.Int64Statistics); is && longs.HasMinMax() {
		return of(longs), true, nil
	}
	return 0, false, nil
}

// texts lists the texts that a leaf may have in a row group: those of its dictionary where it has one for all pages.
func texts(reader *file.Reader, group, leaf int) ([]string, error) {
	column, ok := columnOf(reader, leaf)
	if !ok {
		return nil, nil
	}
	chunk, err := reader.MetaData().RowGroup(group).ColumnChunk(column)
	if err != nil {
		return nil, err
	}
	if !chunk.HasDictionaryPage() || !allDictionary(chunk) {
		return scanTexts(reader, group, column)
	}
	pages, err := reader.RowGroup(group).GetColumnPageReader(column)
	if err != nil {
		return nil, err
	}
	defer pages.Close()
	page, err := pages.GetDictionaryPage()
	if err != nil {
		return nil, err
	}
	if page == nil {
		return scanTexts(reader, group, column)
	}
	defer page.Release()
	var out []string
	for body := page.Data(); len(body) > 0; {
		if len(body) < 4 || int64(binary.LittleEndian.Uint32(body)) > int64(len(body)-4) {
			return nil, fmt.Errorf("column %d: its dictionary is cut short", column)
		}
		size := binary.LittleEndian.Uint32(body)
		out = append(out, string(body[4:4+size]))
		body = body[4+size:]
	}
	return out, nil
}

// allDictionary tells whether no page of a chunk has values outside its dictionary.
func allDictionary(chunk *metadata.ColumnChunkMetaData) bool {
	stats := chunk.EncodingStats()
	for _, s := range stats {
		if s.PageType != file.PageTypeDictionaryPage && s.Encoding != parquet.Encodings.RLEDict && s.Encoding != parquet.Encodings.PlainDict {
			return false
		}
	}
	return len(stats) > 0
}

// scanTexts lists the texts of a column that has no dictionary for all of them.
func scanTexts(reader *file.Reader, group, column int) ([]string, error) {
	chunk, err := reader.RowGroup(group).Column(column)
	if err != nil {
		return nil, err
	}
	values, ok := chunk.(*file.ByteArrayColumnChunkReader)
	if !ok {
		return nil, fmt.Errorf("column %d is no text", column)
	}
	descriptor := reader.MetaData().Schema.Column(column)
	const batch = 1 << 14
	found, buf := map[string]bool{}, make([]parquet.ByteArray, batch)
	levels, repeats := make([]int16, batch), make([]int16, batch)
	if descriptor.MaxRepetitionLevel() == 0 {
		repeats = nil
	}
	var out []string
	for values.HasNext() {
		_, read, err := values.ReadBatch(batch, buf, levels, repeats)
		if err != nil {
			return nil, err
		}
		for _, text := range buf[:read] {
			if !found[string(text)] {
				found[string(text)] = true
				out = append(out, string(text))
			}
		}
	}
	return out, values.Err()
}

// IsVariants tells whether the table is that of VCF files.
func (s *Snapshot) IsVariants() bool {
	return slices.Equal(s.columns, columnsOf(VariantSchema().iceberg))
}
