"""Edits: pure functions from a page to the page after it.

Each returns a page that differs only in what was asked for, or the same page when there is nothing to do; none
touches a revision. What an edit cannot do raises `NotFound` or `Conflict`. `app.archive` makes each of them one
transaction; undo is `replay` of the inverse diff.
"""

import itertools
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from app import geometry
from app.errors import Conflict, NotFound
from app.language import tr
from app.page import (
    STAND_IN,
    Line,
    Mark,
    MarkKind,
    Page,
    PageDiff,
    Point,
    Reading,
    Region,
    Transcription,
    apply,
    new_id,
)
from app.text import moved_marks, toggled_mark, tokens

Edit = Callable[[Page], Page]


def draw_line(
    page: Page,
    baseline: Sequence[Point],
    boundary: Sequence[Point] = (),
    region: str | None = None,
    line_id: str | None = None,
) -> Page:
    """A line that a person drew, put into the reading order where its baseline begins.

    Without a boundary it has none until an engine makes one from the writing, when it reads the line.
    """
    drawn = geometry.clipped(baseline, page.width, page.height)
    if len(drawn) < 2 or geometry.length(drawn) < 2:
        raise Conflict(tr("That line is too short."), tr("Draw along the whole line of writing."))
    outline = geometry.clipped(boundary, page.width, page.height)
    if region is None:
        region = _region_at(page, geometry.midpoint(drawn))
    line = Line(line_id or new_id("l"), drawn, outline, region, made_by="person")
    return replace(page, lines=_inserted(page.lines, line))


def draw_box(page: Page, box: geometry.Box, line_id: str | None = None) -> Page:
    """A line from a box that a person drew around one line of writing."""
    inside = box.within(page.width, page.height)
    if inside.width < 2 or inside.height < 2:
        raise Conflict(tr("That box lies outside the page."), tr("Draw it on the page."))
    return draw_line(page, geometry.baseline_of_box(inside), inside.polygon(), line_id=line_id)


def draw_region(page: Page, boundary: Sequence[Point], kind: str = "paragraph", region_id: str | None = None) -> Page:
    """A region that a person drew; lines without a region whose middle lies in it become its lines."""
    outline = geometry.clipped(boundary, page.width, page.height)
    box = geometry.box_of(outline)
    if len(outline) < 3 or box.width < 2 or box.height < 2:
        raise Conflict(tr("That region is too small."), tr("Draw around all the lines that belong together."))
    region = Region(region_id or new_id("r"), outline, kind, made_by="person")
    lines = tuple(
        replace(line, region=region.id)
        if line.region is None and geometry.contains(outline, geometry.midpoint(line.baseline))
        else line
        for line in page.lines
    )
    return replace(page, regions=(*page.regions, region), lines=lines)


def reshape_line(page: Page, line_id: str, baseline: Sequence[Point], boundary: Sequence[Point] = ()) -> Page:
    """A line with other geometry; from then on it counts as drawn by a person."""
    line = need_line(page, line_id)
    drawn = geometry.clipped(baseline, page.width, page.height)
    if len(drawn) < 2:
        raise Conflict(tr("That line is too short."), tr("Draw along the whole line of writing."))
    outline = geometry.clipped(boundary, page.width, page.height)
    changed = replace(line, baseline=drawn, boundary=outline, made_by="person", estimated=False)
    return _with_line(page, changed)


def reshape_region(page: Page, region_id: str, boundary: Sequence[Point]) -> Page:
    """A region with another boundary; from then on it counts as drawn by a person."""
    region = need_region(page, region_id)
    outline = geometry.clipped(boundary, page.width, page.height)
    if len(outline) < 3:
        raise Conflict(tr("That region is too small."), tr("Draw around all the lines that belong together."))
    changed = replace(region, boundary=outline, made_by="person")
    return replace(page, regions=tuple(changed if item.id == region_id else item for item in page.regions))


def move(page: Page, ids: Iterable[str], dx: int, dy: int) -> Page:
    """Lines and regions moved by a vector, a region with all its lines; what would leave the page stops at its edge."""
    chosen = set(ids)
    chosen |= {line.id for line in page.lines if line.region in chosen}
    lines = [line for line in page.lines if line.id in chosen]
    regions = [region for region in page.regions if region.id in chosen]
    points = [p for line in lines for p in (*line.baseline, *line.boundary)]
    points += [p for region in regions for p in region.boundary]
    if not points:
        return page
    box = geometry.box_of(points)
    dx = min(max(dx, -box.x), page.width - 1 - box.right)
    dy = min(max(dy, -box.y), page.height - 1 - box.bottom)
    if not dx and not dy:
        return page
    return replace(
        page,
        lines=tuple(_moved_line(line, dx, dy) if line.id in chosen else line for line in page.lines),
        regions=tuple(
            replace(region, boundary=geometry.moved(region.boundary, dx, dy), made_by="person")
            if region.id in chosen
            else region
            for region in page.regions
        ),
    )


def split_line(page: Page, line_id: str, x: int, new_ids: tuple[str, str] | None = None) -> Page:
    """A line cut in two at a column; a person's text is divided where a word ends, nearest to where the cut is.

    Both halves are new lines, first the one that is written first, which the note and the flag for a second look go
    with. What an engine read is of the whole line and goes to the trash with it. A reviewed text becomes two drafts,
    because nobody has reviewed where it was divided.
    """
    line = need_line(page, line_id)
    try:
        baselines = geometry.split_at(line.baseline, x)
    except ValueError:
        raise Conflict(tr("The line cannot be split there."), tr("Choose a place between its two ends.")) from None
    boundaries = geometry.cut(line.boundary, (x, 0), (x, 1))
    if baselines[0][0][0] > x:
        boundaries = boundaries[::-1]
    before, after = (geometry.length(baseline) for baseline in baselines)
    texts = _divided(line.transcription, before / (before + after))
    ids = new_ids or (new_id("l"), new_id("l"))
    first, second = (
        Line(ids[i], baselines[i], boundaries[i], line.region, (), texts[i], "person", line.estimated) for i in (0, 1)
    )
    first = replace(first, note=line.note, second_look=line.second_look)
    at = page.lines.index(line)
    return replace(page, lines=(*page.lines[:at], first, second, *page.lines[at + 1 :]))


def join_lines(page: Page, ids: Iterable[str]) -> Page:
    """Several lines made one, from left to right; text, marks and notes are theirs in that order, a draft again."""
    chosen = sorted((need_line(page, line_id) for line_id in dict.fromkeys(ids)), key=lambda line: line.baseline[0])
    if len(chosen) < 2:
        raise Conflict(tr("Only one line is chosen."), tr("Choose two or more lines to join."))
    first = chosen[0]
    text, marks = "", list[Mark]()
    for line in chosen:
        at = len(text) + bool(text and line.text)
        text += " " * bool(text and line.text) + line.text
        marks += [replace(mark, start=mark.start + at, end=mark.end + at) for mark in line.marks]
    written = any(line.transcription for line in chosen)
    joined = replace(
        first,
        baseline=tuple(sorted((point for line in chosen for point in line.baseline), key=lambda point: point[0])),
        boundary=geometry.hull(line.boundary or line.baseline for line in chosen),
        transcription=Transcription(text, marks=tuple(marks)) if written else None,
        made_by="person",
        note="; ".join(line.note for line in chosen if line.note),
        second_look=any(line.second_look for line in chosen),
    )
    gone = {line.id for line in chosen[1:]}
    lines = tuple(joined if line.id == first.id else line for line in page.lines if line.id not in gone)
    return replace(page, lines=lines)


def delete(page: Page, ids: Iterable[str]) -> Page:
    """The page without these lines and regions; a region's lines stay and belong to none."""
    gone = set(ids)
    lines = tuple(
        replace(line, region=None) if line.region in gone else line for line in page.lines if line.id not in gone
    )
    return replace(page, lines=lines, regions=tuple(region for region in page.regions if region.id not in gone))


def reorder(page: Page, ids: Sequence[str]) -> Page:
    """The named lines in this order, in the places that they hold together; the others stay where they are."""
    named = iter([need_line(page, line_id) for line_id in dict.fromkeys(ids)])
    chosen = set(ids)
    return replace(page, lines=tuple(next(named) if line.id in chosen else line for line in page.lines))


def transcribe(page: Page, line_id: str, text: str) -> Page:
    """What a person typed for a line: a draft, in NFC without line breaks; a text of spaces alone takes it back.

    The marks follow the text, see `app.text.moved_marks`.
    """
    line = need_line(page, line_id)
    clean = _clean(text)
    if line.transcription is None and (not clean or (line.reading and clean == line.reading.text)):
        return page
    if line.transcription is not None and clean == line.transcription.text:
        return page
    written = Transcription(clean, marks=moved_marks(line.text, clean, line.marks))
    return _with_line(page, replace(line, transcription=written if clean else None))


def accept(page: Page, line_id: str) -> Page:
    """The newest reading taken over as a person's draft, with its marks; a person's own text stays."""
    line = need_line(page, line_id)
    if line.transcription is not None or line.reading is None:
        return page
    return _with_line(page, replace(line, transcription=Transcription(line.text, marks=line.marks)))


def take_text(page: Page, line_id: str, text: str, marks: Sequence[Mark] = ()) -> Page:
    """A text that the line had before, or has as a reading, made the person's draft, with its own marks."""
    line = need_line(page, line_id)
    clean = _clean(text)
    taken = Transcription(clean, marks=moved_marks(text, clean, marks)) if clean else None
    return page if taken == line.transcription else _with_line(page, replace(line, transcription=taken))


def mark_text(page: Page, line_id: str, kind: MarkKind, start: int, end: int) -> Page:
    """A mark on code points `start` to before `end` of the line's text, or none there where all of them have it.

    On an empty range, which only the illegible can have, `STAND_IN` is put into the text and marked. The text is a
    person's from then on: a reading becomes a draft, a reviewed text stays reviewed.
    """
    line = need_line(page, line_id)
    start, end = max(start, 0), min(end, len(line.text))
    written = line.transcription or Transcription(line.text, marks=line.marks)
    if start >= end and kind == "illegible":
        start = end = min(start, len(line.text))
        with_gap = line.text[:start] + STAND_IN + line.text[start:]
        written = replace(written, text=with_gap, marks=moved_marks(line.text, with_gap, line.marks))
        end += 1
    if start >= end:
        raise Conflict(tr("There is no text to mark."), tr("Put the cursor into a word or choose some text."))
    marked = replace(written, marks=toggled_mark(written.marks, kind, start, end))
    return _with_line(page, replace(line, transcription=marked))


def set_note(page: Page, line_id: str, note: str) -> Page:
    """A person's note on a line, in NFC without line breaks; an empty one takes it away."""
    line = need_line(page, line_id)
    return page if line.note == _clean(note) else _with_line(page, replace(line, note=_clean(note)))


def set_second_look(page: Page, ids: Iterable[str], wanted: bool = True) -> Page:
    """Lines flagged as needing a second look, or no longer; how far they are stays."""
    chosen = {need_line(page, line_id).id for line_id in ids}
    lines = tuple(replace(line, second_look=wanted) if line.id in chosen else line for line in page.lines)
    return page if lines == page.lines else replace(page, lines=lines)


def review(page: Page, line_id: str, reviewed: bool = True) -> Page:
    """A line marked as reviewed, or taken back to a draft; without a person's text the reading becomes it."""
    line = need_line(page, line_id)
    if not line.text:
        if reviewed:
            raise Conflict(tr("The line has no text yet."), tr("Type it or have it read, then mark it as reviewed."))
        return page
    if not reviewed and line.transcription is None:
        return page
    return _with_line(page, replace(line, transcription=Transcription(line.text, reviewed, marks=line.marks)))


def add_reading(page: Page, line_id: str, reading: Reading, boundary: Sequence[Point] = ()) -> Page:
    """A line with one more reading; its transcription stays as it is. A line that is gone changes nothing.

    `boundary` is the one that the engine made to read it, and is kept where the line has none.
    """
    line = page.line(line_id)
    if line is None or any(known.id == reading.id for known in line.readings):
        return page
    outline = line.boundary or geometry.clipped(boundary, page.width, page.height)
    return _with_line(page, replace(line, readings=(*line.readings, reading), boundary=outline))


def put_boundary(page: Page, line_id: str, boundary: Sequence[Point]) -> Page:
    """A line with a boundary that an engine made, where it has none; what a person drew stays."""
    line = page.line(line_id)
    outline = geometry.clipped(boundary, page.width, page.height)
    if line is None or line.boundary or len(set(outline)) < 3:
        return page
    return _with_line(page, replace(line, boundary=outline))


def put_aligned(page: Page, texts: Mapping[str, tuple[str, float]]) -> Page:
    """Texts that a person brought, put on lines by alignment: drafts with a score (0 to 1), by the line's id.

    A line on which a person wrote keeps that; a line that is gone, or a text of spaces alone, changes nothing.
    """
    lines = tuple(
        replace(line, transcription=Transcription(clean, score=texts[line.id][1]))
        if line.transcription is None and line.id in texts and (clean := _clean(texts[line.id][0]))
        else line
        for line in page.lines
    )
    return page if lines == page.lines else replace(page, lines=lines)


def segment(page: Page, regions: Iterable[Region], lines: Iterable[Line], within: str | None = None) -> Page:
    """What an engine found, in place of what an engine had found before.

    What a person drew, wrote or reviewed stays, in the order that it had; a found line whose middle lies in such a
    line's boundary is left out. With `within`, the id of a region, only that region's lines are replaced and no region
    changes.
    """
    kept = [line for line in page.lines if _is_human(line) or (within is not None and line.region != within)]
    taken = [line.boundary or geometry.usual_boundary(page, line.baseline) for line in kept]
    found = [line for line in lines if not _is_in_one(line, taken)]
    if within is not None:
        found = [replace(line, region=within) for line in found]
        return replace(page, lines=_ordered_by_region(page, kept, found, within))
    used = {line.region for line in kept}
    old = [region for region in page.regions if region.made_by == "person" or region.id in used]
    return replace(page, regions=(*old, *regions), lines=_merged(found, kept))


def replay(page: Page, change: PageDiff) -> Page:
    """A diff applied to the page as it is now: redo, or undo with `change.inverse()`.

    Readings that arrived since are kept. Raises `Conflict` when a line or region of the diff was changed since.
    """
    fitted = {}
    for key, item in change.lines.items():
        now = page.line(key)
        if not _is_as_before(item.before, now):
            raise Conflict(tr("This can no longer be undone."), tr("The line was changed in between."))
        after = item.after
        if after is not None and now is not None:
            made = after.boundary or (() if item.before and item.before.boundary else now.boundary)
            after = replace(after, readings=now.readings, boundary=made)
        fitted[key] = replace(item, after=after)
    for key, other in change.regions.items():
        if page.region(key) != other.before:
            raise Conflict(tr("This can no longer be undone."), tr("The region was changed in between."))
    if change.line_order and tuple(line.id for line in page.lines) != change.line_order[0]:
        raise Conflict(tr("This can no longer be undone."), tr("Lines were added or removed in between."))
    return apply(page, replace(change, lines=fitted))


def need_line(page: Page, line_id: str) -> Line:
    """The line with this id, or `NotFound`."""
    line = page.line(line_id)
    if line is None:
        raise NotFound(tr("There is no line {line} on this page.").format(line=line_id))
    return line


def need_region(page: Page, region_id: str) -> Region:
    """The region with this id, or `NotFound`."""
    region = page.region(region_id)
    if region is None:
        raise NotFound(tr("There is no region {region} on this page.").format(region=region_id))
    return region


def is_machine_only(change: PageDiff) -> bool:
    """Whether a diff holds nothing but readings, and boundaries made for them: no edit of a person and not undone."""
    return not (change.regions or change.line_order or change.region_order) and all(
        _is_as_before(item.before, item.after) for item in change.lines.values()
    )


def _is_as_before(before: Line | None, now: Line | None) -> bool:
    """Whether nobody changed a line: readings may have come, and a boundary where it had none."""
    if before is not None and now is not None and not before.boundary:
        now = replace(now, boundary=())
    return _bare(before) == _bare(now)


def _clean(text: str) -> str:
    """A text as a line keeps it: NFC, without line breaks."""
    return " ".join(unicodedata.normalize("NFC", text).splitlines()).strip()


def _bare(line: Line | None) -> Line | None:
    return replace(line, readings=()) if line else None


def _with_line(page: Page, changed: Line) -> Page:
    return replace(page, lines=tuple(changed if line.id == changed.id else line for line in page.lines))


def _divided(written: Transcription | None, share: float) -> tuple[Transcription | None, Transcription | None]:
    """A text as two drafts, parted between words, the first with about this share of it.

    A single word belongs to the longer half, where most of it must stand.
    """
    if written is None:
        return None, None
    draft = replace(written, reviewed=False)
    gaps = [(one.end, other.start) for one, other in itertools.pairwise(tokens(draft.text))]
    if not gaps:
        return (draft, None) if share >= 0.5 else (None, draft)
    end, start = min(gaps, key=lambda gap: abs(sum(gap) / 2 - share * len(draft.text)))
    return _part(draft, 0, end), _part(draft, start, len(draft.text))


def _part(written: Transcription, start: int, end: int) -> Transcription:
    """Code points `start` to before `end` of a text, with what its marks have there."""
    inside = [replace(mark, start=max(mark.start, start), end=min(mark.end, end)) for mark in written.marks]
    marks = tuple(
        replace(mark, start=mark.start - start, end=mark.end - start) for mark in inside if mark.start < mark.end
    )
    return replace(written, text=written.text[start:end], marks=marks)


def _moved_line(line: Line, dx: int, dy: int) -> Line:
    baseline, boundary = geometry.moved(line.baseline, dx, dy), geometry.moved(line.boundary, dx, dy)
    return replace(line, baseline=baseline, boundary=boundary, made_by="person")


def _is_human(line: Line) -> bool:
    """Whether a person drew, wrote, flagged or noted anything: no engine replaces it."""
    return line.made_by == "person" or line.transcription is not None or line.second_look or bool(line.note)


def _is_in_one(line: Line, polygons: Iterable[Sequence[Point]]) -> bool:
    middle = geometry.midpoint(line.baseline)
    return any(geometry.contains(polygon, middle) for polygon in polygons)


def _region_at(page: Page, point: Point) -> str | None:
    inside = (region.id for region in page.regions if geometry.contains(region.boundary, point))
    return next(inside, None)


def _inserted(lines: Sequence[Line], line: Line) -> tuple[Line, ...]:
    at = _place(lines, line)
    return (*lines[:at], line, *lines[at:])


def _merged(found: Sequence[Line], kept: Sequence[Line]) -> tuple[Line, ...]:
    """Both in the order that they have: a kept line where it would be drawn, but not before a kept one it follows."""
    merged: list[Line] = []
    done = 0
    for line in kept:
        at = max(done, _place(found, line))
        merged += [*found[done:at], line]
        done = at
    return (*merged, *found[done:])


def _place(lines: Sequence[Line], line: Line) -> int:
    """Where a line comes into the reading order: before the first of its region (or of all) that begins below it."""
    x, y = line.baseline[0]
    peers = [i for i, other in enumerate(lines) if line.region is None or other.region == line.region]
    if not peers:
        peers = list(range(len(lines)))
    height = geometry.box_of_line(line).height
    for at in peers:
        other_x, other_y = lines[at].baseline[0]
        beside = abs(other_y - y) * 2 < height
        if (beside and other_x > x) or (not beside and other_y > y):
            return at
    return peers[-1] + 1 if peers else 0


def _ordered_by_region(page: Page, kept: Sequence[Line], found: Sequence[Line], region: str) -> tuple[Line, ...]:
    """The kept lines as they stand, with the found ones among those of the region, or else where its lines stood."""
    mine = [line for line in kept if line.region == region]
    if mine:
        own = iter(_merged(found, mine))
        merged: list[Line] = []
        for line in kept:
            merged += _through(own, line) if line.region == region else [line]
            merged += own if line is mine[-1] else ()
        return tuple(merged)
    before = next((i for i, line in enumerate(page.lines) if line.region == region), None)
    if before is not None:
        at = before  # what stands before the region's first line is all kept
    elif found:
        at = _place([replace(line, region=None) for line in kept], replace(found[0], region=None))
    else:
        at = 0
    return (*kept[:at], *found, *kept[at:])


def _through(lines: Iterator[Line], last: Line) -> Iterator[Line]:
    for line in lines:
        yield line
        if line is last:
            return
