"""Papermill's engine `salesops`, as `papermill --engine salesops` finds it; it loads Papermill when it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode


class ForkedEngine:
    """Runs a notebook in a child forked from a process in which IPython is loaded.

    Papermill imports this module in the middle of its own import, so nothing of Papermill is imported here.
    """

    @classmethod
    def execute_notebook(cls, nb: NotebookNode, kernel_name: str, **given: Any) -> NotebookNode:
        """Run the notebook and give it back with its outputs."""
        from salesops_lib.report.following import Following

        executed: NotebookNode = Following.execute_notebook(nb, kernel_name, **given)
        return executed

    @classmethod
    def nb_kernel_name(cls, nb: NotebookNode, name: str | None = None) -> str:
        """The kernel that the notebook names."""
        from papermill.engines import Engine

        return str(Engine.nb_kernel_name(nb, name))

    @classmethod
    def nb_language(cls, nb: NotebookNode, language: str | None = None) -> str:
        """The language that the notebook names."""
        from papermill.engines import Engine

        return str(Engine.nb_language(nb, language))
