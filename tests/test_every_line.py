"""The bad inputs that exports really have, by the number of each in the list, and the tests that hold what happens."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LIST = TESTS.parents[1] / "shared" / "docs" / "BAD_INPUTS.md"

FILES, EXPORTS, MORE = "data/test_bad_files.py", "data/test_bad_exports.py", "data/test_bad_more.py"
VALUES, IDENTITY, SHAPES = "data/test_bad_values.py", "data/test_bad_identity.py", "test_bad_shapes.py"
REJECTED = f"{FILES}::test_a_file_that_cannot_be_read_is_rejected"
MENDED = f"{FILES}::test_what_can_be_mended_is_read_and_noted"

HELD: dict[int, tuple[str, ...]] = {
    1: (f"{REJECTED}[1 empty]", f"{REJECTED}[1 blank]"),
    2: (f"{REJECTED}[2 header only]", f"{FILES}::test_2_an_optional_table_may_be_empty"),
    3: (f"{REJECTED}[3 login page]",),
    4: (f"{REJECTED}[4 cp1252]", f"{MENDED}[4 cp1252]"),
    5: (f"{MENDED}[5 utf-16]", f"{EXPORTS}::test_5_utf_16_without_its_mark_is_refused_with_the_way_out"),
    6: (f"{MENDED}[6 bom]",),
    7: (f"{MENDED}[7 semicolons]", f"{MENDED}[7 declared]"),
    8: (f"{FILES}::test_8_and_9_a_comma_more_in_every_row_is_a_rejection",),
    9: (f"{FILES}::test_8_and_9_a_comma_more_in_every_row_is_a_rejection",),
    10: (f"{FILES}::test_8_10_and_11_rows_of_the_wrong_width_are_quarantined",),
    11: (f"{FILES}::test_8_10_and_11_rows_of_the_wrong_width_are_quarantined",),
    12: (f"{REJECTED}[12 unclosed quote]", f"{REJECTED}[12 text after a quote]"),
    13: (f"{FILES}::test_13_a_line_break_within_quotes_is_one_cell_and_rows_keep_their_numbers",),
    14: (f"{MENDED}[14 nul]", f"{MENDED}[14 control]"),
    15: (f"{REJECTED}[15 duplicate header]",),
    16: (f"{FILES}::test_16_a_missing_column_is_named_with_the_nearest",),
    17: (f"{FILES}::test_17_a_column_more_is_ignored_and_listed",),
    18: (f"{FILES}::test_18_a_total_row_at_the_end_is_dropped",),
    19: (f"{EXPORTS}::test_19_a_title_above_the_header_asks_for_skip_rows", f"{MENDED}[19 title rows]"),
    20: (f"{EXPORTS}::test_20_a_workbook_cut_off_anywhere_is_rejected",),
    21: (f"{EXPORTS}::test_21_a_formula_that_was_never_worked_out_is_rejected",),
    22: (f"{VALUES}::test_22_a_spreadsheet_error_is_quarantined_in_any_column",),
    23: (f"{EXPORTS}::test_23_hidden_rows_are_read_and_said",),
    24: (f"{REJECTED}[24 several sheets]", f"{MENDED}[24 a named sheet]"),
    25: (f"{MENDED}[25 a workbook called .csv]",),
    26: (
        f"{EXPORTS}::test_26_an_export_older_than_the_limit_is_noted",
        f"{EXPORTS}::test_26_and_beyond_the_second_limit_refused",
    ),
    27: ("analysis/test_restatement.py::test_27_a_row_count_30_percent_off_the_last_run_is_noted",),
    28: (f"{VALUES}::test_28_two_formats_in_one_column",),
    29: (f"{VALUES}::test_28_and_29_dates_that_are_not_iso_ask_for_their_format",),
    30: (
        f"{MORE}::test_30_day_numbers_are_dates_if_declared",
        f"{MORE}::test_30_undeclared_they_are_refused_with_the_way_out",
    ),
    31: (f"{VALUES}::test_31_32_and_33_a_cell_that_is_no_date_is_quarantined",),
    32: (f"{VALUES}::test_31_32_and_33_a_cell_that_is_no_date_is_quarantined",),
    33: (f"{VALUES}::test_31_32_and_33_a_cell_that_is_no_date_is_quarantined",),
    34: (f"{VALUES}::test_34_and_35_closed_before_created_or_in_the_future",),
    35: (f"{VALUES}::test_34_and_35_closed_before_created_or_in_the_future",),
    36: (f"{VALUES}::test_36_open_with_a_close_date_in_the_past_is_noted",),
    37: (f"{VALUES}::test_37_and_39_an_offset_is_moved_to_the_zone_of_the_company",),
    38: (f"{MORE}::test_38_the_hours_of_a_clock_change_stay_on_their_day",),
    39: (f"{VALUES}::test_37_and_39_an_offset_is_moved_to_the_zone_of_the_company",),
    40: ("test_periods.py::test_40_and_41_a_period_by_its_name",),
    41: ("test_periods.py::test_40_and_41_a_period_by_its_name",),
    42: ("test_periods.py::test_42_the_year_before_has_the_same_name_and_29_february_falls_away",),
    43: ("metrics/test_periods_and_notes.py::test_an_incomplete_period_is_named",),
    44: (f"{VALUES}::test_44_nothing_decides", f"{VALUES}::test_44_a_declaration_decides"),
    45: (f"{VALUES}::test_45_and_47_an_amount_as_people_write_it",),
    46: (f"{VALUES}::test_46_and_48_a_negative_amount_in_any_writing_is_quarantined",),
    47: (f"{VALUES}::test_45_and_47_an_amount_as_people_write_it",),
    48: (
        f"{MORE}::test_48_declared_credit_notes_lower_the_revenue",
        f"{MORE}::test_48_undeclared_they_are_quarantined",
    ),
    49: (f"{VALUES}::test_49_and_50_won_for_nothing_is_noted_and_won_without_an_amount_is_quarantined",),
    50: (f"{VALUES}::test_49_and_50_won_for_nothing_is_noted_and_won_without_an_amount_is_quarantined",),
    51: (
        f"{MORE}::test_51_over_100_times_the_median_is_noted",
        f"{MORE}::test_51_a_thousand_million_is_noted_however_few_there_are",
    ),
    52: (f"{VALUES}::test_52_several_currencies",),
    # The kit knows no rates, so a second currency is refused before any date could lack one.
    53: (f"{MORE}::test_53_without_rates_a_second_currency_is_refused_and_no_date_is_guessed",),
    54: (f"{VALUES}::test_54_amounts_are_summed_as_decimals",),
    55: (f"{VALUES}::test_55_flags_in_many_words",),
    56: (f"{VALUES}::test_56_probabilities_in_two_writings",),
    57: (f"{IDENTITY}::test_57_exact_copies_are_dropped_and_counted",),
    58: (
        f"{IDENTITY}::test_58_one_id_with_different_values_is_rejected",
        f"{MORE}::test_58_the_latest_row_stands_if_configured",
    ),
    **{n: (f"{IDENTITY}::test_59_to_62_an_id_is_text_whatever_it_looks_like",) for n in range(59, 63)},
    63: (f"{IDENTITY}::test_63_and_70_an_empty_rep_and_an_unknown_one_are_never_dropped",),
    64: (f"{IDENTITY}::test_64_one_name_in_many_writings_is_one",),
    65: (f"{IDENTITY}::test_65_a_rep_renamed_mid_year_is_one_rep_by_id_with_the_latest_name",),
    66: (f"{IDENTITY}::test_66_two_reps_of_one_name_are_shown_with_their_ids",),
    67: (f"{IDENTITY}::test_67_the_quota_of_a_rep_who_joined_and_left_mid_quarter_is_cut_and_noted",),
    68: (
        "data/test_assignments.py::test_68_a_rep_is_where_the_books_day_says",
        "data/test_assignments.py::test_68_all_that_a_rep_did_counts_where_the_rep_is_now",
    ),
    69: (f"{IDENTITY}::test_69_a_lookup_with_two_rows_for_one_id_is_rejected",),
    70: (f"{IDENTITY}::test_70_an_orphan_stays_and_is_noted",),
    71: (f"{IDENTITY}::test_71_unknown_stages_are_rejected_with_the_nearest",),
    72: (f"{IDENTITY}::test_72_a_renamed_stage_and_74_a_spelling_are_mapped",),
    73: (f"{IDENTITY}::test_73_a_stage_that_contradicts_its_flags_is_quarantined",),
    74: (
        f"{MORE}::test_74_another_spelling_is_noted_with_the_nearest",
        f"{MORE}::test_74_a_mapping_makes_them_one",
    ),
    75: (f"{SHAPES}::test_75_an_empty_quarter_has_no_nan", f"{SHAPES}::test_75_an_empty_quarter_says_so"),
    76: (f"{SHAPES}::test_76_nothing_to_divide_by_is_said",),
    77: (f"{SHAPES}::test_77_few_cases_have_an_interval_and_a_note",),
    78: ("analysis/test_quota.py::test_there_is_nobody_to_rank_with_a_single_rep_or_none_with_enough_deals",),
    79: (f"{SHAPES}::test_79_without_quotas_attainment_is_hidden_and_it_is_said_why",),
    80: (f"{SHAPES}::test_80_a_quota_of_zero_has_no_attainment",),
    81: (f"{SHAPES}::test_81_without_a_past_there_is_no_forecast_and_it_is_said_why",),
    82: ("forecasting/test_run.py::test_under_a_year_no_season_can_be_told",),
    83: ("show/test_tables.py::test_a_hostile_name_is_text", "test_names.py::test_html_is_escaped"),
    84: ("show/test_figures.py::test_no_text_of_a_figure_is_mathtext",),
    85: ("report/test_export.py::test_text_that_a_spreadsheet_would_run_is_text_in_csv",),
    86: (
        "report/test_members.py::test_a_name_is_safe_on_every_disk",
        "report/test_members.py::test_no_two_names_meet_where_case_makes_no_difference",
    ),
    87: ("test_names.py::test_a_direction_ends_with_the_name",),
    88: ("test_names.py::test_what_is_drawn_is_wrapped_cut_and_visible",),
}


def test_the_table_is_whole() -> None:
    assert sorted(HELD) == list(range(1, 89))
    assert all(HELD.values())


@pytest.mark.skipif(not LIST.is_file(), reason="shared/ is not there")
def test_the_list_has_no_line_more() -> None:
    said = LIST.read_text(encoding="utf-8")
    assert sorted({int(n) for n in re.findall(r"(?<![\w.,-])(\d+)\.\s", said)}) == sorted(HELD)


@pytest.mark.parametrize("line", sorted(HELD))
def test_each_line_is_held_by_a_test(line: int) -> None:
    for named in HELD[line]:
        file, _, rest = named.partition("::")
        name, _, case = rest.partition("[")
        tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
        tests = {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}
        assert name in tests, named
        texts = {each.value for each in ast.walk(tree) if isinstance(each, ast.Constant)}
        assert not case or case.removesuffix("]") in texts, named
        # A test that carries numbers carries this one.
        numbers = [int(n) for n in re.findall(r"(?<=_)(\d+)(?=_)", name.partition("_a_")[0] + "_")][:3]
        assert not re.match(r"test_\d", name) or line in numbers or "_to_" in name, named
