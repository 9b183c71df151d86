"""Debian's Chromium as a pair of hands: a page that is clicked, typed at and asked, over its DevTools protocol.

Waiting is done inside the page, on a condition, with a deadline. What the page complains of - errors, messages of the
console, breaches of its Content-Security-Policy - is kept, and `calm` says whether there was any. Knows no page.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.mockserver import browser

PATIENCE_S = 60.0
WAIT_MS = 20_000
# Chromium speaks over the pipes 3 and 4: copies above them come first, as the pipes given may have these numbers.
_PIPE = """import fcntl, os, sys
ends = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])"""
# A promise that is kept once the condition holds: it is looked at after every change of the page, and now and then.
_UNTIL = """new Promise((yes, no) => {
  const begun = performance.now(), holds = () => { try { return (%s); } catch { return false; } };
  const look = () => {
    const value = holds();
    if (value) { seen.disconnect(); yes(value); }
    else if (performance.now() - begun > %d) { seen.disconnect(); no(Error("waited in vain for " + %s)); }
    else setTimeout(look, 10);
  };
  const seen = new MutationObserver(() => { if (holds()) { seen.disconnect(); yes(holds()); } });
  seen.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  look();
})"""
_WATCH = """{ window.breaches = []; window.ran = 0;
window.alert = window.confirm = window.prompt = window.print = () => { ran += 1; };
const note = (event) => breaches.push(`${event.violatedDirective} ${event.blockedURI}`);
addEventListener("securitypolicyviolation", note); }"""
# The middle of an element that is seen, where it was a moment ago too.
_STILL = """(() => {
  const element = document.querySelector(%s);
  element.scrollIntoView({block: "nearest", behavior: "instant"});
  const box = element.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
  const before = window.spot, hit = document.elementFromPoint(x, y);
  window.spot = {element, x, y, since: performance.now()};
  if (before?.element !== element || before.x !== x || before.y !== y) return false;
  window.spot.since = before.since;
  const still = performance.now() - before.since > 50 && box.width;
  return still && (element.contains(hit) || hit?.contains(element)) && [x, y];
})()"""
# keys by their names: the number of each, and what it writes
_KEYS = {
    "Enter": (13, "\r"),
    "Tab": (9, ""),
    "Escape": (27, ""),
    "ArrowLeft": (37, ""),
    "ArrowUp": (38, ""),
    "ArrowRight": (39, ""),
    "ArrowDown": (40, ""),
    "Home": (36, ""),
    "End": (35, ""),
}


class Wire:
    """The two pipes of a browser: messages out, messages in."""

    def __init__(self, out: int, back: int) -> None:
        self._out = out
        self._back = back
        self._rest = b""

    def send(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]

    def receive(self, patience_s: float = PATIENCE_S) -> dict[str, Any]:
        deadline = time.monotonic() + patience_s
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._back], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"chromium said nothing for {patience_s:g} s"
            piece = os.read(self._back, 1 << 20)
            assert piece, "chromium has ended"
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        told: dict[str, Any] = json.loads(message)
        return told


class Page:
    """One page of a browser; `ran` counts the dialogs that scripts in it have asked for."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._number = 0
        self._session = ""
        self._events: list[dict[str, Any]] = []
        self.complaints: list[str] = []
        self._target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        for room in ("Page", "Runtime", "Log"):
            self._call(f"{room}.enable")
        self.before(_WATCH)

    def _call(self, method: str, **given: Any) -> dict[str, Any]:
        self._number += 1
        number = self._number
        told = {"sessionId": self._session} if self._session else {}
        self._wire.send({"id": number, "method": method, "params": given, **told})
        while True:
            message = self._wire.receive()
            if message.get("id") == number:
                assert "error" not in message, f"{method}: {message['error']}"
                result: dict[str, Any] = message["result"]
                return result
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("sessionId") != self._session:  # a page before this one, whose server has gone
            return
        method, given = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.complaints.append(given["exceptionDetails"].get("exception", {}).get("description", "exception"))
        elif method == "Runtime.consoleAPICalled" and given["type"] in {"error", "warning", "assert"}:
            self.complaints.append(f"console: {[each.get('value') for each in given['args']]}")
        elif method == "Log.entryAdded" and given["entry"]["level"] in {"error", "warning"}:
            self.complaints.append(f"log: {given['entry']['text']} {given['entry'].get('url', '')}")

    def close(self) -> None:
        """Close the page."""
        self._session = ""
        self._call("Target.closeTarget", targetId=self._target)

    # looking

    def ask(self, code: str) -> Any:
        """The value of an expression in the page; a promise is waited for."""
        told = self._call("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]["exception"].get("description")
        return told["result"].get("value")

    def until(self, condition: str, wait_ms: int = WAIT_MS) -> Any:
        """The value of a condition, as soon as it is true."""
        return self.ask(_UNTIL % (condition, wait_ms, json.dumps(condition)))

    def text(self, selector: str) -> str:
        """What an element says."""
        return str(self.ask(f"document.querySelector({json.dumps(selector)}).textContent"))

    def breaches(self) -> list[str]:
        """What the page's policy has forbidden."""
        return list(self.ask("window.breaches"))

    def picture(self, path: Path) -> None:
        """The page as a PNG file."""
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"]))

    # doing

    def go(self, url: str) -> None:
        """Open an address."""
        self._call("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def before(self, code: str) -> None:
        """Run a script in every page that is opened from now on, before any of its own."""
        self._call("Page.addScriptToEvaluateOnNewDocument", source=code)

    def size(self, width: int, height: int) -> None:
        """Give the page a width and a height."""
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, **features: str) -> None:
        """What the person prefers: `color_scheme="dark"`, `reduced_motion="reduce"`."""
        named = [{"name": f"prefers-{name.replace('_', '-')}", "value": value} for name, value in features.items()]
        self._call("Emulation.setEmulatedMedia", features=named)

    def click(self, selector: str) -> None:
        """Click into the middle of an element, where a person would, once it stands still and nothing covers it."""
        x, y = self.until(_STILL % json.dumps(selector))
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def choose(self, selector: str, value: str) -> None:
        """Choose a value of a list, as its listeners see it."""
        place, choice = json.dumps(selector), json.dumps(value)
        self.until(f"[...document.querySelector({place})?.options ?? []].some((each) => each.value === {choice})")
        code = f"list.value = {choice}; list.dispatchEvent(new Event('change', {{bubbles: true}}));"
        self.ask(f"{{ const list = document.querySelector({place}); {code} }}")

    def key(self, key: str, *, shift: bool = False) -> None:
        """Press and let go a key."""
        number, text = _KEYS.get(key, (ord(key[0].upper()), key))
        given = {"key": key, "windowsVirtualKeyCode": number, "modifiers": 8 if shift else 0}
        self._call("Input.dispatchKeyEvent", type="keyDown", text=text, **given)
        self._call("Input.dispatchKeyEvent", type="keyUp", **given)

    def type(self, text: str) -> None:
        """Type a text where the focus is."""
        self._call("Input.insertText", text=text)


@contextmanager
def chromium() -> Iterator[Callable[[], Page]]:
    """A browser; calling it opens a page. Skips, or fails, where there is none."""
    program = browser.found(shutil.which("chromium"), os.environ)
    with ExitStack() as stack:
        home = stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True))
        theirs_in, out = os.pipe()
        back, theirs_out = os.pipe()
        homes = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), home)
        flags = [*browser.FLAGS, "--remote-debugging-pipe", f"--user-data-dir={home}/profile", "about:blank"]
        process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", _PIPE, str(theirs_in), str(theirs_out), program, *flags],
                pass_fds=(theirs_in, theirs_out),
                env=os.environ | homes,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        stack.callback(_end, process)
        for end in (theirs_in, theirs_out):
            os.close(end)
        for end in (out, back):
            stack.callback(os.close, end)
        wire = Wire(out, back)
        yield lambda: Page(wire)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:  # it has ended by itself
        return
    process.wait()
