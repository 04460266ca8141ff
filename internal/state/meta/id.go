package meta

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math/big"

	"github.com/google/uuid"
)

// NewStoreID returns 12 random lower-case hex characters.
func NewStoreID() string {
	var b [6]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// NewJobID returns a random UUID (version 4).
func NewJobID() string { return uuid.NewString() }

// NewNumericID returns ten random decimal digits, the first not 0.
func NewNumericID() string {
	return fmt.Sprintf("%d", randomBelow(9_000_000_000)+1_000_000_000)
}

func randomBelow(n int64) int64 {
	v, err := rand.Int(rand.Reader, big.NewInt(n))
	if err != nil {
		panic(err) // crypto/rand.Reader never fails
	}
	return v.Int64()
}
