"""Run: python -m unittest discover -s scripts/models -p 'test_*.py'"""

import dataclasses
import unittest

from steady import np
import calibrate
import checkpoint
import fixtures
import pack
import quantize
import reference
import reference_packed
import rounding
import smoothing


class Rounding(unittest.TestCase):
    def setUp(self):
        draw = np.random.default_rng(5)
        # Inputs that vary together, as those of a real layer do.
        self.inputs = draw.standard_normal((4000, 12)) @ draw.standard_normal((12, 80)) + 0.3 * draw.standard_normal((4000, 80))
        self.weights = draw.standard_normal((80, 50))
        _, scale = rounding.quantize(self.weights, axis=0, limit=rounding.LINEAR_LIMIT)
        self.scale = scale[0].astype(np.float64)

    def lost(self, values) -> float:
        return float(((self.inputs @ (self.weights - values * self.scale)) ** 2).mean())

    def test_errors_are_made_up_for(self):
        nearest, _ = rounding.quantize(self.weights, axis=0, limit=rounding.LINEAR_LIMIT)
        made_up = rounding.rounded(self.weights, self.scale, self.inputs.T @ self.inputs / 4000)
        self.assertLess(self.lost(made_up), self.lost(nearest) * 0.7)

    def test_lanes_hold_whatever_the_weights(self):
        weights = np.full((80, 50), 1.0)
        weights[::3] = -1.0
        _, scale = rounding.quantize(weights, axis=0, limit=rounding.LINEAR_LIMIT)
        self.assertFalse(rounding.lanes_fit(np.rint(weights / scale).astype(np.int8)))
        values = rounding.rounded(weights, scale[0].astype(np.float64), np.eye(80))
        self.assertTrue(rounding.lanes_fit(values))

    def test_lanes_are_inputs_0_1_4_5_and_2_3_6_7(self):
        apart = np.zeros((16, 1), np.int8)
        apart[[0, 4, 2, 6]] = 64
        self.assertTrue(rounding.lanes_fit(apart))
        apart[5] = 1
        self.assertFalse(rounding.lanes_fit(apart))


class Smoothing(unittest.TestCase):
    def test_search_loses_less_than_where_it_begins(self):
        draw = np.random.default_rng(6)
        weight = draw.standard_normal((40, 96))
        spread = np.exp(draw.standard_normal(96))
        loss = smoothing.Loss(-4 * spread, 9 * spread, spread**2, weight)
        found = smoothing.factors(-4 * spread, 9 * spread, spread**2, weight)
        self.assertLess(loss.of(found), loss.of(spread**0.5) * 0.95)

    def test_slope_is_that_of_the_loss(self):
        draw = np.random.default_rng(7)
        spread = np.exp(draw.standard_normal(10))
        loss = smoothing.Loss(-spread, 2 * spread, spread**2, draw.standard_normal((6, 10)))
        at = np.zeros(10)
        sharpness, smoothing.SHARPNESS = smoothing.SHARPNESS, 400.0  # near the true maxima
        try:
            slope = loss.slope(at)
        finally:
            smoothing.SHARPNESS = sharpness
        for channel in range(10):
            step = np.zeros(10)
            step[channel] = 1e-5
            told = (np.log(loss.of(np.exp(at + step))) - np.log(loss.of(np.exp(at - step)))) / 2e-5
            self.assertAlmostEqual(slope[channel], told, places=2)


class Packing(unittest.TestCase):
    def test_panels_are_read_back(self):
        values = np.arange(-60, 68, dtype=np.int8).reshape(8, 16).repeat(5, axis=1)
        panels = pack.to_panels(values)
        self.assertEqual(panels.shape, (2, 2, 48, 4))
        self.assertEqual(panels[1, 1, 3, 2], values[6, 51])
        self.assertEqual(np.abs(panels[1, :, 32:]).max(), 0)
        self.assertTrue((pack.from_panels(panels, 80) == values).all())

    def test_every_form_gives_what_the_exact_one_does(self):
        for index, (name, form) in enumerate(fixtures.FORMS.items()):
            with self.subTest(name):
                draw = np.random.default_rng(100 + index)
                tensors = fixtures.random_tensors(draw, *form)
                config = checkpoint.config_of(tensors, form[-1])
                ids, types = fixtures.random_texts(draw, [20] * 40)
                if config.types == 1:
                    types = [[0] * 20] * 40
                encoder = quantize.encoder_of(tensors, config, calibrate.calibrate(tensors, config, ids, types))
                data = pack.pack(tensors, config, encoder)
                parts = pack.unpack(data)
                self.assertEqual(parts[0], dataclasses.replace(config, epsilon=parts[0].epsilon))
                for text, its in zip(ids[:6], types):
                    exact = reference.encode(text, tensors, config, its)
                    packed = reference_packed.encode(text, *parts, its)
                    self.assertGreater((exact * packed).sum() / np.linalg.norm(exact) / np.linalg.norm(packed), 0.997)

    def test_a_changed_file_is_refused(self):
        name = fixtures.FOLDER / "mean" / "weights.bin"
        data = bytearray(name.read_bytes())
        pack.unpack(bytes(data))
        data[-1] ^= 1
        with self.assertRaisesRegex(ValueError, "digest"):
            pack.unpack(bytes(data))
        with self.assertRaisesRegex(ValueError, "whole"):
            pack.unpack(name.read_bytes()[:-64])


if __name__ == "__main__":
    unittest.main()
