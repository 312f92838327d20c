"""The recorded Swiss flights through `traffic`: closest_point_of_approach of all against all, as JSON.

    PYTHON bench/peer_traffic.py [--workers 2] [--frame d]

PYTHON is that of an environment of its own, with ``pip install traffic==2.13 'pandas<3'``. `flights.py`
runs this, or reads what it printed, and compares. processor_s is the time of all its processes together.
"""

import argparse
import json
import logging
import os
import sys
import time
import warnings

LATERAL_NM, VERTICAL_FT = 5.0, 1_000.0
M_PER_NM = 1_852.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--workers", type=int, default=2, help="processes that traffic spreads the distances over"
    )
    parser.add_argument("--frame", default="d", help="pandas frequency by which traffic groups in time")
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    import pyproj
    from traffic.data.samples import switzerland

    flat = pyproj.Proj(proj="lcc", lat_0=46.8, lon_0=8.2, lat_1=46, lat_2=47.6, ellps="WGS84")
    flights = len(switzerland)  # reading the recording and splitting it is not what is measured
    begin, before = time.perf_counter(), os.times()
    found = switzerland.closest_point_of_approach(
        LATERAL_NM * M_PER_NM, VERTICAL_FT, flat, given.frame, given.workers
    )
    taken_s = time.perf_counter() - begin
    processor_s = sum(os.times()[:4]) - sum(before[:4])
    rows = found.data
    near = rows[(rows.lateral < LATERAL_NM) & (rows.vertical < VERTICAL_FT)]
    pairs = sorted({tuple(sorted(pair)) for pair in zip(near.callsign_x, near.callsign_y, strict=True)})
    figures = {"seconds": taken_s, "processor_s": processor_s, "flights": flights, "rows": len(rows)}
    json.dump(figures | {"pairs": pairs}, sys.stdout)


if __name__ == "__main__":
    main()
