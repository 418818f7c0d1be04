"""The resampler's inner loop in C++ computes what the one in numpy does."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.media.resample import _decimate, lowpass

fir = pytest.importorskip("gateway.media._fir", reason="the C++ modules are not built")


@pytest.mark.parametrize("ratio", [2, 3, 6])
@pytest.mark.parametrize("samples", [0, 1, 96, 97, 144, 145, 146, 480, 4800, 4801])
def test_same_samples_as_in_numpy(samples: int, ratio: int) -> None:
    """As many, and equal but for the rounding of a sum in another order."""
    pcm = (np.random.default_rng(samples).standard_normal(samples) * 12_000).astype("<i2").tobytes()
    taps = lowpass(ratio).tobytes()
    got, wanted = (np.frombuffer(f(pcm, taps, ratio), "<i2") for f in (fir.decimate, _decimate))
    assert len(got) == len(wanted)
    np.testing.assert_allclose(got.astype(int), wanted.astype(int), atol=1)


def test_clips_instead_of_wrapping_around() -> None:
    """Full scale through a filter that amplifies stays full scale."""
    loud = np.full(100, 32_767, "<i2").tobytes()
    got = fir.decimate(loud, np.full(10, 1.0, np.float32).tobytes(), 1)
    assert set(np.frombuffer(got, "<i2").tolist()) == {32_767}


def test_refuses_a_filter_without_taps() -> None:
    """Nothing to compute is a mistake of the caller's."""
    with pytest.raises(ValueError, match="taps"):
        fir.decimate(b"", b"", 3)
