"""Where the rows of a long list lie."""

from widgets.transcript.rows import Rows


def test_rows_are_measured_when_they_are_asked_for_and_those_below_move() -> None:
    measured: list[int] = []
    rows = Rows(lambda row: measured.append(row) or 30)
    rows.take([20] * 10)
    assert rows.total == 200
    assert rows.measure(range(2, 4)) is True
    assert measured == [2, 3]
    assert [rows.top(row) for row in range(6)] == [0, 20, 40, 70, 100, 120]
    assert rows.measure(range(2, 4)) is False
    assert rows.total == 220


def test_which_rows_lie_between_two_heights() -> None:
    rows = Rows(lambda row: 20)
    rows.take([20] * 5)
    assert rows.between(0, 20) == range(1)
    assert rows.between(19, 21) == range(2)
    assert rows.between(-50, 10) == range(1)
    assert rows.between(95, 400) == range(4, 5)
    assert rows.between(100, 400) == rows.between(-9, 0) == range(0)
    assert [rows.at(y) for y in (-1, 0, 19, 20, 99, 100)] == [None, 0, 0, 1, 4, None]


def test_a_list_without_rows_has_none_anywhere() -> None:
    rows = Rows(lambda row: 20)
    assert rows.at(0) is None
    assert rows.between(0, 100) == range(0)
    assert rows.measure(range(0)) is False
