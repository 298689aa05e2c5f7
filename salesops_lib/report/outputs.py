"""What the cells of a report put out, gathered as a notebook keeps it: streams, displays, updates, errors."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Mapping
from typing import Any

import nbformat
from nbformat import NotebookNode

STREAMS = {1: "stdout", 2: "stderr"}


class Outputs:
    """The outputs of one cell after the other, put together as nbclient does from a kernel's messages."""

    def __init__(self) -> None:
        self.changed: list[NotebookNode] = []
        self._cell = NotebookNode(outputs=[])
        self._shown: dict[str, list[tuple[NotebookNode, NotebookNode]]] = {}
        self._clear_first = False

    def begin(self, cell: NotebookNode) -> None:
        """Gather for this cell from here on."""
        cell.outputs = []
        self._cell, self._clear_first = cell, False
        self.changed = [cell]

    def take(self, kind: str, content: Mapping[str, Any]) -> None:
        """Take a message of Jupyter's protocol for what it means to the cell; what is no output is passed over."""
        name = (content.get("transient") or {}).get("display_id")
        if name and kind in ("display_data", "execute_result", "update_display_data"):
            self._update(name, content)
        if kind == "clear_output":
            if content["wait"]:
                self._clear_first = True
            else:
                self._clear()
        elif kind in ("display_data", "execute_result", "error"):
            output = nbformat.v4.output_from_msg({"header": {"msg_type": kind}, "content": content})
            self._add(output)
            if name:
                self._shown.setdefault(name, []).append((self._cell, output))

    def write(self, name: str, text: str) -> None:
        """Take what was written to a stream; what follows on the same one is one output."""
        if not text:
            return
        last = self._cell.outputs[-1] if self._cell.outputs and not self._clear_first else None
        if last is not None and last.output_type == "stream" and last.name == name:
            last.text += text
        else:
            self._add(nbformat.v4.new_output("stream", name=name, text=text))

    def _add(self, output: NotebookNode) -> None:
        if self._clear_first:
            self._clear()
        self._cell.outputs.append(output)

    def _clear(self) -> None:
        self._clear_first = False
        self._cell.outputs.clear()
        for name, shown in self._shown.items():
            self._shown[name] = [(cell, output) for cell, output in shown if cell is not self._cell]

    def _update(self, name: str, content: Mapping[str, Any]) -> None:
        for cell, output in self._shown.get(name, []):
            output.data, output.metadata = (nbformat.from_dict(content[each]) for each in ("data", "metadata"))
            if all(cell is not each for each in self.changed):
                self.changed.append(cell)


class Stream(io.TextIOBase):
    """Python's own stdout or stderr in a cell."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, outputs: Outputs, number: int) -> None:
        self._outputs, self._number = outputs, number
        self.name = f"<{STREAMS[number]}>"

    def write(self, text: str) -> int:
        """Take the text as an output of the cell."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._outputs.write(STREAMS[self._number], text)
        return len(text)

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def isatty(self) -> bool:
        """Say that nobody sits before it."""
        return False

    def fileno(self) -> int:
        """The number under which commands and libraries in C write; `Depths` gathers that."""
        return self._number


class Depths:
    """What is written past Python, by commands and by libraries in C, to the process's own stdout and stderr."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs
        self._files = {}
        for number in STREAMS:
            # A file and no pipe: it is read when the cell is done, and nobody waits for a reader until then.
            file = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the process)
            os.dup2(file.fileno(), number)
            self._files[number] = file

    def gather(self) -> None:
        """Give what was written since the last time to the cell."""
        for number, file in self._files.items():
            size = os.fstat(file.fileno()).st_size
            if size:
                self._outputs.write(STREAMS[number], os.pread(file.fileno(), size, 0).decode(errors="replace"))
                os.ftruncate(file.fileno(), 0)
                os.lseek(file.fileno(), 0, os.SEEK_SET)
