# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, driven over its debugging pipe: the messages of the DevTools protocol
(chromedevtools.github.io/devtools-protocol) as JSON, one after the other, each ended by a zero byte.

    with chromium.Browser(program) as browser:
        page = browser.open("http://127.0.0.1:8000/")
        page.wait_for_text("user")
        assert page.problems == []

One thread uses a browser: what it reports is read while an answer is waited for.
"""

import base64
import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import tempfile
import time

import running

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
         "--force-color-profile=srgb", "--remote-debugging-pipe")
# The descriptors that Chromium reads commands from and writes answers to.
COMMANDS, ANSWERS = 3, 4
FIRST_FREE_DESCRIPTOR = 10
READ_BYTES = 1 << 20
WIDTH, HEIGHT = 1360, 860


def program():
    """The browser to use, or nothing where there is none."""
    return shutil.which(os.environ.get("SKERRY_CHROMIUM", "chromium"))


def _pipe():
    """The reading and the writing end, clear of the numbers that Chromium gives a meaning to."""
    ends = os.pipe()
    moved = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, FIRST_FREE_DESCRIPTOR) for end in ends]
    for end in ends:
        os.close(end)
    return moved


class Browser:
    """Runs from entering to leaving, with a profile of its own. Its output is kept for failures."""

    def __init__(self, path):
        self._path = path
        self._received = b""
        self._last = 0
        self._answers = {}
        self._pages = {}

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="skerry-browser-", ignore_cleanup_errors=True)
        folder = pathlib.Path(self._folder.name)
        commands, self._write = _pipe()
        self._read, answers = _pipe()
        output = os.open(folder / "output", os.O_WRONLY | os.O_CREAT)
        # What is given on to the program: its output, and the two pipes under the numbers that it knows them by.
        given = [(output, 1), (output, 2), (commands, COMMANDS), (answers, ANSWERS)]
        self._process = os.posix_spawn(self._path, [self._path, *FLAGS, f"--user-data-dir={folder / 'profile'}"],
                                       dict(os.environ, HOME=str(folder)),
                                       file_actions=[(os.POSIX_SPAWN_DUP2, here, there) for here, there in given])
        for end in (commands, answers, output):
            os.close(end)
        return self

    def __exit__(self, *_):
        try:
            self.send("Browser.close")
        except (AssertionError, OSError):
            os.kill(self._process, signal.SIGKILL)
        os.close(self._write)
        os.waitpid(self._process, 0)
        os.close(self._read)
        self._folder.cleanup()

    def send(self, method, session=None, **parameters):
        """The result of a command, as soon as it is there. What is reported until then goes to its page."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data):]
        deadline = time.monotonic() + running.LIMIT_SECONDS
        while self._last not in self._answers:
            self._receive(method, deadline)
        answer = self._answers.pop(self._last)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def _receive(self, method, deadline):
        if not select.select([self._read], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise AssertionError(f"the browser does not answer {method}:\n{self._output()}")
        data = os.read(self._read, READ_BYTES)
        if not data:
            raise AssertionError(f"the browser ended instead of answering {method}:\n{self._output()}")
        *messages, self._received = (self._received + data).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._answers[message["id"]] = message
            elif message.get("sessionId") in self._pages:
                self._pages[message["sessionId"]].record(message["method"], message["params"])

    def _output(self):
        return (pathlib.Path(self._folder.name) / "output").read_text(errors="replace")

    def open(self, url):
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        page = Page(self, self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        self._pages[page.session] = page
        page.prepare()
        page.go_to(url)
        return page


class Page:
    """One tab. `problems` has what a developer would find on its console: exceptions, errors, requests that failed."""

    def __init__(self, browser, session):
        self.session = session
        self.problems = []
        self._browser = browser

    def _send(self, method, **parameters):
        return self._browser.send(method, self.session, **parameters)

    def prepare(self):
        for domain in ("Page", "Runtime", "Log"):
            self._send(f"{domain}.enable")
        self._send("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False)
        self._send("Emulation.setFocusEmulationEnabled", enabled=True)

    def record(self, method, parameters):
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "assert"):
            self.problems.append(json.dumps(parameters["args"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            entry = parameters["entry"]
            self.problems.append(f"{entry['text']} {entry.get('url', '')}")

    def go_to(self, url):
        answer = self._send("Page.navigate", url=url)
        if "errorText" in answer:
            raise AssertionError(f"{url}: {answer['errorText']}")

    def evaluate(self, expression):
        """The value of a JavaScript expression, as JSON can hold it."""
        answer = self._send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {json.dumps(answer['exceptionDetails'])}")
        return answer["result"].get("value")

    def text(self, selector="body"):
        """What is to be read in the first element that matches, empty where there is none."""
        return self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")

    def texts(self, selector):
        return self.evaluate(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.innerText)")

    def wait_for(self, what, condition):
        """Gives what `condition` gives as soon as that is true; `what` says it in words, for when it never is."""
        try:
            return running.wait_until(what, condition)
        except AssertionError as vain:
            raise AssertionError(f"{vain}\nThe page says:\n{self.text()}") from None

    def wait_for_text(self, text, selector="body"):
        self.wait_for(f"'{text}' on the page", lambda: text in self.text(selector))

    def click(self, selector):
        """A press and a release of the mouse's button in the middle of the first element that matches."""
        query = f"document.querySelector({json.dumps(selector)})"
        middle = f"""(e => {{
            if (!e) return null;
            e.scrollIntoView({{block: "nearest"}});
            const r = e.getBoundingClientRect();
            return [r.x + r.width / 2, r.y + r.height / 2];
        }})({query})"""
        x, y = self.wait_for(f"an element {selector}", lambda: self.evaluate(middle))
        for kind in ("mousePressed", "mouseReleased"):
            self._send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def insert(self, text):
        """Writes into what has the focus, as a paste does."""
        self._send("Input.insertText", text=text)

    def save_screenshot(self, path):
        picture = self._send("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(picture))
