"""The SQL of Spark with the meaning that DuckDB gives to the same expressions, to the last cent."""

from __future__ import annotations

import re
from typing import Any

import ibis.expr.datatypes as dt
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.base import NULL
from ibis.backends.sql.compilers.pyspark import PySparkCompiler

from salesops_lib.data.strptime import as_iso

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
# Spark has no function for it, but comes with the library that has; no worker needs Python for it.
NORMALIZER = ("com.ibm.icu.text.Normalizer", "compose")
_GROUP = re.compile(r"\\(\d)")


class SparkDialect(PySparkCompiler):  # type: ignore[misc]
    """Ibis' SQL of Spark, with the meaning that DuckDB gives to the same expressions."""

    __slots__ = ()

    def visit_Cast(self, op: Any, *, arg: Any, to: Any) -> Any:
        """As Ibis has it; Spark's moments have six digits of a second always."""
        return super().visit_Cast(op, arg=arg, to=_plain(to))

    def visit_TryCast(self, op: Any, *, arg: Any, to: Any) -> Any:
        """A conversion that gives null where it fails."""
        if op.arg.dtype.is_timestamp() or op.arg.dtype.is_date():
            # Of the two kinds of moments, neither can be tried as a number.
            return self.cast(arg, _plain(to)) if to.is_timestamp() or to.is_date() else self.cast(NULL, _plain(to))
        return sge.TryCast(this=arg, to=self.type_mapper.from_ibis(_plain(to)))

    def visit_InValues(self, op: Any, **parts: Any) -> Any:
        """In brackets: Spark reads a = b IN (c) as (a = b) IN (c), and so with every other test."""
        return sge.paren(super().visit_InValues(op, **parts))

    def visit_IsNull(self, op: Any, **parts: Any) -> Any:
        """In brackets, as above."""
        return sge.paren(super().visit_IsNull(op, **parts))

    def visit_NotNull(self, op: Any, **parts: Any) -> Any:
        """In brackets, as above."""
        return sge.paren(super().visit_NotNull(op, **parts))

    def visit_Between(self, op: Any, **parts: Any) -> Any:
        """In brackets, as above."""
        return sge.paren(super().visit_Between(op, **parts))

    def visit_RegexSearch(self, op: Any, *, arg: Any, pattern: Any) -> Any:
        """In brackets, as above."""
        return sge.paren(sge.RegexpLike(this=arg, expression=_written_out(pattern)))

    def visit_CountStar(self, op: Any, *, arg: Any, where: Any) -> Any:
        """Of no rows, none: a sum would be null."""
        return super().visit_CountStar(op, arg=arg, where=None) if where is None else self._counted(where)

    def _counted(self, where: Any) -> Any:
        return self.f.count(self.if_(where, sge.convert(1), NULL))

    def visit_RegexReplace(self, op: Any, *, arg: Any, pattern: Any, replacement: Any) -> Any:
        """Groups are called $1 here."""
        return self.f.regexp_replace(arg, _written_out(pattern), _groups(replacement))

    def visit_ScalarUDF(self, op: Any, **arguments: Any) -> Any:
        """The functions of DuckDB that Spark has under another name, or not at all."""
        name, values = op.__func_name__, list(arguments.values())
        if name == "regexp_replace":
            return self.f.regexp_replace(values[0], _written_out(values[1]), _groups(values[2]))
        if name == "timezone":
            return self.cast(self.f.anon.from_utc_timestamp(values[1], values[0]), dt.timestamp)
        if name == "nfc_normalize":
            composed = self.f.anon.reflect(*map(sge.convert, NORMALIZER), values[0], sge.false())
            return self.if_(values[0].is_(NULL), NULL, composed)
        if name != "try_strptime":
            return super().visit_ScalarUDF(op, **arguments)
        form, to = op.args[1].value, op.dtype
        fits = [
            self.if_(self._matches(values[0], pattern), self.cast(self._dated(values[0], pattern, iso, form), to))
            for pattern, iso in as_iso(form)
        ]
        return sge.Case(ifs=fits)

    def _matches(self, text: Any, pattern: str) -> Any:
        return sge.RegexpLike(this=text, expression=sge.convert(pattern))

    def _dated(self, text: Any, pattern: str, iso: str, form: str) -> Any:
        """The date of a text that fits, once its parts stand in the order of ISO 8601."""
        written = self.f.regexp_replace(text, sge.convert(pattern), _groups(sge.convert(iso)))
        return self.f.anon.try_to_timestamp(written, sge.convert(_format_of(form)))

    def visit_TimestampDelta(self, op: Any, *, part: Any, left: Any, right: Any) -> Any:
        """The boundaries of the unit that lie between two moments."""
        unit = op.part.value
        first, last = (
            self.f.anon.unix_timestamp(self.f.anon.date_trunc(unit, self.cast(each, dt.Timestamp("UTC"))))
            for each in (right, left)
        )
        return self.cast(sge.paren(last - first) / SECONDS[unit], dt.int64)

    visit_DateDelta = visit_TimestampDelta

    def visit_ArgMin(self, op: Any, *, arg: Any, key: Any, where: Any) -> Any:
        """The value beside the smallest key, of the rows that have both."""
        return self._beside("min_by", arg, key, where)

    def visit_ArgMax(self, op: Any, *, arg: Any, key: Any, where: Any) -> Any:
        """The value beside the largest key, of the rows that have both."""
        return self._beside("max_by", arg, key, where)

    def _beside(self, name: str, arg: Any, key: Any, where: Any) -> Any:
        there = arg.is_(sg.not_(NULL))
        both = there if where is None else sge.And(this=there, expression=sge.paren(where))
        return self.f.anon[name](arg, self.if_(both, key, NULL))

    def visit_First(self, op: Any, *, arg: Any, where: Any, order_by: Any, include_null: bool) -> Any:
        """The value of the first row in an order, the smallest first, of the rows that have one."""
        # Who wants the largest first is told by Ibis that Spark has no such aggregate.
        if not order_by or include_null or any(each.args.get("desc") for each in order_by):
            return super().visit_First(op, arg=arg, where=where, order_by=order_by, include_null=include_null)
        return self._beside("min_by", arg, self.f.anon.struct(*(each.this for each in order_by)), where)

    def visit_ArrayCollect(
        self, op: Any, *, arg: Any, where: Any, order_by: Any, include_null: bool, distinct: bool
    ) -> Any:
        """The values in an order: Spark sorts lists, and no aggregate."""
        if not order_by:
            return super().visit_ArrayCollect(
                op, arg=arg, where=where, order_by=order_by, include_null=include_null, distinct=distinct
            )
        keys = [each.this for each in order_by]
        pair = self.f.anon.named_struct(
            *(part for i, key in enumerate(keys) for part in (sge.convert(f"k{i}"), key)), sge.convert("v"), arg
        )
        pairs = self.f.anon.sort_array(self.f.anon.collect_list(pair if where is None else self.if_(where, pair, NULL)))
        each, value = sg.to_identifier("e"), sg.to_identifier("v")
        last = sge.Lambda(this=sge.Dot(this=each, expression=value), expressions=[each])
        return self.f.anon.transform(pairs, last)


def _plain(to: Any) -> Any:
    return to.copy(scale=None) if to.is_timestamp() and to.scale is not None else to


def _written_out(pattern: Any) -> Any:
    r"""A pattern whose control characters are written out: of \v and \f in a text, Spark makes the letters.

    >>> print(_written_out(sge.convert("[\x0b\x0c]")).this)
    [\x0b\x0c]
    """
    return sge.convert("".join(f"\\x{ord(c):02x}" if c < " " else c for c in pattern.this))


def _groups(by: Any) -> Any:
    r"""A replacement as Java has it: \1 is $1 there, and a dollar no dollar.

    >>> str(_groups(sge.convert("\\2-\\1")))
    "'$2-$1'"
    """
    return sge.convert(_GROUP.sub(r"$\1", by.this.replace("$", "\\$")))


def _format_of(form: str) -> str:
    """Java's pattern of what `as_iso` makes of a text of a format.

    >>> _format_of("%d.%m.%y"), _format_of("%b %d, %Y %I:%M %p")
    ('yyyy-M-d', 'yyyy-MMM-d h:m:s a')
    """
    month = "MMM" if "%b" in form else "MMMM" if "%B" in form else "M"
    hour = "H" if "%H" in form else "h" if "%I" in form else ""
    time = f" {hour}:m:s" if hour else ""
    rest = (".SSSSSS" if "%f" in form else "") + (" a" if "%p" in form else "") + ("[XXX][XX]" if "%z" in form else "")
    return f"yyyy-{month}-d{time}{rest}"
