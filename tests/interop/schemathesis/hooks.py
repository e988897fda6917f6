"""What schemathesis must not do here."""

import itertools
import re

import schemathesis


numbers = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Waits for no push, keeps the account and token it asks by, and has no two requests share a key."""
    key = (case.headers or {}).get("Idempotency-Key")
    if key is not None and re.fullmatch("[ -~]{1,255}", str(key)):
        case.headers["Idempotency-Key"] = f"key {next(numbers)}"
    if case.query and str(case.query.get("wait")).lower() in ("true", "1"):
        case.query.pop("wait")
    if case.path in ("/tokens/{id}", "/users/{id}") and str(case.path_parameters.get("id")) == "1":
        case.path_parameters["id"] = 999_999
