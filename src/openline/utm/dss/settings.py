"""What a party may settle about its DSS."""

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """allow_http: whether base URLs may do without TLS. time_based_notification_index: indices are read off
    the clock instead of counted (a counter is one more row that all who change something nearby wait for).
    """

    allow_http: bool = False
    time_based_notification_index: bool = False
