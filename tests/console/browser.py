"""The console in Chromium: what an operator sees and does there."""

import base64
import hashlib
import json
import os
import time
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from peers.hub import REPOSITORY
from peers.waiting import PATIENCE, eventually

AXE = REPOSITORY / "build/console/axe.min.js"
PAGES = ["overview", "domains", "streams", "nodes", "explain", "events", "settings", "notifications"]

# Runs before each page's own scripts: keeps what went wrong.
WATCH = """
window.faults = [];
addEventListener("error", (event) => window.faults.push(`error: ${event.message}`));
addEventListener("unhandledrejection", (event) => window.faults.push(`rejection: ${event.reason}`));
addEventListener("securitypolicyviolation", (event) => window.faults.push(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


def start_driver():
    options = Options()
    options.binary_location = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-prefers-reduced-motion",
        "--disable-component-update", "--disable-background-networking", "--window-size=1280,900",
    ):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(os.environ.get("CHROMEDRIVER", "/usr/bin/chromedriver")))
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    return driver


def password_hash(password: str) -> str:
    """Returns a value of admin.user.password_hash that is quick to check."""
    salt = b"sixteen octets.."
    digest = hashlib.scrypt(password.encode(), salt=salt, n=1 << 10, r=8, p=1, dklen=32)
    coded = [base64.b64encode(part).decode().rstrip("=") for part in (salt, digest)]
    return "$".join(["", "scrypt", "ln=10,r=8,p=1", *coded])


def origin_of(hub) -> str:
    host, port = hub.addresses("admin")[0]
    return f"http://{host}:{port}"


class Console:
    """A tab with the console of one hub."""

    def __init__(self, driver, origin: str):
        self.driver = driver
        self.origin = origin

    # -- where ------------------------------------------------------------------------------------------------

    def log_in(self, hub) -> "Console":
        """Logs in as `fedhubctl console` does it: by a token of the Unix socket, in the address."""
        token = hub.api.send("POST", "tokens", {}).json()["token"]
        self.driver.get("about:blank")
        self.driver.get(f"{self.origin}/#token={token}")
        return self.wait("nav")

    def log_in_by_password(self, user: str, password: str) -> "Console":
        self.driver.get("about:blank")
        self.driver.get(f"{self.origin}/")
        self.type("User", user)
        self.type("Password", password)
        self.press("Log in")
        return self

    def go(self, page: str) -> "Console":
        """Shows a page by its address, without loading the document again."""
        self.driver.execute_script("location.hash = arguments[0]", f"#/{page}")
        eventually(lambda: self.driver.execute_script("return location.hash") == f"#/{page}" and self.has("main h1"))
        self.settle()
        return self

    def settle(self) -> None:
        """Waits until nothing is loading."""
        eventually(lambda: not self.all("main [aria-busy=true]"), what="the page has loaded")

    def resize(self, width: int, height: int = 900) -> None:
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        )

    def prefer(self, scheme: str) -> None:
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"},
        ]})  # fmt: skip

    def picture(self, name: str) -> Path:
        """Keeps a picture of the page for people."""
        folder = REPOSITORY / "build/console"
        folder.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(folder / f"{name}.png"))
        return folder / f"{name}.png"

    # -- what is there ----------------------------------------------------------------------------------------

    def run(self, script: str, *values):
        return self.driver.execute_script(script, *values)

    def all(self, css: str) -> list:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def has(self, css: str) -> bool:
        return bool(self.all(css))

    def wait(self, css: str, within: float = PATIENCE) -> "Console":
        eventually(lambda: self.has(css), within, f"{css} on the page")
        return self

    @property
    def text(self) -> str:
        return self.run("return document.body.innerText")

    def sees(self, *texts: str, within: float = PATIENCE) -> None:
        """Waits until all texts are visible."""

        def seen():
            shown = " ".join(self.text.split())
            missing = [text for text in texts if text not in shown]
            assert not missing, f"not shown: {missing}; shown: {shown[-2500:]}"
            return True

        eventually(seen, within, f"the texts {texts}")

    def control(self, name: str, within: str = ""):
        """Returns the button, link or field with this accessible name, which must be one. `within`: a selector."""

        def find():
            found = self.run(
                """
                const [name, place] = arguments;
                const shown = (node) => node.getClientRects().length > 0;
                const nameOf = (node) => (node.getAttribute("aria-label") ?? (node.labels?.length ? node.labels[0].textContent : node.textContent)).trim();
                const root = document.querySelector("dialog") ?? document;
                return [...(place ? root.querySelectorAll(place) : [root])].flatMap((part) =>
                  [...part.querySelectorAll("a, button, input, select, textarea, summary")].filter((node) => shown(node) && nameOf(node) === name));
                """,
                name, within,
            )  # fmt: skip
            assert len(found) == 1, f"{len(found)} controls are named {name!r}; the page: {self.text[:2000]}"
            return found[0]

        return eventually(find, what=f"a control named {name!r}")

    # -- what is done -----------------------------------------------------------------------------------------

    def press(self, name: str, within: str = "") -> "Console":
        """Clicks a button or link by its name."""

        def click():
            try:
                self.control(name, within).click()
                return True
            except (StaleElementReferenceException, WebDriverException) as failure:
                raise AssertionError(str(failure)[:300]) from failure

        eventually(click, what=f"a click on {name!r}")
        return self

    def type(self, name: str, text: str, within: str = "") -> "Console":
        element = self.control(name, within)
        element.send_keys(Keys.CONTROL, "a")
        element.send_keys(Keys.DELETE if not text else text)
        return self

    def choose(self, name: str, option: str) -> "Console":
        element = self.control(name)
        eventually(lambda: any(one.text == option and (one.click() or True) for one in element.find_elements(By.TAG_NAME, "option")))
        return self

    def keys(self, *keys: str) -> None:
        """Presses keys, wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    # -- what must not happen ---------------------------------------------------------------------------------

    def axe(self) -> list:
        """Returns the findings of axe-core on the page as it is: rule, element, reason."""
        if not self.run("return 'axe' in window"):
            self.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text()})  # past the policy for scripts
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then((x) => done(x.violations), (x) => done([String(x)]))"
        )
        return [f"{rule['id']}: {node['html'][:160]}: {node['failureSummary'][:400]}" for rule in found for node in rule["nodes"]]

    def faults(self) -> list:
        """Returns errors of scripts and breaches of the content security policy."""
        return self.run("return window.faults")

    def requested(self) -> list:
        """Returns the URLs that were requested since the last call."""
        urls = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                urls.append(message["params"]["request"]["url"])
        return urls


def pause_for(seconds: float) -> None:
    """Waits for something that must not happen."""
    time.sleep(seconds)
