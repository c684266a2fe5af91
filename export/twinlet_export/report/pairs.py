"""Golden pairs as pictures with what the files say of them."""

import base64
import html
import io

import numpy as np
from numpy.typing import NDArray

from twinlet.bundle import Golden


def pair_cards(golden: Golden, file: str, *, mated: bool) -> str:
    """Draw the mated or the non-mated pairs with one file's similarity and decision.

    Args:
        golden: Of the bundle.
        file: Whose similarities and decisions are shown.
        mated: Which pairs.

    Returns:
        HTML, one card a pair.
    """
    cards = [
        _card(golden, index, file) for index, pair in enumerate(golden.pairs) if pair[2] == mated
    ]
    return f'<div class="pairs">{"".join(cards)}</div>'


def png(pixels: NDArray[np.uint8]) -> str:
    """Turn an image (h, w, 1 or 3) into a `data:` address."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels).save(stream, "PNG")
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"


def _card(golden: Golden, index: int, file: str) -> str:
    first, second, mated = golden.pairs[index]
    similarity = golden.similarities[file][index]
    match = golden.decisions[file][index]
    right = match == mated
    others = "<br>".join(
        f"{html.escape(name)} {100 * values[index]:.1f} %"
        for name, values in golden.similarities.items()
        if name != file
    )
    return (
        f'<figure class="pair {"right" if right else "wrong"}">'
        f'<div class="faces">{_picture(golden, first)}{_picture(golden, second)}</div>'
        f"<figcaption><b>{100 * similarity:.1f} %</b> "
        f'<span class="verdict">{"match" if match else "no match"}</span>'
        f'<span class="names">{html.escape(golden.labels[first])} / '
        f"{html.escape(golden.labels[second])}{'' if right else ' &mdash; a wrong decision'}</span>"
        f'<details><summary>other files</summary><span class="others">{others}</span></details>'
        f"</figcaption></figure>"
    )


def _picture(golden: Golden, probe: int) -> str:
    pixels = golden.probes[probe]
    # A vector fills its square, as a bar code; it would be a line otherwise.
    shape = 'style="object-fit: fill" ' if 1 in pixels.shape[:2] else ""
    return f'<img {shape}src="{png(pixels)}" alt="{html.escape(golden.labels[probe], quote=True)}">'
