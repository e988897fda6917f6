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

    # Their parser wants no space there, which RFC 9110 allows and RFC 8292 shows.
    if not Vapid02.verify(sent["authorization"].replace(", ", ",")):
        raise ValueError("the signature is not good")
    scheme, fields = sent["authorization"].split(" ", 1)
    token = dict(field.strip().split("=", 1) for field in fields.split(","))["t"]
    claims = jwt.decode(token, options={"verify_signature": False})
    return {"scheme": scheme, "header": jwt.get_unverified_header(token), "claims": claims}


def google(sent):
    """Verifies the assertion that is exchanged for an access token."""
    import jwt
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from google.oauth2 import service_account

    account = sent["account"]
    claims = jwt.decode(
        sent["assertion"],
        load_pem_private_key(account["private_key"].encode(), password=None).public_key(),
        algorithms=["RS256"],
        audience=account["token_uri"],
        options={"verify_exp": False, "verify_iat": False},
    )
    # Google's own library reads the same file and would ask for the same, at an address that it
    # takes for given.
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


def webhook(expected):
    """Takes one webhook and verifies it under each of the secrets that it may be signed with."""
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from standardwebhooks import Webhook

    taken = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            taken.append((body, dict(self.headers)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.timeout = 30
    say_port(server.server_port)
    server.handle_request()
    body, headers = taken[0]
    return [Webhook(secret).verify(body, headers) for secret in expected["secrets"]]


def mail(expected):
    """Takes one letter as a mail server does, and reads it as a mail program does."""
    import asyncio
    import email
    import email.policy
    from aiosmtpd.smtp import SMTP, AuthResult

    def may_enter(_server, _session, _envelope, _mechanism, login):
        return AuthResult(success=login.password.decode() == expected["password"])

    async def take_one():
        taken = asyncio.get_running_loop().create_future()

        class Inbox:
            async def handle_DATA(self, _server, _session, envelope):
                taken.set_result(envelope)
                return "250 taken"

        def visit():
            return SMTP(
                Inbox(),
                authenticator=may_enter,
                auth_required=True,
                auth_require_tls=False,
                hostname="mail.example",
            )

        server = await asyncio.get_running_loop().create_server(visit, "127.0.0.1", 0)
        say_port(server.sockets[0].getsockname()[1])
        return await asyncio.wait_for(taken, 30)

    envelope = asyncio.run(take_one())
    letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
    parts = list(letter.walk())
    return {
        "from": envelope.mail_from,
        "to": envelope.rcpt_tos,
        "headers": {name.lower(): str(value) for name, value in letter.items()},
        "text": letter.get_body(("plain",)).get_content(),
        "html": letter.get_body(("html",)).get_content(),
        "defects": [repr(defect) for part in parts for defect in part.defects],
        "longest_line": max(len(line) for line in envelope.content.split(b"\r\n")),
    }


def say_port(port):
    """Those that wait for a call say first where, in a line of its own."""
    print(port, flush=True)


CHECKS = {
    "web_push": web_push,
    "vapid": vapid,
    "google": google,
    "webhook": webhook,
    "mail": mail,
    "calendar": feeds.calendar,
    "rss": feeds.rss,
}

if __name__ == "__main__":
    json.dump(CHECKS[sys.argv[1]](json.load(sys.stdin)), sys.stdout)
