"""The messages between the program and a worker."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import protocol
from app.protocol import Event, LineAligned, LineRead, Request

shares = st.floats(0, 1)
st.register_type_strategy(
    LineRead,
    st.builds(
        LineRead,
        job=st.text(),
        line=st.text(),
        text=st.text(),
        confidence=shares,
        confidences=st.lists(shares).map(tuple),
    ),
)
st.register_type_strategy(
    LineAligned, st.builds(LineAligned, job=st.text(), line=st.text(), score=shares, boxes=st.just(((1, 2, 3, 4),)))
)


@given(st.from_type(Request))  # type: ignore[arg-type]
def test_every_request_survives_the_wire_as_one_line(request: Request) -> None:
    line = protocol.encode(request)
    assert line.count(b"\n") == 1
    assert protocol.decode_request(line) == request


@given(st.from_type(Event))  # type: ignore[arg-type]
def test_every_event_survives_the_wire_as_one_line(event: Event) -> None:
    line = protocol.encode(event)
    assert line.count(b"\n") == 1
    assert protocol.decode_event(line) == event


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"hello",
        b'{"kind":"done"}',
        b'{"kind":"done","job":"a","x":1}',
        b'{"kind":"line","job":"a","line":"l","text":"x","confidence":1.5}',
    ],
)
def test_what_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        protocol.decode_event(line)


def test_a_model_is_opened_for_reading_unless_another_purpose_is_named() -> None:
    opened = b'{"kind":"check_model","job":"a","model":"m"%s}'
    assert protocol.decode_request(opened % b"") == protocol.CheckModel(job="a", model="m", purpose="recognition")
    named = protocol.decode_request(opened % b',"purpose":"segmentation"')
    assert named == protocol.CheckModel(job="a", model="m", purpose="segmentation")
    with pytest.raises(msgspec.MsgspecError):
        protocol.decode_request(opened % b',"purpose":"training"')
