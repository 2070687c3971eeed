"""Opens a model once before it counts as installed: in a process of its own, which a bad model may take down."""

import threading
from pathlib import Path

from app.checkpoints.plan import EngineName
from app.errors import AppError
from app.jobs.worker import Worker
from app.language import tr
from app.protocol import CheckModel, Purpose


def open_once(path: Path, engine: EngineName, purpose: Purpose, cancelled: threading.Event | None = None) -> str:
    """Opens a model, a file of weights or surya's folder, and returns what opened it ("kraken 7.1.1").

    Takes some seconds, most of them for the engine's libraries. Raises `BadModel` when the engine cannot use the
    model for this purpose, `WorkerDied` or another `AppError` when it could not be found out or was cancelled; each
    names the model. The process is gone when this returns or raises, so that the files can be renamed everywhere.
    """
    request = CheckModel(job="open", model=str(path.resolve()), purpose=purpose)
    with Worker(engine) as worker:
        done = worker.run(request, lambda _event: None, cancelled or threading.Event())
        if done.cancelled or worker.ready is None:
            raise AppError(tr("Opening the model “{name}” was cancelled.").format(name=path.name))
        return f"{worker.ready.engine} {worker.ready.version}"
