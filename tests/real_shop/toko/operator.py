"""What the pages say of who runs the shop; nothing, unless TOKO_STATES_OPERATOR is 1."""

from django.conf import settings


def context(request) -> dict[str, bool]:
    """Give every template `states_operator`."""
    return {"states_operator": settings.STATES_OPERATOR}
