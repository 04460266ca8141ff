//go:build !linux

package blob_test

import "errors"

func exchange(a, b string) error { return errors.ErrUnsupported }
