"""What is seen: live tracks from ADS-B, Cursor-on-Target, Remote ID or F3548 telemetry, as ``Track``.

The room is reserved: a flight that is watched is compared with what was said of it, and that begins here.
"""
