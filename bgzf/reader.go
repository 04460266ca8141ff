package bgzf

import (
	"bufio"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// Reader yields the decompressed bytes of a stream. Offset may be called by any
// goroutine at any time; all other methods are for one goroutine at a time.
type Reader struct {
	source  *counter
	in      *bufio.Reader
	base    int64 // offset of the source's first byte in the file
	plain   bool  // plain text is let through
	workers int

	started bool
	kind    Kind
	err     error // of the next Read

	text    io.Reader // for None, Gzip, and BGZF from the first member on that is not
	plainAt int64     // where that is in the file
	blocks  *pipeline // for BGZF
	block   *block    // being read
	rest    []byte    // of block
	// consumed is what Consumed returns for BGZF.
	consumed int64
}

// counter counts the bytes read through it.
type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// sourceBuffer is how much is read from the source at a time, at most.
const sourceBuffer = 256 << 10

// NewReader reads BGZF, inflating with the given number of goroutines (0: as many as
// there are processors), or ordinary gzip, which cannot be split. Members of both may follow each other; from the first
// of ordinary gzip on all are inflated by one goroutine. For any other input the first Read returns ErrNotGzip. The
// bytes come in order. A BGZF block is checked against its CRC-32 and length before any byte of it is returned; an
// ordinary gzip member when its end is reached. Nothing is read before the first Read or Kind. Memory is bounded: about
// 1 MiB and 512 KiB per worker.
func NewReader(r io.Reader, workers int) *Reader {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	c := &counter{r: r}
	return &Reader{source: c, in: bufio.NewReaderSize(c, sourceBuffer), workers: workers}
}

// Open is NewReader for input that may also be plain text, which is passed through.
func Open(r io.Reader, workers int) *Reader {
	z := NewReader(r, workers)
	z.plain = true
	return z
}

// Kind tells the stream's compression. It reads the first bytes if need be; an
// error is the source's.
func (z *Reader) Kind() (Kind, error) {
	z.start()
	if !z.started {
		return None, z.err
	}
	return z.kind, nil
}

// start finds out the kind and sets up its decoder.
func (z *Reader) start() {
	if z.started || z.err != nil {
		return
	}
	head, err := z.in.Peek(SniffLen)
	if err == nil && head[3]&flagExtra != 0 && head[0] == magic1 && head[1] == magic2 {
		head, err = z.in.Peek(12 + int(le16(head[10:])))
	}
	if err != nil && !errors.Is(err, io.EOF) {
		z.err = err
		return
	}
	z.started, z.plainAt = true, z.base
	switch z.kind = Sniff(head); {
	case z.kind == BGZF:
		z.blocks = startPipeline(z.in, z.base, z.workers)
	case z.kind == Gzip:
		z.text = &gzipReader{in: z.in, source: z.source, base: z.base}
	case z.plain:
		z.text = z.in
	default:
		z.err = &Error{Err: ErrNotGzip}
	}
}

// Read implements io.Reader. After the last byte of BGZF input that lacks its EOF
// marker it returns an *Error with ErrNoEOF instead of io.EOF, unless there was a member of ordinary gzip.
func (z *Reader) Read(p []byte) (int, error) {
	if !z.started {
		z.start()
	}
	switch {
	case z.err != nil:
		return 0, z.err
	case z.text != nil:
		return z.readText(p)
	case len(p) == 0:
		return 0, nil
	}
	for len(z.rest) == 0 {
		z.err = z.nextBlock()
		if z.err == errPlainMember {
			z.err, z.plainAt = nil, z.source.n.Load()-int64(z.in.Buffered())+z.base
			z.text = &gzipReader{in: z.in, source: z.source, base: z.base}
			return z.readText(p)
		}
		if z.err != nil {
			return 0, z.err
		}
	}
	n := copy(p, z.rest)
	z.rest = z.rest[n:]
	return n, nil
}

func (z *Reader) readText(p []byte) (int, error) {
	n, err := z.text.Read(p)
	z.err = err
	if n > 0 {
		err = nil
	}
	return n, err
}

func (z *Reader) nextBlock() error {
	if z.block != nil {
		z.blocks.free <- z.block
		z.block = nil
	}
	b, ok := <-z.blocks.order
	if !ok {
		return z.blocks.err
	}
	<-b.done
	if b.err != nil {
		return b.err
	}
	z.block, z.rest, z.consumed = b, b.text, b.offset+int64(b.size)-z.base
	return nil
}

// VirtualOffset returns where the next byte to be read is. It is meaningful for
// BGZF only, after the first Read. Text of a member that is not BGZF has none: from the first of them on it is that
// member's.
func (z *Reader) VirtualOffset() VirtualOffset {
	if z.text != nil {
		return NewVirtualOffset(z.plainAt, 0)
	}
	if z.block == nil {
		return NewVirtualOffset(z.base, 0)
	}
	if len(z.rest) == 0 {
		return NewVirtualOffset(z.block.offset+int64(z.block.size), 0)
	}
	return NewVirtualOffset(z.block.offset, len(z.block.text)-len(z.rest))
}

// Consumed returns how many bytes of the source, from its beginning, the text is of that was read so far: of BGZF to
// the end of the last block that was begun. Unlike Offset, it leaves out what was taken ahead. It is for the goroutine
// that reads.
func (z *Reader) Consumed() int64 {
	if z.text != nil {
		return z.source.n.Load() - int64(z.in.Buffered())
	}
	return z.consumed
}

// Offset returns how many compressed bytes were taken from the source.
func (z *Reader) Offset() int64 { return z.source.n.Load() }

// Close stops the goroutines and returns when they have ended, so that nothing
// reads the source any more; a Read of the source that blocks must be ended by its
// owner. The source is not closed. Later Reads return ErrClosed.
func (z *Reader) Close() error {
	if z.blocks != nil {
		z.blocks.stop()
	}
	z.started, z.err, z.text, z.rest = true, ErrClosed, nil, nil
	return nil
}

// pipeline inflates blocks in parallel: fetch cuts the input into blocks, which go
// to the workers through jobs and to the reader, in file order, through order. The
// blocks go round: their number bounds what is in flight, and as all channels
// have room for all blocks, only an empty free can make anyone wait.
type pipeline struct {
	free, jobs, order chan *block
	quit              chan struct{}
	once              sync.Once
	ended             sync.WaitGroup
	err               error // why order was closed; io.EOF at the proper end
}

// blocksPerWorker are enough to keep all workers busy while the reader copies.
const blocksPerWorker = 4

func startPipeline(in *bufio.Reader, base int64, workers int) *pipeline {
	n := workers*blocksPerWorker + 1
	p := &pipeline{
		free:  make(chan *block, n),
		jobs:  make(chan *block, n),
		order: make(chan *block, n),
		quit:  make(chan struct{}),
	}
	for range n {
		p.free <- &block{done: make(chan struct{}, 1)}
	}
	p.ended.Add(workers + 1)
	for range workers {
		go func() {
			defer p.ended.Done()
			var d decoder
			for b := range p.jobs {
				b.err = d.inflate(b)
				b.done <- struct{}{}
			}
		}()
	}
	go func() {
		defer p.ended.Done()
		p.err = p.fetch(in, base)
		close(p.jobs)
		close(p.order)
	}()
	return p
}

// fetch reads blocks until the end, a fault or stop.
func (p *pipeline) fetch(in *bufio.Reader, offset int64) error {
	marker := false // the last block was an EOF marker
	for {
		var b *block
		select {
		case b = <-p.free:
		case <-p.quit:
			return ErrClosed
		}
		err := b.read(in, offset)
		if errors.Is(err, ErrTrailing) {
			if zeros, broken := padding(in, p.quit); broken != nil {
				return broken
			} else if zeros {
				err = io.EOF
			}
		}
		switch {
		case err == io.EOF && !marker:
			return &Error{Offset: offset, Err: ErrNoEOF}
		case err != nil:
			return err
		}
		offset += int64(b.size)
		marker = b.isEmpty()
		p.order <- b
		p.jobs <- b
	}
}

func (p *pipeline) stop() {
	p.once.Do(func() { close(p.quit) })
	p.ended.Wait()
}
