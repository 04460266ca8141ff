package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/varlake/varlake/internal/source/blob"
)

// localSources are the sources of an import, local files among them.
type localSources struct {
	names []string       // as the user wrote them
	uris  []string       // what the server is asked to import
	local map[int]string // index in uris → absolute path, to be given a URI
	// the same for a server of the command's own: URI → absolute path. Nobody else can guess the URIs
	files map[string]string
}

func findSources(names []string) (*localSources, error) {
	s := &localSources{names: names, uris: make([]string, len(names)), local: map[int]string{}, files: map[string]string{}}
	secret := rand.Text()
	for i, name := range names {
		if strings.HasPrefix(name, "s3://") {
			s.uris[i] = name
			continue
		}
		// of a pipe the path that a link gives is no file's
		if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
			return nil, irregular(name, info.Mode())
		}
		path, err := filepath.Abs(name)
		if err == nil {
			path, err = filepath.EvalSymlinks(path) // /dev/stdin is another file for another process
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no file %s", name)
		}
		if err != nil {
			return nil, fmt.Errorf("%s cannot be read: %w", name, pathCause(err))
		}
		s.local[i], s.uris[i] = path, fmt.Sprintf("s3://%s/%s/%d", blob.LocalBucket, secret, i)
		s.files[s.uris[i]] = path
	}
	return s, nil
}

// irregular refuses what is no file that can be read again, as a job does that is begun anew after a restart.
func irregular(name string, mode fs.FileMode) error {
	if mode.IsDir() {
		return fmt.Errorf("%s is a folder, not a regular file", name)
	}
	return fmt.Errorf("%s is not a regular file: a pipe cannot be read again after a restart; write it to a file first, and import that", name)
}

// pathCause is the reason in a file system's error, without the paths that it names.
func pathCause(err error) error {
	var named *fs.PathError
	if errors.As(err, &named) {
		return named.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}

// publish gives each local file a URI that a running server can read: in one of its bucket folders if the file is
// there, else by a hard link, or a copy, in its uploads folder. remove takes those away again. The command's own server
// knows the files.
func (s *localSources) publish(c *connection) (remove func(), err error) {
	remove = func() {}
	if c.own != nil || len(s.local) == 0 {
		return remove, nil
	}
	paths := dataPaths{filepath.Dir(c.Buckets[uploadsBucket])}
	own, err := paths.own()
	if err != nil {
		return remove, err
	}
	var u *handover
	for i, path := range s.local {
		info, err := os.Stat(path)
		if err == nil && (blob.Apart{Own: own}).Owns(info) {
			return remove, fmt.Errorf("%s is a file of the data folder itself", s.names[i])
		}
		if uri, ok := bucketURI(c.Buckets, path); ok && !paths.holds(path) { // what is there is in no bucket
			s.uris[i] = uri
			continue
		}
		if u == nil {
			if u, err = newHandover(c.Buckets[uploadsBucket], blob.UploadFolder(c.client.account)); err != nil {
				return remove, fmt.Errorf("make upload folder: %w", err)
			}
			remove = u.remove
		}
		if err := u.add(fmt.Sprint(i), path); err != nil {
			return remove, fmt.Errorf("hand %s to the server: %w", path, err)
		}
		s.uris[i] = fmt.Sprintf("s3://%s/%s/%d/%s", uploadsBucket, u.name, i, filepath.Base(path))
	}
	return remove, nil
}

// itemMessage is an item's statusMessage to stand behind its name: without the source, which messages begin or end
// with.
func itemMessage(message, source, name string) string {
	for _, other := range []string{source, shownSource(source)} { // the message of a local file has its path
		message = strings.TrimPrefix(strings.TrimSuffix(message, " ["+other+"]"), other+": ")
	}
	return nameSource(message, source, name)
}

// nameSource says a server's message with the name that the user gave the source, and its hints in flags.
func nameSource(message, source, name string) string {
	return strings.NewReplacer(source, name, shownSource(source), name).Replace(hintFlags(message))
}

// shownSource names a source for people: the path of a file that is in no bucket.
func shownSource(uri string) string {
	path, ok := strings.CutPrefix(uri, "s3://"+blob.LocalBucket+"/")
	if !ok {
		return uri
	}
	// of a path that no URI can have
	if escaped, err := url.PathUnescape(path); err == nil && strings.HasPrefix(path, "%2F") {
		return escaped
	}
	return "/" + path
}

// bucketURI names a file by a bucket whose folder holds it.
func bucketURI(buckets map[string]string, path string) (string, bool) {
	for name, dir := range buckets {
		if resolved, err := filepath.EvalSymlinks(dir); err == nil {
			dir = resolved
		}
		if dir, err := filepath.Abs(dir); err == nil {
			if key, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(key) {
				return "s3://" + name + "/" + filepath.ToSlash(key), true
			}
		}
	}
	return "", false
}
