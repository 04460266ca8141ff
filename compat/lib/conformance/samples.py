"""Values for the shapes of the model: some that satisfy its patterns at any length, some that do not."""

from __future__ import annotations

WIDE = "\U0001d4b3"  # one code point of class L, four bytes, two UTF-16 units

# pattern -> (a string of n code points that matches, strings that do not)
PATTERNS = {
    "": (lambda n, c: c * n, []),
    r"[\p{L}||\p{M}||\p{Z}||\p{S}||\p{N}||\p{P}]+": (lambda n, c: c * n, ["tab\there", "line\nbreak", "nul\x00byte"]),
    r"[\p{L}||\p{N}]+": (lambda n, c: c * n, ["a b", "a-b", "a\n"]),
    r"[\p{N}||\p{P}]+": (lambda n, c: "9" * n, ["rows=0-1", "bytes 0-1", "a"]),
    r"[0-9]+": (lambda n, c: "7" * n, ["12345678x0", "-1234567890", "1234567890\n", "١٢٣٤٥٦٧٨٩٠", "12345 7890"]),
    r"[a-zA-Z0-9]+": (lambda n, c: "a" * n, ["a b", "é"]),
    r"[a-zA-Z0-9_-]+": (lambda n, c: "Z" * n, ["a b", "a.b", "é", "a\n", "a/b"]),
    r"[a-z0-9_]{1,255}": (lambda n, c: "_" * n, ["Chr", "a b", "a-b", "é", "chr\n", "a" * 256, ""]),
    r"([a-z]){1}([a-z0-9_]){2,254}": (lambda n, c: "a" + "_" * (n - 1),
                                      ["Store", "1store", "_store", "my-store", "my store", "störe",
                                       "store\n", "../etc"]),
    r"arn:.+": (lambda n, c: "arn:" + c * (n - 4), ["urn:aws:omics", "arn:", "xarn:aws", "arn:a\nb"]),
    r"arn:.*": (lambda n, c: "arn:" + c * (n - 4),
                ["urn:aws:iam::123456789012:role/x", "arn:aws:iam::1234567\n9012:role/x"]),
    r"arn:([^: ]*):([^: ]*):([^: ]*):([0-9]{12}):([^: ]*)": (
        lambda n, c: "arn::::123456789012:" + c * (n - 20),
        ["arn:aws:iam::12345678901:role/import", "arn:aws:iam::123456789012:role/a b",
         "arn:aws:iam::123456789012:role:x",
         "x-arn:aws:iam::123456789012:role"]),
    r".*arn:([^: ]*):([^: ]*):([^: ]*):([0-9]{12}):([^: ]*).*": (
        lambda n, c: "arn::::123456789012:" + c * (n - 20),
        ["arn:aws:kms:us-east-1:12345:key/abcdef", "nothing like an ARN, but long"]),
    r"[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}": (
        lambda n, c: "0123abcd-0123-4567-89ab-0123456789ef",
        ["0123ABCD-0123-4567-89AB-0123456789EF", "0123abcd012345678901230123456789ef", "../../etc/passwd",
         "0123abcd-0123-4567-89ab-0123456789efa", "0123abcd-0123-4567-89ab-0123456789ef\n", "x"]),
    r"s3://([a-z0-9][a-z0-9-.]{1,61}[a-z0-9])/(.{1,1024})": (
        lambda n, c: "s3://bucket/" + c * (n - 12),
        ["s3://bucket", "s3://bucket/", "s3://ab/key", "s3://Bucket/key", "s3://bucket-/key", "http://bucket/key",
         "/etc/passwd",
         "", "s3://bucket/a\nb", "xs3://bucket/key", f"s3://{'b' * 64}/key", f"s3://bucket/{'k' * 1025}"]),
}

# Strings whose bounds stand in the pattern alone, at those bounds.
AT_PATTERN = {
    r"s3://([a-z0-9][a-z0-9-.]{1,61}[a-z0-9])/(.{1,1024})": [
        "s3://abc/k", f"s3://{'b' * 63}/{'k' * 1024}", f"s3://b.c/{'é' * 1024}", f"s3://b-c/{WIDE * 1024}"],
    r"[a-z0-9_]{1,255}": ["a", "_" * 255],
    r"[\p{N}||\p{P}]+": ["0-9", "5"],
    r"[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}": ["00000000-0000-0000-0000-000000000000"],
}
# Patterns that characters beyond ASCII match.
LETTERS = {"", r"[\p{L}||\p{M}||\p{Z}||\p{S}||\p{N}||\p{P}]+", r"[\p{L}||\p{N}]+", r"arn:.+", r"arn:.*",
           r"arn:([^: ]*):([^: ]*):([^: ]*):([0-9]{12}):([^: ]*)",
           r".*arn:([^: ]*):([^: ]*):([^: ]*):([0-9]{12}):([^: ]*).*"}

# Good strings of the usual kind, and good for nothing: no such thing exists. {} is a number, where several must differ.
ORDINARY = {
    "ReferenceStoreId": "99999999{:02}", "ReferenceId": "88888888{:02}", "ImportJobId": "77777777{:02}",
    "ResourceId": "0123abcd-0123-4567-89ab-0123456789{:02}", "ResourceIdentifier": "0123abcd45{:02}",
    "StoreName": "nobodys_store_{}", "VersionName": "nobodys_version_{}", "ShareName": "share-{}",
    "Arn": "arn:aws:iam::123456789012:role/import{}", "RoleArn": "arn:aws:iam::123456789012:role/import{}",
    "ReferenceArn": "arn:aws:omics:us-east-1:123456789012:referenceStore/9999999999/reference/88888888{:02}",
    "TagArn": "arn:aws:omics:us-east-1:123456789012:variantStore/nobodys_store_{}",
    "SseConfigKeyArnString": "arn:aws:kms:us-east-1:123456789012:key/{}",
    "S3Uri": "s3://nobodys-bucket/file{}", "SchemaItemKeyString": "column{}", "AnnotationFieldMapKeyString": "VEP",
    "String": "nobody{}", "Md5": "0123456789abcdef0123456789abcd{:02}",
}

TIMES = (["2024-01-01T00:00:00Z", "2024-02-29T23:59:59.123456Z", "2024-01-01T00:00:00+02:00", "0001-01-01T00:00:00Z",
          "9999-12-31T23:59:59Z"],
         ["yesterday", "", "2024-01-01", "2024-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2024-01-01T00:00:00"])


def text(shape: str, described: dict, number: int = 0) -> str:
    """A good string of the shape."""
    if "enum" in described:
        return described["enum"][number % len(described["enum"])]
    if shape in ORDINARY:
        return ORDINARY[shape].format(number)
    return of_length(described, max(described.get("min", 1), min(5, described.get("max", 5))))


def of_length(described: dict, length: int, letter: str = "a") -> str:
    good, _ = PATTERNS[described.get("pattern", "")]
    return good(length, letter)
