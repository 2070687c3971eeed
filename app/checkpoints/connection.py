"""One connection of a transfer: asks for stretches of files, looks at each answer before it counts, tries again.

Nothing here believes the server: where a part really starts, how long the file is, and whether it is still the same
file are looked at in every answer.
"""

import http.client
import logging
import os
from typing import BinaryIO

import requests
import urllib3

from app import paths
from app.checkpoints import answers, network
from app.checkpoints.answers import Answer
from app.checkpoints.meter import Limit
from app.checkpoints.plan import MOST_BYTES
from app.checkpoints.staged_file import Span, StagedFile
from app.checkpoints.work import Again, DiskError, Patience, Void, Work
from app.errors import BadModel
from app.language import tr

PIECE = 1024 * 1024
"""The most bytes that a connection holds in memory."""

MOST_UNANNOUNCED = 4 * 1024**3
"""The most bytes that are taken of a file whose size nobody says."""

_PROGRESS = 65536
_FATAL = {"refused", "gone", "denied", "certificate", "proxy", "unsafe", "offline"}
_BROKEN = (Again, OSError, ValueError, urllib3.exceptions.HTTPError, http.client.HTTPException)
"""What a broken answer raises; requests lets some of urllib3's and the standard library's errors through."""

_log = logging.getLogger(__name__)


def fetch_all(work: Work, patience: Patience, limit: Limit) -> None:
    """Fetches one stretch after the other until nothing is left to do; runs on a thread of its own.

    Raises `AppError` when the download cannot go on; returns early when the server wants fewer connections.
    """
    failures = 0
    with network.session() as session:
        while (span := work.next()) is not None:
            before = span.position
            try:
                _fetch(work, session, span, patience, limit)
            except Void:
                work.give_back(span)
            except DiskError as error:
                raise paths.unwritable(work.part.files, error.args[0]) from error.args[0]
            except _BROKEN as error:
                work.give_back(span)
                failures = 1 if span.position - before >= _PROGRESS else failures + 1
                if not _go_on(work, patience, span, error, failures):
                    return
            else:
                work.give_back(span)
                failures = 0


def _go_on(work: Work, patience: Patience, span: Span, error: Exception, failures: int) -> bool:
    """Waits before the next try; False when this connection is to end, because others do well without it."""
    if work.stopped.is_set():
        return False
    name, url = span.file.planned.name, span.file.planned.url
    known = network.explain(error, f"“{name}”", url)
    note, wait = known.message, None
    if isinstance(error, Again):
        note, wait = error.note, error.wait
    elif not isinstance(known, network.NetworkError) or known.kind in _FATAL:
        raise known from error
    busy = isinstance(known, network.NetworkError) and known.kind == "busy"
    if (busy or wait) and work.retire():
        return False
    if failures >= patience.tries:
        raise network.NetworkError(
            "broken",
            tr("“{name}” could not be fetched from {server}.").format(name=name, server=network.host(url)),
            f"{note} {tr('Try again later; what has arrived is kept.')}",
        ) from error
    if wait is None:
        wait = min(patience.first * 2 ** (failures - 1), patience.longest)
    _log.info("%s: %s; again in %.1f s", name, error, wait)
    if wait:
        again = tr("Trying again in {seconds} s.").format(seconds=max(1, round(wait)))
        work.say(f"{note} {again}", wait + 1)
    work.stopped.wait(wait)
    return True


def _fetch(work: Work, session: requests.Session, span: Span, patience: Patience, limit: Limit) -> None:
    """Asks for a stretch and takes what comes, as far as it is what was asked for."""
    with work.lock:
        headers = work.current(span).conditions(span)
    timeout = (min(patience.stall, network.TIMEOUT[0]), patience.stall)
    with (
        session.get(span.file.planned.url, headers=headers, stream=True, timeout=timeout) as response,
        work.reading(response),
    ):
        answer = answers.read(response.status_code, response.headers)
        if answer is None:
            _refuse(response)
        else:
            with work.lock:
                _accept(work, span, answer)
            if not span.done:
                _receive(work, span, response, limit, encoded=answer.encoded)


def _refuse(response: requests.Response) -> None:
    """Raises for an answer that holds no part of the file."""
    wait = answers.wait_asked_for(response.headers)
    if wait is not None and response.status_code in {429, 503}:
        raise Again(tr("{server} asks for patience.").format(server=network.host(response.url)), wait)
    response.raise_for_status()
    raise Again(tr("The server gave an answer of no use ({status}).").format(status=response.status_code))


def _accept(work: Work, span: Span, answer: Answer) -> None:
    """Looks at what an answer says before a byte of it counts; raises when it is of no use. Under the lock."""
    file = work.current(span)
    if reason := _reason_to_start_over(work, file, span, answer):
        work.start_over(file, reason)
        raise Again(reason, wait=0.0)
    if answer.kind == "end":
        work.log(file.end_here(span))
        work.save()
        return
    file.ranges = answer.kind == "part"
    if file.learn(answer):
        work.save()
    if span.end is None:
        span.end = file.size


def _reason_to_start_over(work: Work, file: StagedFile, span: Span, answer: Answer) -> str:
    """Why an answer means that the file starts from its beginning, empty when it does not.

    Raises `BadModel` where it has another size than was announced, and no sign that it was changed since.
    """
    changed = file.differs(answer)
    other_size = answer.total is not None and file.size is not None and answer.total != file.size
    if (other_size and (file.fixed or not changed)) or (answer.total or 0) > MOST_BYTES:
        raise BadModel(
            tr("“{name}” has {size} bytes on the server, but {expected} were announced.").format(
                name=file.planned.name, size=answer.total, expected=file.size
            ),
            tr("Nothing of it was installed. Try again later, or tell those who publish it."),
        )
    if changed:
        return tr("The file was changed on the server and starts again.")
    if answer.kind == "end":
        at_end = file.size is None and answer.total in {None, span.position}
        return "" if at_end else tr("The server has less of the file than has arrived; it starts again.")
    if answer.kind == "part" and answer.start != span.position:
        file.ranges = False
        return tr("The server sent another part than it was asked for; the file starts again.")
    if answer.kind == "whole" and not work.alone(span):
        file.ranges = False
        return tr("The server cannot go on in the middle; the file starts again.")
    return ""


def _receive(work: Work, span: Span, response: requests.Response, limit: Limit, *, encoded: bool) -> None:
    """Writes what comes until the stretch is done; raises when the answer ends before."""
    with _for_writing(span.file) as disk:
        disk.seek(span.position)
        while True:
            piece = response.raw.read1(PIECE, decode_content=encoded)
            with work.lock:
                file = work.current(span)
                room = MOST_UNANNOUNCED - span.position if span.end is None else span.end - span.position
                if not piece and file.size is None:
                    work.log(file.end_here(span))  # only where nobody knew the size is this its end
                    work.save()
                    return
            if not piece:
                raise Again(tr("The connection broke."))
            if room <= 0:
                raise BadModel(
                    tr("The server sends “{name}” without end.").format(name=span.file.planned.name),
                    tr("Nothing of it was installed. Tell those who publish it, or choose another model."),
                )
            view = memoryview(piece)[:room]
            _write(span, disk, view)
            with work.lock:
                work.log(work.current(span).take(span, view))
                work.meter.count(len(view))
                if span.done:
                    return
            limit.take(len(view), work.stopped)


def _for_writing(file: StagedFile) -> BinaryIO:
    try:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
    except OSError as error:
        raise DiskError(error) from error
    return os.fdopen(handle, "r+b", buffering=0)


def _write(span: Span, disk: BinaryIO, view: memoryview) -> None:
    with span.file.writing:
        if span.generation != span.file.state.generation:
            raise Void
        try:
            while view:
                view = view[disk.write(view) :]
        except OSError as error:
            raise DiskError(error) from error
