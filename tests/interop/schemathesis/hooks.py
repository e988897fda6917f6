"""What schemathesis must not do here."""

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    """Waits for no push, which nobody would take, and keeps the account and token it asks by."""
    if case.query and str(case.query.get("wait")).lower() in ("true", "1"):
        case.query.pop("wait")
    if case.path in ("/tokens/{id}", "/users/{id}") and str(case.path_parameters.get("id")) == "1":
        case.path_parameters["id"] = 999_999
