"""The standard's constants for a USS (F3548-21 Annex A5, under its names), and our own limits."""

from typing import Final

SECOND_MS: Final = 1_000
HOUR_MS: Final = 3_600 * SECOND_MS
DAY_MS: Final = 24 * HOUR_MS

# Planning (SCD) -----------------------------------------------------------------------------------
OI_MAX_PLAN_HORIZON_MS: Final = 30 * DAY_MS
"""OiMaxPlanHorizon: an operational intent starts no later than 30 days from now."""
OI_MAX_VERTICES: Final = 10_000
"""OiMaxVertices: of all volumes of one operational intent together; a circle counts as one."""
OI_MAX_CANCEL_TIME_MS: Final = 5 * SECOND_MS
"""OiMaxCancelTime: from the wish of the operator to end to the removal at the DSS."""
TRANSITION_TO_ENDED_MAX_TIME_MS: Final = 5 * SECOND_MS
"""TransitionToEndedMaxTime: from the end of its time to its removal at the DSS."""

# Telling others -----------------------------------------------------------------------------------
USS_OI_CHANGE_NOTIFICATION_MAX_MS: Final = 5 * SECOND_MS
"""UssOiChangeNotificationMax: from the DSS's answer until every subscriber was told."""
MAX_RESPOND_TO_OI_DETAILS_REQUEST_MS: Final = 1 * SECOND_MS
"""MaxRespondToOIDetailsRequest: in 95 % of the cases."""
MAX_RESPOND_TO_SUBSCRIPTION_NOTIFICATION_MS: Final = 5 * SECOND_MS
"""MaxRespondToSubscriptionNotification."""
POS_INFO_REQUEST_MAX_RESPONSE_TIME_MS: Final = 5 * SECOND_MS
"""PosInfoRequestMaxResponseTime."""
CSTR_MAX_TIME_SEND_DETAILS_MS: Final = 5 * SECOND_MS
"""CstrMaxTimeSendDetails."""

# Telling our own people ---------------------------------------------------------------------------
CONFLICTING_OI_MAX_USER_NOTIFICATION_TIME_MS: Final = 5 * SECOND_MS
"""ConflictingOIMaxUserNotificationTime: until our operator knows of a conflict with his operation."""
INTERSECTING_CONSTRAINT_USER_NOTIFICATION_MAX_MS: Final = 5 * SECOND_MS
"""IntersectingConstraintUserNotificationMax."""
USER_OI_STATE_CHANGE_NOTIFICATION_MAX_MS: Final = 5 * SECOND_MS
"""UserOiStateChangeNotificationMax."""

# Conformance (CMSA, ACM) --------------------------------------------------------------------------
OI_MIN_CONFORMANCE_PERCENT: Final = 95
"""OiMinConformance: of the time in flight within the volumes, over the evaluation period."""
OI_MAX_EXCURSIONS_PER_FLIGHT_HOUR: Final = 18
"""OiMaxExcursionsPerFlightHour."""
OI_MAX_DURATION_PER_EXCURSION_MS: Final = 10 * SECOND_MS
"""OiMaxDurationPerExcursion: longer outside the volumes is nonconforming."""
OI_MAX_UPDATE_TIME_NONCONF_MS: Final = 5 * SECOND_MS
"""OiMaxUpdateTimeNonconf: from the finding to the DSS."""
OI_MAX_UPDATE_TIME_CONTINGENT_MS: Final = 5 * SECOND_MS
"""OiMaxUpdateTimeContingent."""
OI_MAX_UPDATE_RESTORE_CONF_MS: Final = 5 * SECOND_MS
"""OiMaxUpdateRestoreConf: from being back to Activated at the DSS."""
MAX_RECOVERABLE_TIME_IN_NONCONFORMING_STATE_MS: Final = 60 * SECOND_MS
"""MaxRecoverableTimeInNonconformingState: after it the aircraft is Contingent."""
AGG_CONF_MON_EVALUATION_FLIGHT_HOURS: Final = 10
"""AggConfMonEvaluationFlightHours: with less there is nothing to say of an operator."""
AGG_CONF_MON_EVALUATION_PERIOD_MS: Final = 7 * DAY_MS
"""AggConfMonEvaluationPeriod."""
MAX_AGG_CONF_MON_ANALYSIS_LATENCY_MS: Final = 24 * HOUR_MS
"""MaxAggConfMonAnalysisLatency: how old an analysis may be."""
MAX_NON_PERFORMANCE_NOTIFICATION_LATENCY_MS: Final = 6 * HOUR_MS
"""MaxNonPerformanceNotificationLatency: from the finding to the operator."""

# Ours ---------------------------------------------------------------------------------------------
MAX_KNOWN: Final = 10_000
"""Details of others' entities that are remembered; the longest unused go first."""
MAX_AROUND: Final = 5_000
"""Operational intents in one area of interest that we are ready to fetch and to judge."""
MAX_TRIES_ON_CONFLICT: Final = 5
"""How often a filing begins again because the DSS knew of something that we did not."""
LOST_CONTACT_MS: Final = 10 * SECOND_MS
"""Without a position for so long, an Activated flight that has ever reported is not known to conform."""
