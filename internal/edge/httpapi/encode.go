package httpapi

import (
	"fmt"
	"io"
	"reflect"
	"strconv"

	"github.com/varlake/varlake/internal/wire/omics"
)

// encode answers with an Out. One without members has no body.
func encode(x *exchange, status int, out any) error {
	if stream, ok := out.(*omics.GetReferenceOut); ok {
		return sendPayload(x, status, stream)
	}
	if reflect.TypeOf(out).Elem().NumField() == 0 {
		x.bytes(status, "", nil)
		return nil
	}
	x.json(status, out)
	return nil
}

// sendPayload streams the bytes of GetReference and closes them. The model
// knows one status, 200, for a range too.
func sendPayload(x *exchange, status int, out *omics.GetReferenceOut) (err error) {
	defer func() {
		if e := out.Payload.Close(); err == nil && e != nil {
			err = fmt.Errorf("close payload: %w", e)
		}
	}()
	x.Header().Set("Content-Type", "application/octet-stream")
	x.Header().Set("Content-Length", strconv.FormatInt(out.ContentLength, 10))
	if out.ContentRange != "" {
		x.Header().Set("Content-Range", out.ContentRange)
	}
	x.WriteHeader(status)

	if _, err := io.CopyN(x, out.Payload, out.ContentLength); err != nil {
		return fmt.Errorf("send payload: %w", err)
	}
	return nil
}
