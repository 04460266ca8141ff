package ops

import (
	"net/url"
	"strings"

	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// source is what the URI of a request stands for, with the identity that it has now where that costs nothing to learn.
// A URI of the local bucket stands for a file only if it is one of those that this process was told of when it began.
func (s *Service) source(uri string) (meta.Source, error) {
	if path, ok := s.localFiles[uri]; ok {
		return meta.Source{URI: localURI(path), Path: path, Pin: blob.IdentifyFile(path)}, nil
	}
	if strings.HasPrefix(uri, "s3://"+blob.LocalBucket+"/") {
		return meta.Source{}, omics.Validation(
			"Bucket %s stands for files of the server's machine, which only a command there can import.", blob.LocalBucket)
	}
	source := meta.Source{URI: uri}
	if s.identify != nil {
		source.Pin = s.identify(uri)
	}
	return source, nil
}

// localURI shows a file in the form that the model has for sources. Nothing is opened by it.
func localURI(path string) string {
	const prefix, most = "s3://" + blob.LocalBucket, 1024 // characters of a key
	if _, err := blob.Parse(prefix + path); err == nil {
		return prefix + path
	}
	escaped := url.PathEscape(path) // it holds what no URI does, or is too long
	return prefix + "/" + escaped[max(0, len(escaped)-most):]
}
