# SPDX-License-Identifier: Apache-2.0
"""Classification tasks made by programs: images of shapes, spectrograms of made-up words, signals.

Each function returns (x, y): float32 samples N,C,H,W (shapes: uint8) or N,C,L, and labels. Same seed, same
samples. They are meant to be hard: clutter, noise and little contrast keep a small network below 95 %.
"""
import numpy

SHAPES = 10
WORDS = 12
SIGNALS = 10
IMAGE = 24       # pixels a side
FRAMES, BANDS = 40, 20
LENGTH = 64


def mask_of(kind, u, v):
    """A shape about (0, 0) with a half-width of 1, over coordinates u (right) and v (down)."""
    r = numpy.hypot(u, v)
    box = numpy.maximum(abs(u), abs(v))
    in_box = box < 1
    return {
        0: r < 1,
        1: (r < 1) & (r > 0.6),
        2: box < 0.85,
        3: (box < 0.95) & (box > 0.55),
        4: in_box & (abs(u) < (v + 1) / 2),
        5: in_box & (abs(u) < (1 - v) / 2),
        6: in_box & (numpy.minimum(abs(u), abs(v)) < 0.25),
        7: in_box & (numpy.minimum(abs(u + v), abs(u - v)) < 0.35),
        8: in_box & (abs(abs(v) - 0.6) < 0.25),
        9: in_box & (abs(abs(u) - 0.6) < 0.25),
    }[kind]


def shapes(n, seed):
    rng = numpy.random.default_rng(seed)
    y = rng.integers(0, SHAPES, n)
    row, col = numpy.mgrid[0:IMAGE, 0:IMAGE]
    x = numpy.empty((n, 3, IMAGE, IMAGE), numpy.uint8)
    for i in range(n):
        image = numpy.empty((3, IMAGE, IMAGE))
        for c in range(3):
            fx, fy = rng.normal(0, 0.3, 2)
            image[c] = rng.uniform(60, 190) + rng.uniform(2, 16) * numpy.sin(fx * col + fy * row + rng.uniform(0, 6.28))
        for kind, grow in ((rng.integers(0, SHAPES), 0.4), (y[i], 1.0)):  # something smaller lies about
            size, turn = rng.uniform(5.5, 9.5) * grow, rng.normal(0, 0.12)
            cx, cy = rng.uniform(size * 0.8, IMAGE - size * 0.8, 2)
            u, v = (col - cx) / size, (row - cy) / size
            u, v = numpy.cos(turn) * u + numpy.sin(turn) * v, numpy.cos(turn) * v - numpy.sin(turn) * u
            colour = rng.normal(0, 60, 3)
            colour += numpy.sign(colour.sum()) * 20
            image += colour[:, None, None] * mask_of(kind, u, v)
        image += rng.normal(0, rng.uniform(3, 18), image.shape)
        x[i] = numpy.clip(image, 0, 255).astype(numpy.uint8)
    return x, y


def words(n, seed):
    """Log energies over time and frequency: three formants that move from segment to segment of a word."""
    path = numpy.random.default_rng(77).uniform(2, BANDS - 2, (WORDS, 3, 4))
    rng = numpy.random.default_rng(seed)
    y = rng.integers(0, WORDS, n)
    band = numpy.arange(BANDS)
    x = numpy.empty((n, 1, FRAMES, BANDS), numpy.float32)
    for i in range(n):
        start, length = rng.uniform(1, 12), rng.uniform(18, 28)
        t = (numpy.arange(FRAMES) - start) / length * 3
        voice, energy = rng.normal(0, 1.1), numpy.zeros((FRAMES, BANDS))
        loud = ((t > 0) & (t < 3)) * numpy.exp(rng.normal(0, 0.5))
        for f in range(3):
            centre = numpy.interp(t, range(4), path[y[i], f] + rng.normal(0, 1.2, 4)) + voice
            energy += numpy.exp(rng.normal(0, 0.5)) * numpy.exp(-0.5 * ((band - centre[:, None]) / 0.9) ** 2) * loud[:, None]
        energy += rng.uniform(0.05, 0.6) * rng.exponential(1, energy.shape)
        x[i, 0] = numpy.log(energy + 1e-2)
    return x, y


def signals(n, seed):
    """Smooth curves, moved, stretched, scaled, on a slope, in noise of their own bandwidth."""
    knots = numpy.random.default_rng(78).normal(0, 1, (SIGNALS, 7))
    rng = numpy.random.default_rng(seed)
    y = rng.integers(0, SIGNALS, n)
    x = numpy.empty((n, 1, LENGTH), numpy.float32)
    t = numpy.arange(LENGTH)
    for i in range(n):
        at = rng.uniform(2, 22) + rng.uniform(4.5, 6.5) * numpy.arange(7)
        curve = numpy.interp(t, at, knots[y[i]] * rng.uniform(0.6, 1.4) + rng.normal(0, 0.25, 7), left=0, right=0)
        noise = numpy.convolve(rng.normal(0, 1, LENGTH + 4), numpy.ones(5) / 5, "valid")
        x[i, 0] = curve + rng.uniform(0.2, 0.9) * noise + rng.normal(0, 0.02) * (t - LENGTH / 2)
    return x, y
