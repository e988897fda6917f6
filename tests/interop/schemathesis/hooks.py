"""What schemathesis must not do here."""

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    """Waits for no push: there is nobody who would take it."""
    if case.query and str(case.query.get("wait")).lower() in ("true", "1"):
        case.query.pop("wait")
