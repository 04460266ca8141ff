package native

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"math/bits"
)

// hashFunctions are checksums, and hashes with a key and without.
var hashFunctions = []Function{
	{Name: "trino_crc32", Params: []string{"BLOB"}, Result: "BIGINT", Call: func(args []any) (any, error) {
		return int64(crc32.ChecksumIEEE(args[0].([]byte))), nil
	}},
	{Name: "trino_md5", Params: []string{"BLOB"}, Result: "BLOB", Call: hashed(md5.New)},
	{Name: "trino_sha1", Params: []string{"BLOB"}, Result: "BLOB", Call: hashed(sha1.New)},
	{Name: "trino_sha256", Params: []string{"BLOB"}, Result: "BLOB", Call: hashed(sha256.New)},
	{Name: "trino_sha512", Params: []string{"BLOB"}, Result: "BLOB", Call: hashed(sha512.New)},
	{Name: "trino_hmac_md5", Params: []string{"BLOB", "BLOB"}, Result: "BLOB", Call: keyed(md5.New)},
	{Name: "trino_hmac_sha1", Params: []string{"BLOB", "BLOB"}, Result: "BLOB", Call: keyed(sha1.New)},
	{Name: "trino_hmac_sha256", Params: []string{"BLOB", "BLOB"}, Result: "BLOB", Call: keyed(sha256.New)},
	{Name: "trino_hmac_sha512", Params: []string{"BLOB", "BLOB"}, Result: "BLOB", Call: keyed(sha512.New)},
	{Name: "trino_murmur3", Params: []string{"BLOB"}, Result: "BLOB", Call: func(args []any) (any, error) {
		low, high := murmur3(args[0].([]byte))
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, low), high), nil
	}},
	{Name: "trino_xxhash64", Params: []string{"BLOB"}, Result: "BLOB", Call: func(args []any) (any, error) {
		return binary.BigEndian.AppendUint64(nil, xxhash64(args[0].([]byte))), nil
	}},
	{Name: "trino_spooky_hash_v2_32", Params: []string{"BLOB"}, Result: "BLOB", Call: func(args []any) (any, error) {
		return binary.BigEndian.AppendUint32(nil, uint32(spooky(args[0].([]byte)))), nil
	}},
	{Name: "trino_spooky_hash_v2_64", Params: []string{"BLOB"}, Result: "BLOB", Call: func(args []any) (any, error) {
		return binary.BigEndian.AppendUint64(nil, spooky(args[0].([]byte))), nil
	}},
}

func hashed(algorithm func() hash.Hash) func(args []any) (any, error) {
	return func(args []any) (any, error) {
		h := algorithm()
		h.Write(args[0].([]byte))
		return h.Sum(nil), nil
	}
}

func keyed(algorithm func() hash.Hash) func(args []any) (any, error) {
	return func(args []any) (any, error) {
		key := args[1].([]byte)
		if len(key) == 0 {
			return nil, Fail("GENERIC_INTERNAL_ERROR", "Empty key")
		}
		h := hmac.New(algorithm, key)
		h.Write(args[0].([]byte))
		return h.Sum(nil), nil
	}
}

// murmur3 is MurmurHash3_x64_128 with seed 0.
func murmur3(b []byte) (h1, h2 uint64) {
	const c1, c2 = 0x87c37b91114253d5, 0x4cf5ad432745937f
	length := uint64(len(b))
	for ; len(b) >= 16; b = b[16:] {
		h1 ^= bits.RotateLeft64(binary.LittleEndian.Uint64(b)*c1, 31) * c2
		h1 = (bits.RotateLeft64(h1, 27)+h2)*5 + 0x52dce729
		h2 ^= bits.RotateLeft64(binary.LittleEndian.Uint64(b[8:])*c2, 33) * c1
		h2 = (bits.RotateLeft64(h2, 31)+h1)*5 + 0x38495ab5
	}
	var rest [16]byte
	copy(rest[:], b)
	if len(b) > 8 {
		h2 ^= bits.RotateLeft64(binary.LittleEndian.Uint64(rest[8:])*c2, 33) * c1
	}
	if len(b) > 0 {
		h1 ^= bits.RotateLeft64(binary.LittleEndian.Uint64(rest[:])*c1, 31) * c2
	}
	h1, h2 = h1^length, h2^length
	h1 += h2
	h2 += h1
	h1, h2 = murmurMix(h1), murmurMix(h2)
	h1 += h2
	return h1, h2 + h1
}

func murmurMix(k uint64) uint64 {
	k = (k ^ k>>33) * 0xff51afd7ed558ccd
	k = (k ^ k>>33) * 0xc4ceb9fe1a85ec53
	return k ^ k>>33
}

// The primes of xxHash64. They are variables, since products of constants may not overflow.
var xx1, xx2, xx3, xx4, xx5 uint64 = 0x9e3779b185ebca87, 0xc2b2ae3d27d4eb4f, 0x165667b19e3779f9, 0x85ebca77c2b2ae63,
	0x27d4eb2f165667c5

// xxhash64 has seed 0.
func xxhash64(b []byte) uint64 {
	h := xx5
	length := uint64(len(b))
	if len(b) >= 32 {
		lanes := [4]uint64{xx1 + xx2, xx2, 0, -xx1}
		for ; len(b) >= 32; b = b[32:] {
			for i := range lanes {
				lanes[i] = xxRound(lanes[i], binary.LittleEndian.Uint64(b[8*i:]))
			}
		}
		h = 0
		for i, turn := range []int{1, 7, 12, 18} {
			h += bits.RotateLeft64(lanes[i], turn)
		}
		for _, lane := range lanes {
			h = (h^xxRound(0, lane))*xx1 + xx4
		}
	}
	h += length
	for ; len(b) >= 8; b = b[8:] {
		h = bits.RotateLeft64(h^xxRound(0, binary.LittleEndian.Uint64(b)), 27)*xx1 + xx4
	}
	if len(b) >= 4 {
		h = bits.RotateLeft64(h^uint64(binary.LittleEndian.Uint32(b))*xx1, 23)*xx2 + xx3
		b = b[4:]
	}
	for _, c := range b {
		h = bits.RotateLeft64(h^uint64(c)*xx5, 11) * xx1
	}
	h = (h ^ h>>33) * xx2
	h = (h ^ h>>29) * xx3
	return h ^ h>>32
}

func xxRound(lane, word uint64) uint64 { return bits.RotateLeft64(lane+word*xx2, 31) * xx1 }
