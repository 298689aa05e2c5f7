"""The SQL of PostgreSQL with the meaning that DuckDB gives to the same expressions, to the last cent."""

from __future__ import annotations

from typing import Any

import ibis.expr.datatypes as dt
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.postgres import PostgresCompiler

from salesops_lib.data.strptime import as_iso

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
# Beyond these a number does not fit; NaN lies beyond all of them.
LARGEST = {"decimal": 10**14 - 1, "int64": 2**63 - 1025, "float64": 10**307}
# PostgreSQL 16 can ask first whether a text fits; earlier ones have to try.
TRY = """
CREATE OR REPLACE FUNCTION pg_temp.try_{name}(text) RETURNS {kind} LANGUAGE plpgsql STABLE STRICT AS
$$ BEGIN RETURN $1::{kind}; EXCEPTION WHEN data_exception THEN RETURN NULL; END $$
"""
TRIED = {"decimal": "numeric(18,4)", "float64": "float8", "int64": "int8", "moment": "timestamptz", "wall": "timestamp"}


class Dialect(PostgresCompiler):  # type: ignore[misc]
    """Ibis' SQL of PostgreSQL, with the meaning that DuckDB gives to the same expressions."""

    __slots__ = ()

    def visit_Cast(self, op: Any, *, arg: Any, to: Any) -> Any:
        """As Ibis has it; true and false become 1 and 0 of any kind of number, and not of one alone."""
        if op.arg.dtype.is_boolean() and to.is_numeric():
            return self.cast(self.cast(arg, dt.int32), to)
        return super().visit_Cast(op, arg=arg, to=to)

    def visit_TryCast(self, op: Any, *, arg: Any, to: Any) -> Any:
        """A conversion that gives null where it fails; plain PostgreSQL would end the query."""
        from_ = op.arg.dtype
        if from_ == to or from_.is_null():
            return self.cast(arg, to)
        if from_.is_string():
            return self.cast(self.f[f"pg_temp.try_{_tried(to)}"](arg), to)
        if from_.is_numeric() and to.is_boolean():
            return arg.neq(0)
        if from_.is_boolean() and to.is_numeric():
            return self.cast(self.cast(arg, dt.int32), to)
        if from_.is_numeric() and _tried(to) in LARGEST:
            # Compared first: the conversion itself would end the query. By its text, a float keeps all of its digits.
            number = arg if from_.is_floating() else self.cast(arg, dt.decimal)
            exact = self.cast(self.cast(arg, dt.string), dt.decimal) if from_.is_floating() else number
            fits = self.f.abs(number) <= LARGEST[_tried(to)]
            return self.if_(fits, self.cast(exact, to), self.cast(sge.Null(), to))
        return self.cast(sge.Null(), to)

    def visit_RegexSearch(self, op: Any, *, arg: Any, pattern: Any) -> Any:
        """The operator: the function of the same meaning came with PostgreSQL 15."""
        return sge.RegexpLike(this=arg, expression=pattern)

    def visit_ScalarUDF(self, op: Any, **arguments: Any) -> Any:
        """The functions of DuckDB that PostgreSQL has under another name, or not at all."""
        name = op.__func_name__
        if name == "nfc_normalize":
            return self.f["normalize"](*arguments.values())
        if name != "try_strptime":
            return super().visit_ScalarUDF(op, **arguments)
        text, form = arguments["text"], op.args[1].value
        kind = "moment" if "%z" in form.lower() else "wall"
        fits = [
            self.if_(
                sge.RegexpLike(this=text, expression=sge.convert(pattern)), self._tried_as(text, pattern, to, kind)
            )
            for pattern, to in as_iso(form)
        ]
        return sge.Case(ifs=fits)

    def _tried_as(self, text: Any, pattern: str, to: str, kind: str) -> Any:
        written = self.f["regexp_replace"](text, sge.convert(pattern), sge.convert(to))
        return self.f[f"pg_temp.try_{kind}"](written)

    def visit_TimestampDelta(self, op: Any, *, part: Any, left: Any, right: Any) -> Any:
        """The boundaries of the unit that lie between two moments."""
        unit = op.part.value
        first, last = (self.f.date_trunc(unit, self.cast(each, dt.timestamp)) for each in (right, left))
        seconds = self.f.extract("epoch", sge.paren(last - first))
        return self.cast(seconds / SECONDS[unit], dt.int64)

    visit_DateDelta = visit_TimestampDelta

    def visit_First(self, op: Any, *, arg: Any, where: Any, order_by: Any, include_null: bool) -> Any:
        """The first value that is there: PostgreSQL has no such aggregate."""
        return self._first(arg, where, order_by)

    def visit_ArgMin(self, op: Any, *, arg: Any, key: Any, where: Any) -> Any:
        """The value beside the smallest key, of the rows that have both."""
        return self._first(arg, _both(key, where), [sge.Ordered(this=key)])

    def visit_ArgMax(self, op: Any, *, arg: Any, key: Any, where: Any) -> Any:
        """The value beside the largest key, of the rows that have both."""
        return self._first(arg, _both(key, where), [sge.Ordered(this=key, desc=True)])

    def _first(self, arg: Any, where: Any, order_by: Any) -> Any:
        return sge.paren(self.agg.array_agg(arg, where=_both(arg, where), order_by=order_by), copy=False)[0]

    def visit_Log(self, op: Any, *, arg: Any, base: Any) -> Any:
        """The natural logarithm of a float; other bases as Ibis has them."""
        return self.f.ln(self.cast(arg, dt.float64)) if base is None else super().visit_Log(op, arg=arg, base=base)


def _both(value: Any, where: Any) -> Any:
    there = value.is_(sg.not_(sge.Null()))
    return there if where is None else sge.And(this=there, expression=sge.paren(where))


def _tried(to: Any) -> str:
    if to.is_timestamp():
        return "moment" if to.timezone else "wall"
    return "decimal" if to.is_decimal() else str(to).lower()
