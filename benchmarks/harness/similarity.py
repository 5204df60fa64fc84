"""How alike two pictures look: the structural similarity index (SSIM) of their luma.

As Wang et al. define it (IEEE Transactions on Image Processing 13, 2004), over windows of 7 x 7 pixels with
equal weights, as scikit-image does by default. 1 means the same picture.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_WINDOW = 7
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

Luma = NDArray[np.float64]


def ssim(one: str | Path, other: str | Path) -> float:
    """Return how alike two picture files of the same size are."""
    return similarity(_luma(one), _luma(other))


def similarity(one: Luma, other: Luma) -> float:
    """Return how alike two pictures are."""
    mean_one, mean_other = _means(one), _means(other)
    variances = _means(one * one) - mean_one**2 + _means(other * other) - mean_other**2
    covariance = _means(one * other) - mean_one * mean_other
    alike = (2 * mean_one * mean_other + _C1) * (2 * covariance + _C2)
    return float((alike / ((mean_one**2 + mean_other**2 + _C1) * (variances + _C2))).mean())


def _means(picture: Luma) -> Luma:
    """Return the mean of each window that lies completely in the picture."""
    sums = np.pad(picture, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    rows = sums[_WINDOW:] - sums[:-_WINDOW]
    return (rows[:, _WINDOW:] - rows[:, :-_WINDOW]) / _WINDOW**2


def _luma(path: str | Path) -> Luma:
    with Image.open(path) as image:
        return np.asarray(image.convert("L"), np.float64)
