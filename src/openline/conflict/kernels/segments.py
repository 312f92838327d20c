"""Two straight segments in the plane: do they meet, and how near do they come?"""

import math

from openline.conflict.kernels.jit import kernel


@kernel
def cross(
    pu: float, pv: float, qu: float, qv: float, ru: float, rv: float, su: float, sv: float
) -> tuple[bool, float]:
    """Does p-q cross r-s, and at which share of p-q?

    A sign that rounding could turn belongs to an end within a micrometre of the other segment, and such an
    end is found by `foot`: together they miss nothing, so that no predicate needs more digits.
    """
    du, dv = qu - pu, qv - pv
    first = du * (rv - pv) - dv * (ru - pu)
    second = du * (sv - pv) - dv * (su - pu)
    if (first > 0.0) == (second > 0.0):
        return False, 0.0
    eu, ev = su - ru, sv - rv
    third = eu * (pv - rv) - ev * (pu - ru)
    fourth = eu * (qv - rv) - ev * (qu - ru)
    if (third > 0.0) == (fourth > 0.0):
        return False, 0.0
    return True, third / (third - fourth)


@kernel
def foot(u: float, v: float, pu: float, pv: float, qu: float, qv: float) -> tuple[float, float]:
    """The square of the distance from (u, v) to the segment p-q, and the share of it that is nearest."""
    du, dv = qu - pu, qv - pv
    square = du * du + dv * dv
    share = 0.0
    if square > 0.0:
        share = min(1.0, max(0.0, ((u - pu) * du + (v - pv) * dv) / square))
    au, av = u - pu - share * du, v - pv - share * dv
    return au * au + av * av, share


@kernel
def apart(
    pu: float, pv: float, qu: float, qv: float, ru: float, rv: float, su: float, sv: float
) -> tuple[float, float, float]:
    """The distance of p-q and r-s (0.0 where they cross), and the shares of both that are nearest."""
    meet, share = cross(pu, pv, qu, qv, ru, rv, su, sv)
    if meet:
        _, other = foot(pu + share * (qu - pu), pv + share * (qv - pv), ru, rv, su, sv)
        return 0.0, share, other
    best, one, two = math.inf, 0.0, 0.0
    square, share = foot(pu, pv, ru, rv, su, sv)
    if square < best:
        best, one, two = square, 0.0, share
    square, share = foot(qu, qv, ru, rv, su, sv)
    if square < best:
        best, one, two = square, 1.0, share
    square, share = foot(ru, rv, pu, pv, qu, qv)
    if square < best:
        best, one, two = square, share, 0.0
    square, share = foot(su, sv, pu, pv, qu, qv)
    if square < best:
        best, one, two = square, share, 1.0
    return math.sqrt(best), one, two
