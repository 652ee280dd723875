"""A headless Chromium over its debugging pipe: open a page, press keys, ask it questions."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
PROGRAM = next((found for name in NAMES if (found := shutil.which(name))), None)
MISSING = "no Chromium: apt-get install -y chromium"
FLAGS = (
    *("--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run"),
    *("--no-sandbox", "--hide-scrollbars", "--disable-extensions", "--mute-audio"),
    *("--disable-background-networking", "--disable-dev-shm-usage", "--disable-component-update"),
)
KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "End": 35, "Home": 36}
KEYS |= {"ArrowLeft": 37, "ArrowRight": 39}


class Browser:
    """One browser with one page; what it said and asked for is in `events`."""

    def __init__(self) -> None:
        assert PROGRAM is not None
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs_in, self.to = os.pipe()
        self.back, theirs_out = os.pipe()

        def wire() -> None:
            """The pipe is at 3 and 4; where those numbers are taken, they are moved first."""
            ends = [os.dup(theirs_in), os.dup(theirs_out)]
            high = [os.dup2(e, 100 + i) for i, e in enumerate(ends)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        command = [PROGRAM, *FLAGS, f"--user-data-dir={self.profile.name}", "about:blank"]
        self.process = subprocess.Popen(
            command,
            preexec_fn=wire,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.buffer = b""
        self.count = 0
        self.session = ""
        self.events: list[dict[str, Any]] = []
        targets = self.send("Target.getTargets")["targetInfos"]
        page = next(t["targetId"] for t in targets if t["type"] == "page")
        found = self.send("Target.attachToTarget", targetId=page, flatten=True)
        self.session = found["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        self.count += 1
        message: dict[str, Any] = {"id": self.count, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self.count:
            self.events.append(answer)
        assert "error" not in answer, answer
        found: dict[str, Any] = answer["result"]
        return found

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self.buffer:
            read = os.read(self.back, 1 << 16)
            assert read, "the browser ended"
            self.buffer += read
        message, _, self.buffer = self.buffer.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found

    def open(self, path: Path, width: int = 800, dark: bool = False, media: str = "") -> None:
        self.look(width, dark, media)
        self.events.clear()
        self.send("Page.navigate", url=path.as_uri())
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self._next())

    def look(self, width: int, dark: bool = False, media: str = "", height: int = 900) -> None:
        """The same page at another width, in light or dark, or as it is printed."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.send(
            "Emulation.setDeviceMetricsOverride",
            **{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500},
        )

    def ask(self, expression: str) -> Any:
        """The value of an expression in the page."""
        done = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def press(self, key: str) -> None:
        common = {"key": key, "windowsVirtualKeyCode": KEYS[key]}
        if key in ("Enter", " "):
            common["text"] = "\r" if key == "Enter" else " "
        self.send("Input.dispatchKeyEvent", type="keyDown", **common)
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text: str) -> None:
        self.send("Input.insertText", text=text)

    def tab_to(self, condition: str, most: int = 60) -> None:
        """Tab until the focused element `e` fulfils a condition."""
        for _ in range(most):
            self.press("Tab")
            if self.ask(f"(e => {condition})(document.activeElement)"):
                return
        raise AssertionError(f"not reached by Tab: {condition}")

    def complaints(self) -> list[Any]:
        """Errors on the console, exceptions, violations of the policy."""
        self.ask("1")
        kinds = ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
        return [e for e in self.events if e.get("method") in kinds]

    def requests(self) -> list[str]:
        sent = [e for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        return [e["params"]["request"]["url"] for e in sent]

    def picture(self, file: Path, tallest: int = 4000) -> None:
        """The page from its top, as a PNG."""
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        height = min(size["height"], tallest)
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}
        done = self.send("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        file.write_bytes(base64.b64decode(done["data"]))

    def photograph(self, file: Path) -> None:
        """What is seen, as a PNG."""
        file.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))

    def paper(self, file: Path) -> None:
        """The page as it is printed, as a PDF."""
        done = self.send("Page.printToPDF", preferCSSPageSize=True)
        file.write_bytes(base64.b64decode(done["data"]))

    def close(self) -> None:
        try:
            self.send("Browser.close")
        except (AssertionError, OSError):
            self.process.terminate()
        self.process.wait(20)
        os.close(self.to)
        os.close(self.back)
        self.profile.cleanup()
