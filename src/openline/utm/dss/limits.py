"""Every limit of what suppliers may ask of the DSS, by name: the standard's, the public DSS's and ours."""

from typing import Final

from openline.airspace.limits import DAY_MS, HOUR_MS, SECOND_MS

MINUTE_MS: Final = 60 * SECOND_MS

# Of the standard (F3548-21 Annex A2) --------------------------------------------------------------
OI_MAX_VERTICES: Final = 10_000
"""OiMaxVertices: of all volumes of an operational intent together; a circle counts as one."""
OI_MAX_PLAN_HORIZON_MS: Final = 30 * DAY_MS
"""OiMaxPlanHorizonDays: no volume of an operational intent starts later than this from now."""
CSTR_MAX_VERTICES: Final = 1_000
"""CstrMaxVertices: of all volumes of a constraint together; a circle counts as one."""
CSTR_MAX_AREA_KM2: Final = 10_000.0
"""CstrMaxAreaKm2: of all volumes of a constraint together, circles too."""
CSTR_MAX_DURATION_MS: Final = 24 * HOUR_MS
"""CstrMaxDurationHours: from the earliest start to the latest end of a constraint."""
CSTR_MAX_PLANNING_HORIZON_MS: Final = 56 * DAY_MS
"""CstrMaxPlanningHorizonDays: no volume of a constraint starts later than this from now."""
MAX_SUBSCRIPTION_DURATION_MS: Final = 24 * HOUR_MS
"""DSSMaxSubscriptionDurationHours: from the start to the end of a subscription (an implicit one lasts as long
as its operational intents).
"""

# Of the public DSS --------------------------------------------------------------------------------
MAX_AREA_KM2: Final = 2_500.0
"""Of the volumes of an operational intent, a subscription or a question together: 413 above it."""
MAX_CLOCK_SKEW_MS: Final = 5 * MINUTE_MS
"""How far a requested OVN's UUIDv7 may be from now, a new subscription's start in the past, and how much
later than an operational intent that depends on it a subscription may start.
"""

# Ours ---------------------------------------------------------------------------------------------
MAX_VOLUMES: Final = 1_000
"""Volumes of one entity."""
MAX_URL: Final = 1_024
"""Characters of a base URL."""
MAX_KEY: Final = 20_000
"""OVNs in a key."""
MAX_DEPENDENTS: Final = 200
"""Operational intents that one implicit subscription serves: it is stored with the extents of all of them."""
MAX_SUBSCRIPTIONS_IN_AREA: Final = 1_000
"""Explicit subscriptions of one manager that meet the area of a new one."""
COVER_TOLERANCE_M: Final = 1.0
"""How far an operational intent may reach out of the subscription that is to cover it: circles are compared
as polygons, and suppliers round.
"""
VICINITY_M: Final = 100.0
"""How near in plan, at the same height and time, something is relevant: it is found, its OVN is asked for and
its subscribers are told. The DSS sifts and the USSs decide, so whoever plans has to hear of what he nearly
meets (the public DSS sifts by cells of about a kilometre; InterUSS' prober wants the OVN of an intent that
is 81 m away).
"""
OVER_KEPT_MS: Final = HOUR_MS
"""How long an operational intent or constraint that is over may still be asked for, changed and removed. A
subscription that is over is invisible at once, and removed then.
"""
MAX_SWEPT: Final = 100
"""Entities that are removed in one sweep."""
MAX_WIDENINGS: Final = 5
"""How often a batch begins anew because it turns out to need more keys than it holds."""
MAX_USS_ID: Final = 256
"""Characters of a USS's name."""
