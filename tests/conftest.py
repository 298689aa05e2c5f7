"""What tests measured is told at the end of the run: each text recorded as `record_property("figure", text)`."""


def pytest_terminal_summary(terminalreporter):
    reports = [report for group in terminalreporter.stats.values() for report in group]
    called = [report for report in reports if getattr(report, "when", None) == "call"]
    figures = [text for report in called for name, text in report.user_properties if name == "figure"]
    if figures:
        terminalreporter.section("figures")
    for text in sorted(figures):
        terminalreporter.line(text)
