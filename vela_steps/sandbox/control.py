"""How a command speaks to a running supervisor: one JSON object each way over a Unix socket in the state folder."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from typing import Any

from vela_steps.errors import VelaStepsError
from vela_steps.sandbox.folder import Folder

_LONGEST = 1 << 20  # bytes of one message


def ask(folder: Folder, question: dict[str, Any], *, timeout: float) -> dict[str, Any]:
    """Send a question and return the answer; `timeout` in seconds.

    Raises VelaStepsError where the supervisor does not answer, or answers with an error.
    """
    # A socket's path may have 107 bytes only; through an open folder it is short wherever that lies.
    descriptor = os.open(folder.path, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            connection.connect(f"/proc/self/fd/{descriptor}/{folder.socket.name}")
            connection.sendall(json.dumps(question).encode() + b"\n")
            with connection.makefile("rb") as answers:
                answer: dict[str, Any] = json.loads(answers.readline(_LONGEST))
    except (OSError, ValueError) as error:
        raise VelaStepsError(
            f"sandbox {folder.name}: its supervisor does not answer ({error})",
            cure=f"see {folder.path / 'supervisor.log'}; `vela-steps sandbox down` clears it away",
        ) from error
    finally:
        os.close(descriptor)
    if "error" in answer:
        raise VelaStepsError(answer["error"], cure=answer.get("cure", ""))
    return answer


class Control:
    """The supervisor's end."""

    def __init__(self, folder: Folder) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        folder.socket.unlink(missing_ok=True)
        descriptor = os.open(folder.path, os.O_RDONLY)
        try:
            self._socket.bind(f"/proc/self/fd/{descriptor}/{folder.socket.name}")
        finally:
            os.close(descriptor)
        folder.socket.chmod(0o600)
        self._socket.listen(16)

    def close(self) -> None:
        """Answer nobody any more."""
        self._socket.close()

    def serve(self, answer: Callable[[dict[str, Any]], dict[str, Any]], *, wait: float) -> None:
        """Answer one question, if one comes within `wait` seconds."""
        self._socket.settimeout(wait)
        try:
            connection, _ = self._socket.accept()
        except TimeoutError:
            return
        with connection:
            connection.settimeout(5)
            try:
                with connection.makefile("rb") as questions:
                    question = json.loads(questions.readline(_LONGEST))
                connection.sendall(json.dumps(_answered(answer, question)).encode() + b"\n")
            except (OSError, ValueError):  # whoever asked has gone, or is none of ours
                return


def _answered(answer: Callable[[dict[str, Any]], dict[str, Any]], question: dict[str, Any]) -> dict[str, Any]:
    try:
        return answer(question)
    except VelaStepsError as error:
        return {"error": str(error), "cure": error.cure}
