"""Every limit of what a file may hold, by name. Meeting one is a clear error that names it (``clause``)."""

from typing import Final

MAX_GEOJSON_BYTES: Final = 4 * 1024 * 1024
"""A GeoJSON body: 10,000 vertices take some 400 kB."""
MAX_FLIGHTS_BYTES: Final = 64 * 1024 * 1024
"""A CSV of recorded flights: about a million positions."""
MAX_FEATURES: Final = 5_000
"""Features of one GeoJSON file."""
MAX_DEPTH: Final = 32
"""Brackets within brackets; GeoJSON itself needs 8."""
MAX_FLIGHTS: Final = 20_000
"""Legs of one CSV file."""
MAX_TEXT_LENGTH: Final = 64
"""Of a text in a property: no field of a filing is longer."""

LEG_GAP_MS: Final = 3_600_000
"""A callsign that is silent for more than an hour comes back as another flight."""
OUTLIER_SPEED_M_S: Final = 1_000.0
"""What a recorded position implies beyond this is an error of the recording: the fastest aircraft flew at 981
m/s.
"""
OUTLIER_SLACK_M: Final = 100.0
"""Noise of a recorded position, which at short intervals is no speed."""
MAX_SIMPLIFIED_LEG_M: Final = 4_000_000.0
"""A simplified leg is no longer than this, so that its geodesic stays plain (a trajectory allows 5,000 km).
"""
