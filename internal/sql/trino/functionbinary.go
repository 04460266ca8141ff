package trino

var binaryFunctions = append([]entry{
	{signature: "concat(varbinary) -> varbinary", write: tooFew},
	{signature: "concat(varbinary, varbinary, varbinary...) -> varbinary", duck: "($|)"},
	{signature: "length(varbinary) -> bigint", duck: "octet_length($1)"},
	{signature: "substr(varbinary, bigint) -> varbinary", duck: "trino_substr_varbinary($1, $2, 2147483647)"},
	{signature: "substr(varbinary, bigint, bigint) -> varbinary", duck: "trino_substr_varbinary($*)"},
	{signature: "reverse(varbinary) -> varbinary", duck: "trino_reverse_varbinary($1)"},
	{signature: "lpad(varbinary, bigint, varbinary) -> varbinary", duck: "trino_lpad_varbinary($*)"},
	{signature: "rpad(varbinary, bigint, varbinary) -> varbinary", duck: "trino_rpad_varbinary($*)"},
	{signature: "from_utf8(varbinary) -> varchar", duck: "trino_from_utf8($1, chr(65533))"},
	{signature: "from_utf8(varbinary, varchar(x)) -> varchar", duck: "trino_from_utf8($*)"},
	{signature: "from_utf8(varbinary, bigint) -> varchar", duck: "trino_from_utf8_codepoint($*)"},
	{signature: "to_base(bigint, bigint) -> varchar(64)", duck: "trino_to_base($*)"},
	{signature: "from_base(varchar(x), bigint) -> bigint", duck: "trino_from_base($*)"},
	{signature: "to_big_endian_64(bigint) -> varbinary", duck: "trino_to_big_endian_64($1)"},
	{signature: "from_big_endian_64(varbinary) -> bigint", duck: "trino_from_big_endian_64($1)"},
	{signature: "to_big_endian_32(integer) -> varbinary", duck: "trino_to_big_endian_32($1)"},
	{signature: "from_big_endian_32(varbinary) -> integer", duck: "trino_from_big_endian_32($1)"},
	{signature: "to_ieee754_64(double) -> varbinary", duck: "trino_to_ieee754_64($1)"},
	{signature: "from_ieee754_64(varbinary) -> double", duck: "trino_from_ieee754_64($1)"},
	{signature: "to_ieee754_32(real) -> varbinary", duck: "trino_to_ieee754_32($1)"},
	{signature: "from_ieee754_32(varbinary) -> real", duck: "trino_from_ieee754_32($1)"},
	{signature: "crc32(varbinary) -> bigint", duck: "trino_crc32($1)"},
}, append(codings(), hashes()...)...)

// codings write bytes as text, and read them from text or from the bytes of it.
func codings() (entries []entry) {
	for _, name := range []string{"hex", "base32", "base64", "base64url"} {
		entries = append(entries,
			entry{signature: "to_" + name + "(varbinary) -> varchar", duck: "trino_to_" + name + "($1)"},
			entry{signature: "from_" + name + "(varchar(x)) -> varbinary", duck: "trino_from_" + name + "(encode($1))"},
			entry{signature: "from_" + name + "(varbinary) -> varbinary", duck: "trino_from_" + name + "($1)"})
	}
	return entries
}

func hashes() (entries []entry) {
	for _, name := range []string{"md5", "sha1", "sha256", "sha512", "murmur3", "xxhash64", "spooky_hash_v2_32",
		"spooky_hash_v2_64"} {
		entries = append(entries, entry{signature: name + "(varbinary) -> varbinary", duck: "trino_" + name + "($1)"})
	}
	for _, name := range []string{"hmac_md5", "hmac_sha1", "hmac_sha256", "hmac_sha512"} {
		entries = append(entries,
			entry{signature: name + "(varbinary, varbinary) -> varbinary", duck: "trino_" + name + "($*)"})
	}
	return entries
}
