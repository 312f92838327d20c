"""What is not typed as it was read does not pass: each slip on each line of each kind of message."""

import random
from collections.abc import Iterator

import pytest

from openline.aloud.alphabet import words_of
from openline.aloud.check import MAX_LINE_CHARS, line_check
from openline.aloud.heard import Typed, verified, verified_line
from openline.aloud.labels import is_label
from openline.aloud.lines import HEADING, Line, Spoken, spoken
from openline.aloud.values import heard
from openline.coordination.messages import BODIES, Kind
from openline.errors import Invalid, LimitExceeded
from unit.aloud.all_kinds import entries

ENTRIES = entries()
MESSAGES = [spoken(entry) for entry in ENTRIES]
SAYABLE = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_/: "
BEYOND = "АБВ٣ع中é"


def typed(lines: Spoken) -> list[Typed]:
    return [Typed(line.label, line.value, line.check) for line in lines.lines]


def slips(value: str) -> Iterator[str]:
    """All that one slip makes of a value: a wrong character, two swapped, one left out or doubled."""
    for at, mark in enumerate(value):
        for other in SAYABLE + BEYOND:
            yield value[:at] + other + value[at + 1 :]
        if at:
            yield value[: at - 1] + mark + value[at - 1] + value[at + 1 :]
        yield value[:at] + value[at + 1 :]
        yield value[:at] + mark + value[at:]


def test_there_is_a_message_of_every_kind() -> None:
    assert {entry.kind for entry in ENTRIES} == {kind.value for kind in BODIES}


@pytest.mark.parametrize("number", range(len(MESSAGES)), ids=lambda it: f"{ENTRIES[it].kind}-{it}")
def test_every_slip_on_one_line_is_named_at_once(number: int) -> None:
    for line in MESSAGES[number].lines:
        if line.label.startswith("document.") and line.number % 9:
            continue  # a countersigned document: forty lines of one sort
        check, tried = line.check, 0
        for wrong in set(map(heard, slips(line.value))) - {line.said}:
            assert line_check(line.number, line.label, wrong) != check, (line, wrong)
            tried += 1
        assert tried > 40 * len(line.said)


@pytest.mark.parametrize("text", ["НИЖЕ ЭШЕЛОНА 120", "الارتفاع 9500", "高度9500米", "CAFÉ"])
def test_every_slip_in_a_text_of_any_script_is_found(text: str) -> None:
    line = Line(9, "text", text)
    for wrong in set(map(heard, slips(line.value))) - {line.said}:
        assert line_check(9, "text", wrong) != line.check, wrong


@pytest.mark.parametrize("message", MESSAGES, ids=lambda it: it.value("the-kind"))
def test_what_is_typed_as_it_was_read_is_taken(message: Spoken) -> None:
    call = verified(typed(message), message.whole)
    assert call.lines == message
    loosely = [
        Typed(f" {it.label.upper()} ", " ".join(it.value.lower()), words_of(it.check).lower())
        for it in typed(message)
    ]
    again = verified(loosely, " ".join(message.whole.lower()))
    assert [line.said for line in again.lines.lines] == [line.said for line in message.lines]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda it: it.value("the-kind"))
def test_the_labels_of_a_kind_are_those_that_its_messages_have(message: Spoken) -> None:
    kind = Kind(message.value("the-kind"))
    labels = [line.label for line in message.lines]
    assert tuple(labels[: len(HEADING)]) == HEADING
    assert len(set(labels)) == len(labels)
    assert all(is_label(kind, label) for label in labels)
    assert not is_label(kind, "target")


@pytest.mark.parametrize("message", MESSAGES, ids=lambda it: it.value("the-kind"))
def test_a_line_left_out_doubled_or_swapped_is_found(message: Spoken) -> None:
    lines = typed(message)
    for at in range(len(lines)):
        others = [lines[:at] + lines[at + 1 :], lines[: at + 1] + lines[at:]]
        others += [[*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]] if at + 1 < len(lines) else []
        for wrong in others:
            with pytest.raises(Invalid) as caught:
                verified(wrong, message.whole)
            assert caught.value.code in ("slip", "out-of-order", "heading-incomplete")


def test_a_slip_names_its_line() -> None:
    lines = typed(MESSAGES[0])
    lines[10] = Typed(lines[10].label, lines[10].value + "1", lines[10].check)
    with pytest.raises(Invalid) as caught:
        verified(lines, MESSAGES[0].whole)
    assert caught.value.field == lines[10].label
    assert "line 11" in caught.value.text


def test_of_slips_at_random_that_pass_their_lines_none_passes_the_whole() -> None:
    """Such slips are made on purpose here: two values are changed until both checks hold again."""
    chance = random.Random(20)
    message = MESSAGES[0]
    made = 0
    for line in message.lines[len(HEADING) :]:
        for _ in range(12_000 // len(line.value)):
            marks = [chance.choice(SAYABLE[:-1]) for _ in line.value]
            wrong = Line(line.number, line.label, "".join(marks))
            if wrong.said != line.said and wrong.check == line.check:
                made += 1
                lines = [wrong if it.number == line.number else it for it in message.lines]
                assert Spoken(tuple(lines)).whole != message.whole
    assert made > 0


@pytest.mark.parametrize(
    ("label", "value", "code"),
    [
        ("the-sender", "ALPHA", "out-of-order"),
        ("the-mark", "REAL", "slip"),
    ],
)
def test_a_heading_begins_with_its_first_line(label: str, value: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        verified_line(1, Typed(label, value, "AAA"))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("at", "value", "code"),
    [(3, "URGENT0", "heading-malformed"), (3, "12", "heading-malformed"), (4, "NOSUCH", "unknown-kind")],
)
def test_a_heading_that_names_no_message_is_refused(at: int, value: str, code: str) -> None:
    lines = [
        Line(it.number, it.label, value if it.number == at + 1 else it.value) for it in MESSAGES[0].lines
    ]
    wrong = Spoken(tuple(lines[: len(HEADING)]))
    with pytest.raises(Invalid) as caught:
        verified(typed(wrong), wrong.whole)
    assert caught.value.code == code


def test_a_field_that_the_kind_does_not_have_cannot_be_typed() -> None:
    line = Line(8, "target", "X")
    lines = [*typed(MESSAGES[0])[: len(HEADING)], Typed("target", "X", line.check)]
    with pytest.raises(Invalid) as caught:
        verified(lines, None)
    assert caught.value.code == "no-such-label"


def test_a_line_too_long_for_its_check_is_refused() -> None:
    with pytest.raises(LimitExceeded) as caught:
        line_check(1, "text", "A" * MAX_LINE_CHARS)
    assert caught.value.clause == "MAX_LINE_CHARS"
