"""How the model manager speaks of sizes, times and downloads, the same in window and command line."""

from app.checkpoints.plan import Plan
from app.checkpoints.state import Download
from app.language import current_language, tr, trn

_UNITS = ("B", "kB", "MB", "GB", "TB")


def size_text(size: float) -> str:
    """A number of bytes in decimal units, three digits at most: 412 MB, 1.34 GB (1,34 GB in German and Spanish)."""
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 0 if unit == 0 or value >= 99.95 else 1 if value >= 9.995 else 2
    return f"{decimal(value, digits)} {_UNITS[unit]}"


def decimal(value: float, digits: int) -> str:
    """A number with so many digits after the language's decimal mark."""
    text = f"{value:.{digits}f}"
    return text if current_language() == "en" else text.replace(".", ",")


def time_text(seconds: float) -> str:
    """A time that is left, as a person would say it."""
    if seconds < 50:
        tens = max(10, round(seconds / 10) * 10)
        return tr("about {seconds} seconds").format(seconds=tens)
    if seconds < 55 * 60:
        minutes = max(1, round(seconds / 60))
        return trn("about {count} minute", "about {count} minutes", minutes).format(count=minutes)
    hours = max(1, round(seconds / 3600))
    return trn("about {count} hour", "about {count} hours", hours).format(count=hours)


def sentence(download: Download) -> str:
    """The one line that says what is happening with a download."""
    title = download.plan.about.title
    done, total = size_text(download.done), size_text(download.total)
    texts = {
        "planned": tr("“{title}” is ready to be downloaded: {total}."),
        "waiting": tr("“{title}” waits until the download before it is done."),
        "paused": tr("“{title}” is paused at {done} of {total}. What has arrived is kept."),
        "installed": tr("“{title}” is on this computer now."),
        "failed": tr("“{title}” could not be downloaded."),
    }
    if download.state in texts:
        text = texts[download.state].format(title=title, done=done, total=total)
        return " ".join(filter(None, [text, download.message, download.hint]))
    if download.step == "opening":
        return tr("Opening “{title}” once, to see that it works.").format(title=title)
    if download.state == "verifying":
        return tr("Checking every byte of “{title}”.").format(title=title)
    return _running(download, title, done, total)


def _running(download: Download, title: str, done: str, total: str) -> str:
    if download.note:
        text = tr("Downloading “{title}”. {done} of {total}. {note}")
        return text.format(title=title, done=done, total=total, note=download.note)
    if download.left is None:
        return tr("Downloading “{title}”. {done} of {total}. You can go on working.").format(
            title=title, done=done, total=total
        )
    return tr("Downloading “{title}”. {done} of {total}, {time} left. You can go on working.").format(
        title=title, done=done, total=total, time=time_text(download.left)
    )


def facts(plan: Plan) -> tuple[tuple[str, str], ...]:
    """What is to be known before a download starts: label and value."""
    unknown = tr("the publisher does not say")
    about = plan.about
    size = size_text(plan.size) if plan.size else unknown
    if plan.size and any(file.size is None for file in plan.files):
        size = tr("at least {size}").format(size=size)
    checked = tr("yes, its publisher gives checksums") if plan.hashed else tr("size only, there are no checksums")
    return (
        (tr("Licence"), about.licence or unknown),
        (tr("Download"), size),
        (tr("On the disk"), size),
        (tr("Memory"), tr("about {size}").format(size=size_text(about.memory)) if about.memory else unknown),
        (tr("From"), plan.base or plan.reference),
        (tr("Checked on arrival"), checked),
    )
