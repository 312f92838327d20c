"""What must never break? Promises, held against what is committed and against every byte that leaves."""

from typing import TYPE_CHECKING

from openline.simulation.promises.promise import Broken, Promise

if TYPE_CHECKING:
    from openline.simulation.world import World

__all__ = ["Broken", "Promise", "all_promises"]


def all_promises(world: "World") -> list[Promise]:
    from openline.simulation.promises.acknowledged import AcknowledgedIsKept
    from openline.simulation.promises.agreed import AgreedIsSigned
    from openline.simulation.promises.alarms import AlarmsTellTheTruth
    from openline.simulation.promises.bounds import QueuesAreBounded
    from openline.simulation.promises.disclosure import NothingBeyondTheAccord
    from openline.simulation.promises.emergencies import EmergenciesClimb
    from openline.simulation.promises.ended import OverIsEnded
    from openline.simulation.promises.healed import HealedIsEqual
    from openline.simulation.promises.journals import JournalsAgree, JournalsVerify
    from openline.simulation.promises.movers import TheRightOneMoves
    from openline.simulation.promises.once import NothingTwice
    from openline.simulation.promises.owed import WhatIsOwedIsShown
    from openline.simulation.promises.passing import PassedOnAsAllowed
    from openline.simulation.promises.pictures import EqualHeadsEqualPictures
    from openline.simulation.promises.recorded import DoneIsRecorded
    from openline.simulation.promises.rejected import NothingHonestIsRejected
    from openline.simulation.promises.revisions import RevisionsBreakNothing
    from openline.simulation.promises.shown import ShownIsShown
    from openline.simulation.promises.spoken import SaidIsCommitted
    from openline.simulation.promises.stuck import NeverStuck
    from openline.simulation.promises.turns import TurnsAreAsSigned
    from openline.simulation.promises.urgent import UrgentFirst

    kinds: list[type[Promise]] = [
        JournalsVerify,
        JournalsAgree,
        SaidIsCommitted,
        NeverStuck,
        UrgentFirst,
        AcknowledgedIsKept,
        NothingTwice,
        NothingHonestIsRejected,
        NothingBeyondTheAccord,
        PassedOnAsAllowed,
        EqualHeadsEqualPictures,
        EmergenciesClimb,
        ShownIsShown,
        AlarmsTellTheTruth,
        WhatIsOwedIsShown,
        OverIsEnded,
        QueuesAreBounded,
        HealedIsEqual,
        TheRightOneMoves,
        AgreedIsSigned,
        TurnsAreAsSigned,
        DoneIsRecorded,
        RevisionsBreakNothing,
    ]
    return [kind(world) for kind in kinds]
