package ops

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// defaultPageSize is how many a list answers with when the caller does not say.
const defaultPageSize = 100

// listing is one list request: the tokens it makes are good for the same operation, account and filter only.
type listing struct {
	s         *Service
	operation string
	account   string
	filter    []byte
	size      int
	before    int64 // seq to go on from; 0 at the beginning
}

// newListing reads the page that a request asks for. filter is everything of the request that narrows the list.
func (s *Service) newListing(operation, account string, filter any, maxResults *int,
	nextToken *string) (*listing, error) {
	b, err := json.Marshal(filter)
	if err != nil {
		return nil, fmt.Errorf("encode filter: %w", err)
	}
	l := &listing{s: s, operation: operation, account: account, filter: b, size: defaultPageSize}
	if maxResults != nil {
		l.size = *maxResults
	}
	if nextToken == nil {
		return l, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(*nextToken)
	if err != nil || base64.RawURLEncoding.EncodeToString(raw) != *nextToken || len(raw) <= tokenMAC ||
		!hmac.Equal(raw[:tokenMAC], l.mac(raw[tokenMAC:])) {
		return nil, omics.Validation("The nextToken is not valid for this request.")
	}
	seq, n := binary.Uvarint(raw[tokenMAC:])
	if n != len(raw)-tokenMAC || seq == 0 || int64(seq) < 0 {
		return nil, omics.Validation("The nextToken is not valid for this request.")
	}
	l.before = int64(seq)
	return l, nil
}

// A token is tokenMAC bytes of HMAC-SHA256, then the seq as an unsigned varint, all in base64url.
const tokenMAC = 16

func (l *listing) mac(place []byte) []byte {
	h := hmac.New(sha256.New, l.s.tokenKey)
	for _, part := range [][]byte{[]byte(l.operation), []byte(l.account), l.filter, place} {
		h.Write(binary.AppendUvarint(nil, uint64(len(part)))) // lengths keep the parts apart
		h.Write(part)
	}
	return h.Sum(nil)[:tokenMAC]
}

// page asks for one row more than is shown, to know whether there is a next page.
func (l *listing) page() meta.Page { return meta.Page{Before: l.before, Limit: l.size + 1} }

// cutPage splits what page brought: the rows to show, and the token of the next page when there is one.
func cutPage[T any](l *listing, rows []T, seq func(T) int64) ([]T, *string) {
	if len(rows) <= l.size {
		return rows, nil
	}
	rows = rows[:l.size]
	place := binary.AppendUvarint(nil, uint64(seq(rows[len(rows)-1])))
	token := base64.RawURLEncoding.EncodeToString(append(l.mac(place), place...))
	return rows, &token
}

// shown converts rows to list items.
func shown[T, U any](rows []T, convert func(T) U) omics.List[U] {
	out := make(omics.List[U], len(rows))
	for i, r := range rows {
		out[i] = convert(r)
	}
	return out
}
