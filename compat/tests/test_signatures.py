"""Requests signed by hand and spoilt afterwards, and what else a client of HTTP can get wrong."""

from __future__ import annotations

import datetime
import json
import urllib.parse
import uuid

import pytest
import urllib3
from botocore import xform_name
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

import made
import server as servers
from server import ROLE

NOBODY = "9999999999"


class Raw:
    """Signed requests made by hand, so that they can be spoilt after signing."""

    def __init__(self, server):
        self.endpoint, (self.key, self.secret) = server.endpoint, server.credentials()
        self.http = urllib3.PoolManager()

    def sign(self, method, path, body=b"", key=None, secret=None, region="us-east-1", service="omics", at=None):
        headers = {"Content-Type": "application/json"} if body else {}
        request = AWSRequest(method, self.endpoint + path, headers=headers, data=body)
        signer = SigV4Auth(Credentials(key or self.key, secret or self.secret), service, region)
        if at is None:
            signer.add_auth(request)
        else:
            _sign_at(signer, request, at)
        return dict(request.headers)

    def send(self, method, path, headers, body=b""):
        return self.http.request(method, self.endpoint + path, headers=headers, body=body or None, redirect=False)


def _sign_at(signer, request, at):
    import botocore.auth as auth

    real = auth.get_current_datetime
    auth.get_current_datetime = lambda *a, **k: at
    try:
        signer.add_auth(request)
    finally:
        auth.get_current_datetime = real


@pytest.fixture(scope="module")
def raw(server):
    return Raw(server)


def now(**delta):
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(**delta)


def refused(answer, *codes):
    assert answer.status == 403, answer.data
    code = answer.headers["x-amzn-ErrorType"].split(":")[0]
    assert code in codes, (code, answer.data)
    message = json.loads(answer.data)["message"]
    assert message
    return message


BODY = json.dumps({"maxResults": 3}).encode()


def test_a_good_signature_by_hand_is_accepted(raw):
    assert raw.send("POST", "/variantStores", raw.sign("POST", "/variantStores", BODY), BODY).status == 200
    for skew in (-14, 14):
        headers = raw.sign("POST", "/variantStores", BODY, at=now(minutes=skew))
        assert raw.send("POST", "/variantStores", headers, BODY).status == 200, skew


def test_403_unsigned(raw):
    refused(raw.send("POST", "/variantStores", {}, BODY), "MissingAuthenticationTokenException")
    refused(raw.send("GET", "/no/such/path", {}), "MissingAuthenticationTokenException", "AccessDeniedException")


def test_403_wrong_key(raw):
    headers = raw.sign("POST", "/variantStores", BODY, key="AKIAIOSFODNN7EXAMPLE")
    message = refused(raw.send("POST", "/variantStores", headers, BODY), "UnrecognizedClientException")
    assert message == "The security token included in the request is invalid."


def test_403_wrong_secret(raw):
    headers = raw.sign("POST", "/variantStores", BODY, secret="not the secret")
    message = refused(raw.send("POST", "/variantStores", headers, BODY), "InvalidSignatureException")
    assert raw.secret not in message


def test_403_altered_body(raw):
    headers = raw.sign("POST", "/variantStores", BODY)
    refused(raw.send("POST", "/variantStores", headers, BODY.replace(b"3", b"4")), "InvalidSignatureException")


def test_403_altered_header_path_or_query(raw):
    headers = raw.sign("POST", "/variantStores", BODY)
    refused(raw.send("POST", "/variantStores", {**headers, "Content-Type": "text/plain"}, BODY),
            "InvalidSignatureException")
    refused(raw.send("POST", "/referencestores", headers, BODY), "InvalidSignatureException")
    refused(raw.send("POST", "/variantStores?maxResults=1", headers, BODY), "InvalidSignatureException")
    refused(raw.send("DELETE", "/variantStores", headers, BODY), "InvalidSignatureException")


@pytest.mark.parametrize("minutes", [-16, 16, -60 * 24 * 365])
def test_403_stale_or_future_date(raw, minutes):
    headers = raw.sign("POST", "/variantStores", BODY, at=now(minutes=minutes))
    refused(raw.send("POST", "/variantStores", headers, BODY), "InvalidSignatureException", "RequestExpiredException")


@pytest.mark.parametrize("scope", [{"region": "eu-west-1"}, {"service": "s3"}])
def test_403_wrong_scope(raw, scope):
    headers = raw.sign("POST", "/variantStores", BODY, **scope)
    refused(raw.send("POST", "/variantStores", headers, BODY), "InvalidSignatureException")


@pytest.mark.parametrize("value", ["AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=x", "Basic YTpi", "Bearer x", ""])
def test_403_malformed_authorization(raw, value):
    headers = {**raw.sign("POST", "/variantStores", BODY), "Authorization": value}
    refused(raw.send("POST", "/variantStores", headers, BODY), "IncompleteSignatureException",
            "MissingAuthenticationTokenException", "InvalidSignatureException")


def test_403_tells_nothing(raw, store):
    """What exists and what does not look alike to a stranger."""
    answers = set()
    for name in (store, "nobodys_store"):
        path = f"/variantStore/{name}"
        got = raw.send("GET", path, raw.sign("GET", path, secret="wrong"))
        answers.add((got.status, got.headers["x-amzn-ErrorType"], got.data))
    assert len(answers) == 1


def test_403_through_boto3(server, omics):
    with servers.environment(server.aws_environment()):
        import boto3

        key, _ = server.credentials()
        for keys, code in (((key, "wrong"), "InvalidSignatureException"),
                           (("AKIAIOSFODNN7EXAMPLE", "wrong"), "UnrecognizedClientException")):
            stranger = boto3.Session().client("omics", aws_access_key_id=keys[0], aws_secret_access_key=keys[1])
            for operation, request in ANY_REQUEST.items():
                with pytest.raises(ClientError) as refused_:
                    getattr(stranger, xform_name(operation))(**request)
                assert refused_.value.response["Error"]["Code"] == code, operation
                assert refused_.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


_REF = {"referenceStoreId": NOBODY, "id": NOBODY}
_ARN = "arn:aws:omics:us-east-1:123456789012:variantStore/x"
ANY_REQUEST = {
    "ListReferenceStores": {}, "ListVariantStores": {}, "ListVariantImportJobs": {},
    "CreateReferenceStore": {"name": "x"}, "GetReferenceStore": {"id": NOBODY}, "DeleteReferenceStore": {"id": NOBODY},
    "StartReferenceImportJob": {"referenceStoreId": NOBODY, "roleArn": ROLE,
                                "sources": [{"sourceFile": "s3://bucket/k", "name": "xxx"}]},
    "GetReferenceImportJob": _REF, "ListReferenceImportJobs": {"referenceStoreId": NOBODY},
    "ListReferences": {"referenceStoreId": NOBODY}, "GetReferenceMetadata": _REF,
    "GetReference": {**_REF, "partNumber": 1}, "DeleteReference": _REF,
    "CreateVariantStore": {"name": "xxx", "reference": {"referenceArn": "arn:aws:omics:us-east-1:123456789012:x"}},
    "GetVariantStore": {"name": "xxx"}, "UpdateVariantStore": {"name": "xxx"}, "DeleteVariantStore": {"name": "xxx"},
    "StartVariantImportJob": {"destinationName": "xxx", "roleArn": ROLE, "items": [{"source": "s3://bucket/k"}]},
    "GetVariantImportJob": {"jobId": str(uuid.UUID(int=1))}, "CancelVariantImportJob": {"jobId": str(uuid.UUID(int=1))},
    "TagResource": {"resourceArn": _ARN, "tags": {"k": "v"}}, "UntagResource": {"resourceArn": _ARN, "tagKeys": ["k"]},
    "ListTagsForResource": {"resourceArn": _ARN},
}


# --- wire ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"null", b'{"maxResults": "three"}', b'{"ids": 7}', b"\xff\xfe",
                                  b"[" * 100_000])
def test_malformed_body_is_a_validation_error(raw, body):
    answer = raw.send("POST", "/variantStores", raw.sign("POST", "/variantStores", body), body)
    if body in (b"null", b'{"maxResults": "three"}'):  # maxResults is no body member; null may pass for nothing
        assert answer.status in (200, 400)
        return
    assert answer.status == 400, answer.data
    assert answer.headers["x-amzn-ErrorType"].split(":")[0] in ("ValidationException", "SerializationException")


def test_unknown_path_and_method(raw):
    for method, path in (("GET", "/nothing/here"), ("PUT", "/variantStore"),
                         ("GET", "/variantStores/../variantStores")):
        answer = raw.send(method, path, raw.sign(method, path))
        assert answer.status in (403, 404, 405), (method, path, answer.status, answer.data)
        assert json.loads(answer.data)["message"]


def test_oversized_body_is_refused(raw):
    body = b'{"description":"' + b"x" * (64 << 20) + b'"}'
    headers = raw.sign("POST", "/variantStore/x", body)
    try:
        assert raw.send("POST", "/variantStore/x", headers, body).status in (400, 413)
    except urllib3.exceptions.HTTPError:
        pass  # the server hung up, which is a refusal too
    assert raw.send("POST", "/variantStores", raw.sign("POST", "/variantStores", BODY), BODY).status == 200


def test_host_prefixes_are_not_needed_nor_harmful(raw, server):
    """A client may put analytics- before the host; the signature covers whatever it sent."""
    for prefix in ("analytics-", "control-storage-", "tags-", "storage-", ""):
        host = prefix + server.endpoint.removeprefix("http://")
        request = AWSRequest("POST", f"http://{host}/variantStores", headers={"Content-Type": "application/json"},
                             data=BODY)
        SigV4Auth(Credentials(raw.key, raw.secret), "omics", "us-east-1").add_auth(request)
        answer = raw.send("POST", "/variantStores", {**dict(request.headers), "Host": host}, BODY)
        assert answer.status == 200, (host, answer.data)


def test_answers_carry_request_ids(omics):
    first, second = (omics.list_variant_stores()["ResponseMetadata"]["RequestId"] for _ in range(2))
    assert first and second and first != second


def test_times_are_iso_8601(raw, user, store, bucket):
    made.big_vcf(bucket / "small.vcf", 10)
    path = f"/import/variant/{user.load(store, 's3://tmp/small.vcf')['id']}"
    got = json.loads(raw.send("GET", path, raw.sign("GET", path)).data)
    for member in ("creationTime", "updateTime", "completionTime"):
        datetime.datetime.strptime(got[member], "%Y-%m-%dT%H:%M:%S.%fZ")
    arn = urllib.parse.quote(user.omics.get_variant_store(name=store)["storeArn"], safe="")
    assert raw.send("GET", f"/tags/{arn}", raw.sign("GET", f"/tags/{arn}")).status == 200
