"""A Jupyter server, started as a reader starts it and spoken to as a browser does."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
import uuid

import websocket
from conftest import PATIENCE

LIMIT = 1800 * PATIENCE  # seconds that a cell may take


class Server:
    """A JupyterLab in ``folder``, of the environment whose ``programs`` lie there; ``home`` is an empty folder."""

    def __init__(self, folder, programs, home):
        free = {key: value for key, value in os.environ.items() if not key.startswith(("BOOK_", "JUPYTER", "PYTEST"))}
        free |= {key: os.environ[key] for key in ("BOOK_DATA", "BOOK_SEED") if key in os.environ}
        free |= {"HOME": str(home), "JUPYTER_RUNTIME_DIR": str(home / "runtime"), "BOOK_CLAIMS": str(home / "claims")}
        # In a new home matplotlib lists the fonts first, and says so in the notebook where that takes long.
        subprocess.run([programs / "python", "-c", "import matplotlib.font_manager"], env=free, check=True)
        options = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"]
        command = [programs / "python", "-m", "jupyterlab", *options]
        self.log = (home / "log").open("w")
        self.process = subprocess.Popen(command, cwd=folder, env=free, stdout=self.log, stderr=self.log)
        until = time.monotonic() + 120 * PATIENCE
        while not self.answers(home / "runtime"):
            assert self.process.poll() is None and time.monotonic() < until, (home / "log").read_text()
            time.sleep(0.1)

    def answers(self, runtime):
        """Whether the server listens: it writes where, to a file in ``runtime``, before it does."""
        try:
            known = json.loads(next(runtime.glob("jpserver-*.json")).read_text())
            self.address, self.token = known["url"], known["token"]
            return self.ask("GET", "api")
        except (StopIteration, json.JSONDecodeError, urllib.error.URLError, ConnectionError):
            return False

    def ask(self, method, path, content=None):
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        data = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=120 * PATIENCE) as answer:
            return json.loads(answer.read() or "null")

    def run(self, path, sources):
        """The messages that the cells of a notebook at ``path`` send, a list for each; a kernel of its own."""
        content = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        session = self.ask("POST", "api/sessions", content)
        address = f"{self.address.replace('http', 'ws', 1)}api/kernels/{session['kernel']['id']}/channels"
        line = websocket.create_connection(f"{address}?token={self.token}", timeout=LIMIT)
        try:
            return [execute(line, source) for source in sources]
        finally:
            line.close()
            self.ask("DELETE", f"api/sessions/{session['id']}")

    def stop(self):
        self.process.terminate()
        self.process.wait(60 * PATIENCE)
        self.log.close()


def execute(line, source):
    """Run a cell; its messages up to the one that says that the kernel is idle again."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": "s", "username": "u"}
    content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
    message = {"header": header | {"version": "5.3"}, "parent_header": {}, "metadata": {}, "content": content}
    line.send(json.dumps(message | {"channel": "shell"}))
    messages = []
    while True:
        answer = line.recv()
        if isinstance(answer, bytes):  # with buffers behind it: where they begin stands first
            starts = [int.from_bytes(answer[at : at + 4], "big") for at in range(4, 12, 4)]
            answer = answer[starts[0] : starts[1] if int.from_bytes(answer[:4], "big") > 1 else None]
        message = json.loads(answer)
        if message["parent_header"].get("msg_id") != header["msg_id"] or message["channel"] != "iopub":
            continue
        messages.append(message)
        if message["content"].get("execution_state") == "idle":
            return messages
