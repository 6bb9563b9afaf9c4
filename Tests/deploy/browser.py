"""A headless Chromium, spoken to over a pipe (the DevTools protocol): no driver, no port, no network."""
from __future__ import annotations

import base64
import itertools
import json
import os
import subprocess
from pathlib import Path

NARROW, PHONE, DESK = 320, 390, 1280


class Browser:
    def __init__(self, folder: Path):
        for_it, ours = os.pipe()
        theirs, from_it = os.pipe()
        # The shell puts the pipes where Chromium looks for them; bash, because dash knows no descriptor above 9.
        # Chromium's sandbox does not work as root.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{for_it} 4>&{from_it}', "bash", "chromium", "--headless=new", "--no-sandbox",
             "--remote-debugging-pipe", f"--user-data-dir={folder}", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--disable-background-networking", "--disable-component-update", "about:blank"],
            pass_fds=(for_it, from_it), stdout=subprocess.DEVNULL, stderr=(folder / "chromium.log").open("wb"))
        os.close(for_it)
        os.close(from_it)
        self.writer, self.reader = os.fdopen(ours, "wb"), os.fdopen(theirs, "rb")
        self.numbers = itertools.count(1)
        self.events: list[dict] = []

    def call(self, method: str, session: str | None = None, **parameters) -> dict:
        """The answer to one command; events that come before it are kept."""
        number = next(self.numbers)
        command = {"id": number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        self.writer.write(json.dumps(command).encode() + b"\0")
        self.writer.flush()
        while (message := self._next()).get("id") != number:
            self.events.append(message)
        assert "error" not in message, f"{method}: {message['error']}"
        return message["result"]

    def wait(self, method: str, session: str):
        while not any(event["method"] == method and event.get("sessionId") == session for event in self.events):
            self.events.append(self._next())

    def _next(self) -> dict:
        text = bytearray()
        while (byte := self.reader.read(1)) != b"\0":
            assert byte, "Chromium has ended"
            text += byte
        return json.loads(text)

    def stop(self):
        self.call("Browser.close")
        self.process.wait(20)
        self.writer.close()
        self.reader.close()


class Tab:
    """A page as it is seen: its width, its colour scheme, and, if they are wanted, its own scripts, for which the clock
    may be so many seconds ahead."""

    def __init__(self, browser: Browser, file: Path, width: int, scheme: str, runs_scripts: bool = False,
                 clock_ahead: int = 0):
        self.browser = browser
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        browser.events.clear()
        for domain in ("Page", "Network", "Accessibility", "Log"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1,
                  mobile=width <= PHONE)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Emulation.setScriptExecutionDisabled", value=not runs_scripts)
        if clock_ahead:
            self.call("Page.addScriptToEvaluateOnNewDocument",
                      source=f"const now = Date.now; Date.now = () => now() + {clock_ahead * 1000}")
        self.address = file.as_uri()
        self.call("Page.navigate", url=self.address)
        browser.wait("Page.loadEventFired", self.session)

    def call(self, method: str, **parameters) -> dict:
        return self.browser.call(method, self.session, **parameters)

    def ask(self, expression: str):
        """What an expression of ours is worth; the page's own scripts stay off."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def events(self, method: str) -> list[dict]:
        return [event["params"] for event in self.browser.events
                if event["method"] == method and event.get("sessionId") == self.session]

    def tree(self) -> list[dict]:
        """What a screen reader is told, in its order: role, name, and properties."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [{"role": node["role"]["value"], "name": node.get("name", {}).get("value", ""),
                 **{item["name"]: item["value"].get("value") for item in node.get("properties", [])}}
                for node in nodes if not node["ignored"]]

    def picture(self, file: Path):
        taken = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(taken["data"]))

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
