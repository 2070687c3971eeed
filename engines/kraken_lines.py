"""The boundary of a single line of which only the baseline is known, as kraken makes it; for both engines."""

from collections.abc import Sequence

from PIL import Image

from app import geometry
from app.geometry import Box
from app.protocol import Polyline

_REACH = 20
"""The share of the page's larger side that the writing of one line stays within, above and below its baseline."""


def boundary_for(page: Image.Image, baseline: Polyline, others: Sequence[Polyline] = ()) -> Polyline:
    """kraken's polygon around a baseline, in page pixels; a band along it where kraken finds none.

    `others` are the page's baselines; but for this one, it does not cross them. Only the page around the line is
    looked at: what lies further away has no say in it, and a page has a hundred times the pixels.
    """
    from kraken.lib.segmentation import calculate_polygonal_environment

    reach = max(max(page.size) // _REACH, 20)
    around = geometry.box_of(baseline).grown(reach).within(page.width, page.height)
    crop = page.crop((around.x, around.y, around.right, around.bottom)).convert("L")
    here = geometry.clipped(geometry.moved(baseline, -around.x, -around.y), around.width, around.height)
    near = [piece for other in others if other != baseline for piece in _inside(other, around)]
    found = calculate_polygonal_environment(crop, [list(here)], suppl_obj=near)[0] if len(here) > 1 else None
    polygon = tuple((int(x) + around.x, int(y) + around.y) for x, y in (() if found is None else found))
    if len(polygon) > 3 and geometry.box_of(polygon).height > 1:
        return geometry.clipped(polygon[:-1] if polygon[0] == polygon[-1] else polygon, page.width, page.height)
    height = max(page.height // 40, 8)
    above = round(height * geometry.BASELINE_AT)
    return geometry.clipped(geometry.boundary_around(baseline, above, height - above), page.width, page.height)


def _inside(other: Polyline, around: Box) -> list[list[tuple[int, int]]]:
    """The pieces of another baseline in the part that is looked at, in its pixels."""
    import shapely

    if len(other) < 2:
        return []
    cut = shapely.clip_by_rect(shapely.LineString(other), around.x, around.y, around.right - 1, around.bottom - 1)
    pieces = [piece for piece in shapely.get_parts(cut) if piece.geom_type == "LineString"]
    return [[(round(x) - around.x, round(y) - around.y) for x, y in piece.coords] for piece in pieces]
