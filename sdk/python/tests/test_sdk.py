"""Tests of the library without a host: `python3 -m unittest discover --start-directory tests` in this folder."""

import math
import random
import sys
import unittest
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from limosa import Column, Error, Kind, Settings, View, bits, decimals, layout, moments, testing
from limosa.decimals import Misfit


class Bitmaps(unittest.TestCase):
    def test_there_and_back(self) -> None:
        for length in range(40):
            marks = bytes(random.getrandbits(1) for _ in range(length))
            self.assertEqual(bits.marks(bits.bitmap(marks), length), marks)

    def test_least_significant_first(self) -> None:
        self.assertEqual(bits.marks(b"\x06\x01", 10), bytes([0, 1, 1, 0, 0, 0, 0, 0, 1, 0]))
        with self.assertRaises(ValueError):
            bits.marks(b"\xff", 9)


class Views(unittest.TestCase):
    def test_values_nulls_and_exceptions(self) -> None:
        amounts = View.of([1.5, None, -2.0, -3.0], exceptions=[2], first_row=40)
        self.assertEqual(list(amounts), [1.5, None, None, -3.0])
        self.assertEqual(list(amounts.items()), [(40, 1.5), (43, -3.0)])
        self.assertEqual((amounts[0], amounts[1], amounts[2]), (1.5, None, None))
        self.assertEqual(amounts.nulls(), [41])
        self.assertEqual(amounts.exceptions(), [42])
        self.assertEqual(amounts.present(), [1.5, -3.0])

    def test_an_exception_is_no_null_whatever_the_host_marks(self) -> None:
        for validity in (b"\x01", b"\x03", None):
            view = View([0, 0], validity, b"\x02", 40)
            self.assertEqual((view.nulls(), view.exceptions(), list(view)), ([], [41], [0, None]))

    def test_comparisons_skip_what_is_no_value(self) -> None:
        amounts = View([-1, 0, 5, -7], b"\x0d", b"\x08", 10)
        self.assertEqual(amounts.below(1), [10])
        self.assertEqual(amounts.above(-1), [12])
        floats = View.of([math.nan, -0.0, -math.inf, None])
        self.assertEqual(floats.below(0.0), [2])
        self.assertEqual(floats.where(map(math.isnan, floats.values)), [0])

    def test_comparisons_find_what_a_loop_finds(self) -> None:
        odd = [math.nan, -0.0, 0.0, -math.inf, math.inf, 5e-324, -1.0]
        columns = [View.of(values) for values in ([], [None], [0.5], odd, odd[::-1], odd[1:3], [*odd[1:], None], [math.inf, -math.inf])]
        columns.append(View.of([-1.0, math.nan, 2.0], exceptions=[0, 1]))
        for column in columns:
            for limit in (*odd, 1.0):
                self.assertEqual(column.below(limit), [row for row, value in column.items() if value < limit])
                self.assertEqual(column.above(limit), [row for row, value in column.items() if value > limit])
            self.assertEqual(column.not_numbers(), [row for row, value in column.items() if math.isnan(value)])


class Layouts(unittest.TestCase):
    def test_decimals(self) -> None:
        small = [0, 1, -1, 2**63 - 1, -(2**63)]
        for values in ([], small, [*small, 2**63], [-(2**127), 2**127 - 1, 2**64, -(2**64), -(2**64) - 1]):
            data = layout.from_fixed_point(values)
            self.assertEqual(data, b"".join(value.to_bytes(16, "little", signed=True) for value in values))
            self.assertEqual(layout.fixed_point(data), values)
        with self.assertRaises(OverflowError):
            layout.from_fixed_point([2**127])

    def test_texts(self) -> None:
        for values in ([], [""], ["a", "", "bc"], ["é", "a", "日本"]):
            offsets, data = layout.from_blobs([value.encode() for value in values])
            self.assertEqual(layout.texts(offsets, data), values)

    def test_damage(self) -> None:
        for offsets, data in (([0, 2, 1], b"a"), ([0, 2], b"a"), ([], b""), ([0, 1, 2], "é".encode())):
            with self.assertRaises(ValueError):
                layout.texts(offsets, data)


class Batches(unittest.TestCase):
    COLUMNS = [Column("amount", "decimal", True, {"precision": "60", "scale": "2"}), Column("key", "integer")]

    def test_getters_fit_types(self) -> None:
        batch = testing.batch(self.COLUMNS, [["1.00", 7], [None, testing.EXCEPTION]], 5)
        self.assertEqual(list(batch.texts("amount")), ["1.00", None])
        self.assertEqual(list(batch.integers("key").items()), [(5, 7)])
        self.assertEqual(batch.presence("key").exceptions(), [6])
        for getter, column in ((batch.decimals, "amount"), (batch.floats, 1), (batch.bytes, 1)):
            with self.assertRaisesRegex(Error, "column . is (decimal|integer)"):
                getter(column)
        for column in ("much", 2, -1):
            with self.assertRaises(Error):
                batch.integers(column)

    def test_a_type_that_is_not_known_is_text(self) -> None:
        column = Column("place", "polygon")
        self.assertIs(column.kind, Kind.OTHER)
        self.assertEqual(list(testing.batch([column], [["x"]]).texts(0)), ["x"])


class Outputs(unittest.TestCase):
    def test_rows_are_named_by_number(self) -> None:
        batch = testing.batch([Column("value", "integer")], [[1], [None], [3]], first_row=100)
        output, builder = testing.output(batch)
        output.floats(0, [-0.0, None])
        output.texts(1, ["é", None])
        output.decimals(2, [2**90, None])
        output.keep(3, 0)
        output.refuse("odd", 102)
        output.flush()
        self.assertEqual(repr(builder.rows()), repr([[-0.0, "é".encode(), 2**90, 1], [None, None, None, None]]))
        self.assertEqual(builder.refused, {"odd": [2]})
        with self.assertRaises(Error):
            output.refuse("odd", 2)

    def test_an_exception_never_becomes_a_null(self) -> None:
        batch = testing.batch([Column("value", "integer")], [[1], [testing.EXCEPTION]])
        output, _ = testing.output(batch)
        with self.assertRaisesRegex(Error, "refuse its row"):
            output.integers(0, batch.integers(0))


class SettingValues(unittest.TestCase):
    def test_types(self) -> None:
        settings = Settings.of({"a": "0.30", "b": "-5", "c": "true", "d": "1_0"})
        self.assertEqual((settings.text("a"), settings.number("a")), ("0.30", Decimal("0.3")))
        self.assertEqual((settings.integer("b"), settings.boolean("c"), settings.get("e")), (-5, True, None))
        for read in (settings.integer, settings.number, settings.boolean):
            with self.assertRaisesRegex(Error, "the setting `d` is `1_0`, which is not"):
                read("d")
        with self.assertRaisesRegex(Error, "not given"):
            settings.text("e")


class Decimals(unittest.TestCase):
    def test_texts(self) -> None:
        fitting = {"0": 0, "-0.000": 0, "1.98": 198, "+007.50": 750, "-0.05": -5, "1.5e3": 150_000, "15000E-4": 150}
        fitting |= {"0e999999999": 0, "9999999999.99": 999_999_999_999, "1." + "0" * 500: 100}
        for text, expected in fitting.items():
            self.assertEqual(decimals.from_text(text, 12, 2), expected, text)
        for text in ("1.985", "1e-3"):
            self.assertIs(decimals.from_text(text, 12, 2), Misfit.INEXACT, text)
        self.assertIs(decimals.from_text("10000000000", 12, 2), Misfit.OUT_OF_RANGE)
        wrong = ["", "-", "+-1", ".", ".5", "5.", "1,5", " 1", "1 ", "1\n", "0x1", "inf", "NaN", "1e", "1e5.0", "1.2.3"]
        wrong += ["１", "1_0"]  # numbers to Python
        for text in wrong:
            self.assertIs(decimals.from_text(text, 12, 2), Misfit.NOT_A_NUMBER, text)

    def test_floats(self) -> None:
        cases = {19.99: 1999, -0.0: 0, 1e9: 100_000_000_000, 0.1 + 0.2: Misfit.INEXACT, 1e-300: Misfit.INEXACT}
        cases |= {1e10: Misfit.OUT_OF_RANGE, math.nan: Misfit.NOT_A_NUMBER, -math.inf: Misfit.NOT_A_NUMBER}
        for value, expected in cases.items():
            self.assertEqual(decimals.from_float(value, 12, 2), expected, value)
        self.assertEqual(decimals.from_float(80_000_000_000_000.02, 38, 2), 8_000_000_000_000_002)

    def test_scales(self) -> None:
        cases = {(7, 0): 700, (-1500, 3): -150, (7, -2): 70_000, (0, 60): 0, (1, 60): Misfit.INEXACT}
        cases |= {(1501, 3): Misfit.INEXACT, (1, -60): Misfit.OUT_OF_RANGE, (10**10, 0): Misfit.OUT_OF_RANGE}
        for (value, scale), expected in cases.items():
            self.assertEqual(decimals.rescale(value, scale, 12, 2), expected, (value, scale))

    def test_ceilings(self) -> None:
        cases = {("0", 2): 0, ("0.5", 0): 1, ("-0.5", 0): 0, ("1.005", 2): 101, ("-1.005", 2): -100, ("150", -2): 2}
        cases |= {("0.0001", 2): 1, ("1e60", 0): 10**39, ("-1e60", 0): -(10**39), ("9" * 38, 0): 10**38 - 1}
        for (text, scale), expected in cases.items():
            self.assertEqual(decimals.ceiling(Decimal(text), scale), expected, (text, scale))


class Moments(unittest.TestCase):
    def test_there_and_back(self) -> None:
        self.assertEqual(moments.to_date(-1), date(1969, 12, 31))
        self.assertEqual(moments.to_time(1), time(0, 0, 0, 1))
        self.assertEqual(moments.to_timestamp(-1), datetime(1969, 12, 31, 23, 59, 59, 999_999))
        for number in (0, 1, -1, 86_399_999_999, -62_135_596_800_000_000, 253_402_300_799_999_999):
            self.assertEqual(moments.from_timestamp(moments.to_timestamp(number)), number)
        self.assertEqual(moments.from_time(moments.to_time(86_399_999_999)), 86_399_999_999)
        for number in (-1, 86_400_000_000):
            with self.assertRaises(OverflowError):
                moments.to_time(number)


class Found(unittest.TestCase):
    def test_findings_are_handed_over_in_few_calls(self) -> None:
        calls: list[tuple[str, int]] = []

        class Host:
            def report(self, code: str, rows: list[int]) -> None:
                calls.append((code, len(rows)))

        from limosa.findings import Findings

        findings = Findings(Host())
        findings.report("a", 1)
        findings.report("b", range(70_000))
        findings.report("b", [])
        findings.flush()
        self.assertEqual(calls, [("a", 1), ("b", 65_535), ("b", 4_465)])
        for wrong in (-1, "1", [1.5]):
            with self.assertRaises(Error):
                findings.report("a", wrong)


if __name__ == "__main__":
    unittest.main()
