"""Clause 19. A picture that is made from samples gives back exactly these samples."""

import gc
import random
from typing import Any

import pytest

from advthumb.core.images import Size
from advthumb.core.samples import Samples
from advthumb.engines.pipeline import PipelineEngine

SIZE = Size(37, 23)
"""Odd sides, so that padding at the end of a row would be noticed."""


def noise(bands: int, seed: int = 0) -> Samples:
    """Return samples with random values, in which transparent pixels have colours as well."""
    return Samples(SIZE, bands, random.Random(seed).randbytes(SIZE.pixels * bands))


class SamplesClause:
    """Clause 19. A picture that is made from samples gives back exactly these samples."""

    @pytest.mark.smoke
    @pytest.mark.parametrize("bands", [1, 2, 3, 4])
    def test_samples_survive_the_way_through_a_picture(
        self, pipeline: PipelineEngine[Any], bands: int
    ) -> None:
        """Clause 19: grey and RGB, with and without alpha."""
        samples = noise(bands)
        picture = pipeline._from_samples(samples)
        assert pipeline._size(picture) == SIZE
        assert pipeline._to_samples(picture) == samples

    @pytest.mark.parametrize("bands", [1, 2, 3, 4])
    def test_a_picture_outlives_the_samples_that_it_was_made_from(
        self, pipeline: PipelineEngine[Any], bands: int
    ) -> None:
        """Clause 19: some libraries use the memory of the caller without telling Python."""
        pictures = [pipeline._from_samples(noise(bands, seed)) for seed in range(50)]
        gc.collect()
        others = [noise(bands, seed) for seed in range(1000, 1050)]  # may get the memory of the samples
        assert [pipeline._to_samples(picture) for picture in pictures] == [
            noise(bands, seed) for seed in range(50)
        ]
        assert len(others) == len(pictures)
