"""Checks what our code has sent with libraries that others wrote for the same protocols.

The subcommand names a protocol; what was sent comes as JSON on standard input. What the library
makes of it goes to standard output as JSON. Whatever the library refuses ends with an exception.
"""

import base64
import json
import sys

import feeds


def octets(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def web_push(sent):
    """Decrypts a message with the keys of a browser."""
    import http_ece
    from cryptography.hazmat.primitives.asymmetric import ec

    curve = ec.SECP256R1()
    private = ec.derive_private_key(int.from_bytes(octets(sent["private_key"]), "big"), curve)
    plain = http_ece.decrypt(
        octets(sent["body"]),
        private_key=private,
        auth_secret=octets(sent["auth"]),
        version="aes128gcm",
    )
    return json.loads(plain)


def vapid(sent):
    """Verifies the header by which we say who we are; returns the claims."""
    import jwt
    from py_vapid import Vapid02

    if not Vapid02.verify(sent["authorization"]):
        raise ValueError("the signature is not good")
    scheme, fields = sent["authorization"].split(" ", 1)
    token = dict(field.strip().split("=", 1) for field in fields.split(","))["t"]
    claims = jwt.decode(token, options={"verify_signature": False})
    return {"scheme": scheme, "header": jwt.get_unverified_header(token), "claims": claims}


def google(sent):
    """Verifies the assertion that is exchanged for an access token, under the certificate's key."""
    import jwt
    from google.oauth2 import service_account

    account = sent["account"]
    claims = jwt.decode(
        sent["assertion"],
        sent["public_key"],
        algorithms=["RS256"],
        audience=account["token_uri"],
        options={"verify_exp": False, "verify_iat": False},
    )
    # Google's own library reads the same file and would ask for the same.
    theirs = service_account.Credentials.from_service_account_info(account, scopes=[claims["scope"]])
    assertion = theirs._make_authorization_grant_assertion()
    expected = jwt.decode(assertion, options={"verify_signature": False})
    if set(claims) != set(expected):
        raise ValueError(f"{sorted(claims)} found, expected {sorted(expected)}")
    return {
        "header": jwt.get_unverified_header(sent["assertion"]),
        "expected_header": jwt.get_unverified_header(assertion),
        "claims": claims,
        "expected_claims": expected,
    }


CHECKS = {
    "web_push": web_push,
    "vapid": vapid,
    "google": google,
    "calendar": feeds.calendar,
    "rss": feeds.rss,
}

if __name__ == "__main__":
    json.dump(CHECKS[sys.argv[1]](json.load(sys.stdin)), sys.stdout)
