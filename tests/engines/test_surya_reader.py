"""Our loop over surya's own steps, in this process: what surya loses or mixes up is not lost or mixed up here."""

import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from engines.base import Cancelled, EngineError
from engines.surya_models import Models, opened
from engines.surya_text import Alphabet, spelled
from tests.engines.surya_page import SuryaPage, looking_ahead

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def page(shared: Path) -> SuryaPage:
    return SuryaPage(shared)


@pytest.fixture(scope="module")
def models() -> Iterator[Models]:
    """surya's libraries are imported here, once, and warn of what they will; one thread, for a machine that is busy."""
    kept = Models()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISABLE_TQDM", "true")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import surya.detection
            import surya.recognition  # noqa: F401
            import torch
            from tqdm import tqdm

        patch.setattr(tqdm, "monitor_interval", 0)  # it watches with a thread even bars that are off
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        yield kept
        torch.set_num_threads(threads)
    for purpose in ("recognition", "segmentation"):
        kept.drop(purpose)  # type: ignore[arg-type]


@pytest.fixture
def reader(models: Models, page: SuryaPage) -> Any:
    return models.get(page.recognition, "recognition", "cpu")


@pytest.fixture(scope="module")
def crops(page: SuryaPage) -> list[Image.Image]:
    with Image.open(page.image.path) as image:
        return [image.convert("RGB").crop(box) for box in page.boxes]


def ignored(*_: object) -> None:
    """Nobody wants to know."""


def texts(
    reader: Any,
    crops: Sequence[Image.Image],
    tick: Callable[[], None] = ignored,
    halved: Callable[[int], None] = ignored,
) -> dict[int, str]:
    alphabet = Alphabet.of(reader.processor.ocr_tokenizer)
    found = {}
    for number, output in reader.read(crops, tick, halved):
        assert number not in found
        boxes = [(0, 0, 1, 1)] * len(output.tokens)
        found[number] = spelled(output.tokens, output.scores, boxes, alphabet).text
    return found


def expected(page: SuryaPage) -> dict[int, str]:
    return dict(enumerate(page.texts.values()))


def surya_s_own(predictor: Any, crops: Sequence[Image.Image]) -> dict[int, str]:
    from surya.recognition import RecognitionPredictor

    whole = [[[0, 0, crop.width, crop.height]] for crop in crops]
    results = RecognitionPredictor(predictor)(list(crops), bboxes=whole, math_mode=False)
    return {n: "".join(c.text for c in result.text_lines[0].chars if c.bbox_valid) for n, result in enumerate(results)}


def test_tokens_that_are_guessed_ahead_cost_no_text(
    models: Models, page: SuryaPage, crops: list[Image.Image], tmp_path: Path
) -> None:
    from surya.foundation import FoundationPredictor

    folder = looking_ahead(page.recognition, tmp_path / "model")
    lost = surya_s_own(FoundationPredictor(str(folder), device="cpu"), crops)
    assert sum(lost[n] == text for n, text in expected(page).items()) < 9
    assert texts(models.get(folder, "recognition", "cpu"), crops) == expected(page)


def test_it_reads_what_surya_reads_with_fewer_places_than_lines(
    reader: Any, page: SuryaPage, crops: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "default_batch_sizes", {"cpu": 5})
    assert texts(reader, crops) == surya_s_own(reader, crops) == expected(page)


def test_lines_come_one_by_one_and_as_they_end(reader: Any, crops: list[Image.Image]) -> None:
    steps: list[int] = []
    ended = [len(steps) for _ in reader.read(crops, lambda: steps.append(1), ignored)]
    assert len(ended) == len(crops)
    assert ended[0] < ended[-1] == len(steps)


def test_a_cancel_stops_at_the_next_step_and_leaves_the_reader_whole(
    reader: Any, page: SuryaPage, crops: list[Image.Image]
) -> None:
    for last in (1, 2, 7):
        steps: list[int] = []

        def tick(steps: list[int] = steps, last: int = last) -> None:
            steps.append(1)
            if len(steps) == last:
                raise Cancelled

        with pytest.raises(Cancelled):
            texts(reader, crops, tick)
        assert len(steps) == last
    unfinished = reader.read(crops, ignored, ignored)
    next(unfinished)
    unfinished.close()
    assert reader.kv_cache is None
    assert texts(reader, crops) == expected(page)


def narrow(reader: Any, most: int, error: Callable[[], Exception], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A device whose memory ends at so many lines at a time, from within surya's own steps."""
    forward = reader.model.forward
    seen: list[int] = []

    def limited(*arguments: Any, **named: Any) -> Any:
        seen.append(reader.kv_cache.max_batch_size)
        if reader.kv_cache.max_batch_size > most:
            raise error()
        return forward(*arguments, **named)

    monkeypatch.setattr(reader.model, "forward", limited)
    return seen


def out_of_memory() -> Exception:
    import torch

    return torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


@pytest.mark.parametrize(
    "error", [out_of_memory, MemoryError, lambda: RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_out_of_memory_halves_the_batch_until_it_fits(
    reader: Any, page: SuryaPage, crops: list[Image.Image], monkeypatch: pytest.MonkeyPatch, error: Any
) -> None:
    sizes: list[int] = []
    narrow(reader, 3, error, monkeypatch)
    assert texts(reader, crops, halved=sizes.append) == expected(page)
    assert sizes == [9, 4, 2]


def test_memory_that_ends_in_the_middle_loses_no_line_and_reads_none_twice(
    reader: Any, page: SuryaPage, crops: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    forward, steps, sizes = reader.model.forward, [], []  # type: ignore[var-annotated]

    def once(*arguments: Any, **named: Any) -> Any:
        steps.append(1)
        if len(steps) == 20:
            raise out_of_memory()
        return forward(*arguments, **named)

    monkeypatch.setattr(reader.model, "forward", once)
    assert texts(reader, crops, halved=sizes.append) == expected(page)
    assert len(sizes) == 1


@pytest.mark.parametrize("error", [out_of_memory, MemoryError])
def test_when_one_line_is_too_much_it_says_so(
    reader: Any, crops: list[Image.Image], monkeypatch: pytest.MonkeyPatch, error: Any
) -> None:
    sizes: list[int] = []
    narrow(reader, 0, error, monkeypatch)
    with pytest.raises((EngineError, MemoryError)) as caught:
        texts(reader, crops, halved=sizes.append)
    assert getattr(caught.value, "code", "out_of_memory") == "out_of_memory"
    assert sizes == [9, 4, 2, 1]


def test_another_error_is_not_taken_for_a_lack_of_memory(
    reader: Any, crops: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = narrow(reader, 0, lambda: RuntimeError("shapes do not fit"), monkeypatch)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        texts(reader, crops)
    assert len(seen) == 1


def test_free_memory_decides_how_many_lines_are_read_at_once(
    reader: Any, crops: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    import psutil

    free = type(psutil.virtual_memory())
    sizes = []
    for available in (0, 100_000_000, 10**12):
        memory = psutil.virtual_memory()._asdict() | {"available": available}
        monkeypatch.setattr(psutil, "virtual_memory", lambda memory=memory: free(**memory))
        sizes.append(reader.most_lines(crops))
    assert sizes[0] == 1
    assert 1 < sizes[1] < 32
    assert sizes[2] == 32
    assert reader.most_lines([Image.new("RGB", (1024, 512))]) <= reader.most_lines(crops)


def test_another_thread_is_refused(reader: Any, crops: list[Image.Image]) -> None:
    caught: list[BaseException] = []

    def work() -> None:
        try:
            texts(reader, crops)
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert "belongs to the thread" in str(caught[0])


def test_a_line_that_does_not_end_is_cut_at_surya_s_limit(
    reader: Any, crops: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_ends", set())
    (output,) = (output for _, output in reader.read(crops[:1], ignored, ignored))
    assert output.cut
    assert len(output.tokens) == 224


def test_a_line_that_surya_calls_blank_has_no_text(
    reader: Any, crops: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = reader.model.forward

    def blank(*arguments: Any, **named: Any) -> Any:
        outputs = forward(*arguments, **named)
        outputs["lm_logits"][..., reader.processor.no_output_token] = 1e9
        return outputs

    monkeypatch.setattr(reader.model, "forward", blank)
    assert texts(reader, crops[:3]) == {0: "", 1: "", 2: ""}


def test_nothing_to_read_is_no_error(reader: Any) -> None:
    assert texts(reader, []) == {}


def test_a_loaded_model_is_kept_until_its_folder_changes(
    models: Models, page: SuryaPage, tmp_path: Path, crops: list[Image.Image]
) -> None:
    folder = looking_ahead(page.recognition, tmp_path / "model")
    first = models.get(folder, "recognition", "cpu")
    assert models.get(folder, "recognition", "cpu") is first
    os.utime(folder / "model.safetensors", (1, 1))
    again = models.get(folder, "recognition", "cpu")
    assert again is not first
    detector = models.get(page.detection, "segmentation", "cpu")
    assert models.get(folder, "recognition", "cpu") is again
    assert models.get(page.detection, "segmentation", "cpu") is detector
    (folder / "specials_dict.json").unlink()
    with pytest.raises(EngineError) as caught:
        models.get(folder, "recognition", "cpu")
    assert caught.value.file == "specials_dict.json"


_asked: list[str] | None = None


def _watch(event: str, _: object) -> None:
    if _asked is not None and event.startswith("socket."):
        _asked.append(event)


def test_loading_and_reading_ask_nothing_of_the_network(page: SuryaPage, crops: list[Image.Image]) -> None:
    global _asked
    sys.addaudithook(_watch)
    _asked = []
    try:
        reader = opened(page.recognition, "recognition", "cpu")
        detector = opened(page.detection, "segmentation", "cpu")
        assert texts(reader, crops) == expected(page)
        with Image.open(page.image.path) as image:
            assert len(detector([image.convert("RGB")])[0].bboxes) == len(crops)
        asked = list(_asked)
    finally:
        _asked = None
    assert asked == []


def test_a_local_env_of_somebody_s_changes_nothing(tmp_path: Path) -> None:
    """In a process without a main file it is read from the working folder; the first line printed proves it."""
    (tmp_path / "local.env").write_text("TORCH_DEVICE=cuda\nFOUNDATION_MAX_TOKENS=3\nDETECTOR_TEXT_THRESHOLD=0.99\n")
    code = (
        "from surya.settings import settings as s; from engines.surya_models import settle\n"
        "def show(): print(s.TORCH_DEVICE_MODEL, s.FOUNDATION_MAX_TOKENS, s.DETECTOR_TEXT_THRESHOLD, s.MODEL_DTYPE)\n"
        "show(); settle('cpu'); show()"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-W", "ignore", "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.splitlines() == ["cuda 3 0.99 torch.float16", "cpu None 0.6 torch.float32"]
