"""Our constants are the standard's, as InterUSS' package has them."""

import pytest
from uas_standards.astm.f3548.v21 import constants

from openline.utm.uss import limits

SECOND, HOUR, DAY = 1_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("ours", "theirs", "unit"),
    [
        ("OI_MAX_PLAN_HORIZON_MS", "OiMaxPlanHorizonDays", DAY),
        ("OI_MAX_VERTICES", "OiMaxVertices", 1),
        ("OI_MAX_CANCEL_TIME_MS", "OiMaxCancelTimeSeconds", SECOND),
        ("TRANSITION_TO_ENDED_MAX_TIME_MS", "TransitionToEndedMaxTimeSeconds", SECOND),
        ("USS_OI_CHANGE_NOTIFICATION_MAX_MS", "UssOiChangeNotificationMaxSeconds", SECOND),
        ("MAX_RESPOND_TO_OI_DETAILS_REQUEST_MS", "MaxRespondToOIDetailsRequestSeconds", SECOND),
        (
            "MAX_RESPOND_TO_SUBSCRIPTION_NOTIFICATION_MS",
            "MaxRespondToSubscriptionNotificationSeconds",
            SECOND,
        ),
        ("POS_INFO_REQUEST_MAX_RESPONSE_TIME_MS", "PosInfoRequestMaxResponseTimeSeconds", SECOND),
        ("CSTR_MAX_TIME_SEND_DETAILS_MS", "CstrMaxTimeSendDetailsSeconds", SECOND),
        (
            "CONFLICTING_OI_MAX_USER_NOTIFICATION_TIME_MS",
            "ConflictingOIMaxUserNotificationTimeSeconds",
            SECOND,
        ),
        (
            "INTERSECTING_CONSTRAINT_USER_NOTIFICATION_MAX_MS",
            "IntersectingConstraintUserNotificationMaxSeconds",
            SECOND,
        ),
        ("USER_OI_STATE_CHANGE_NOTIFICATION_MAX_MS", "UserOiStateChangeNotificationMaxSeconds", SECOND),
        ("OI_MIN_CONFORMANCE_PERCENT", "OiMinConformancePercent", 1),
        ("OI_MAX_EXCURSIONS_PER_FLIGHT_HOUR", "OiMaxExcursionsPerFlightHour", 1),
        ("OI_MAX_DURATION_PER_EXCURSION_MS", "OiMaxDurationPerExcursionSeconds", SECOND),
        ("OI_MAX_UPDATE_TIME_NONCONF_MS", "OiMaxUpdateTimeNonconfSeconds", SECOND),
        ("OI_MAX_UPDATE_TIME_CONTINGENT_MS", "OiMaxUpdateTimeContingentSeconds", SECOND),
        ("OI_MAX_UPDATE_RESTORE_CONF_MS", "OiMaxUpdateRestoreConfSeconds", SECOND),
        (
            "MAX_RECOVERABLE_TIME_IN_NONCONFORMING_STATE_MS",
            "MaxRecoverableTimeInNonconformingStateSeconds",
            SECOND,
        ),
        ("AGG_CONF_MON_EVALUATION_FLIGHT_HOURS", "AggConfMonEvaluationFlightHours", 1),
        ("AGG_CONF_MON_EVALUATION_PERIOD_MS", "AggConfMonEvaluationPeriodDays", DAY),
        ("MAX_AGG_CONF_MON_ANALYSIS_LATENCY_MS", "MaxAggConfMonAnalysisLatencyHours", HOUR),
        ("MAX_NON_PERFORMANCE_NOTIFICATION_LATENCY_MS", "MaxNonPerformanceNotificationLatencyHours", HOUR),
    ],
)
def test_a_constant_is_the_standards(ours: str, theirs: str, unit: int) -> None:
    assert getattr(limits, ours) == getattr(constants, theirs) * unit
