"""The front end of docs/urql.md: built by Vite from the page's files, and used in a browser as somebody would."""

import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr

from graph.app import create_app
from graph.settings import Settings
from tests.clients.conftest import SECRET
from tests.clients.page import block
from tests.clients.workshop import Workshop
from tests.conftest import copied, renamed
from tests.graph.conftest import serving

pytestmark = pytest.mark.clients

# Of the first company by name.
CHANGE = 'mutation { updateCompany(input: {npi: "2030586814", website: null}) { userErrors { code } } }'
FILES = ("vite.config.mjs", "index.html", "src/main.jsx", "src/Companies.jsx", "src/Website.jsx")


@cache
def editors_token() -> str:
    """The token that the page's command makes."""
    [command] = block("urql-token").commands
    _, *arguments = shlex.split(command)
    made = subprocess.run(
        [sys.executable, "-m", "graph", *arguments],
        env={**os.environ, "TOKEN_SECRET": SECRET},
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.strip()


@pytest.fixture
async def editable(postgresql_url: str, newcomers_template: str) -> AsyncIterator[str]:
    """The address of a newcomer's server that one may change."""
    name = f"front_end_{uuid4().hex}"
    await copied(postgresql_url, newcomers_template, name)
    url = SecretStr(renamed(postgresql_url, name))
    settings = Settings(
        _env_file=None, database_url=url, redis_url=None, token_secret=SecretStr(SECRET), max_lag=1.0
    )
    with serving(create_app(settings)) as server:
        yield str(server.client.base_url).rstrip("/")


@contextmanager
def developing(folder: Path) -> Iterator[str]:
    """Run Vite as the page says, and return where."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    [start] = block("urql-dev").commands
    command = [*start.split(), "--host", "127.0.0.1", "--port", str(port), "--strictPort"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as running:
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                with socket.socket() as tried:
                    if not tried.connect_ex(("127.0.0.1", port)):
                        break
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


@pytest.fixture
def pasted(shop: Workshop, packages: Path, editable: str) -> Workshop:
    """The program as the page has it, in a folder with packages as npm puts them, without what others built."""
    shop.base_url = editable
    shop.follow("urql-app")
    folder = shop.folder / "node_modules"
    folder.unlink()
    folder.mkdir()
    for package in packages.iterdir():
        (folder / package.name).symlink_to(package)
    shop.take(*FILES)
    return shop


@asynccontextmanager
async def visiting(pasted: Workshop, chromium: Browser) -> AsyncIterator[Page]:
    """Open the program in a browser; none of it fails, or warns, unseen."""
    said: list[str] = []
    with developing(pasted.folder) as address:
        opened = await chromium.new_page()
        opened.on("pageerror", lambda error: said.append(str(error)))
        opened.on("console", lambda line: said.append(line.text) if line.type == "warning" else None)
        await opened.goto(address)
        yield opened
        await opened.close()
    assert said == []


async def test_it_finds_pages_and_edits(pasted: Workshop, chromium: Browser) -> None:
    async with visiting(pasted, chromium) as page:
        alert = page.get_by_role("alert")
        sites = page.get_by_label("Web site")
        await expect(page.get_by_text("2,000 companies")).to_be_visible()
        await find(page, "medcal", "TX")
        found = page.get_by_text("30 companies")
        await expect(found).to_be_visible()
        names = await page.locator("strong").all_inner_texts()
        await page.get_by_role("button", name="Next").click()
        await expect(page.get_by_role("button", name="Back")).to_be_enabled()
        await expect(page.locator("strong").first).not_to_have_text(names[0])
        await page.get_by_role("button", name="Back").click()
        await expect(page.locator("strong")).to_have_text(names)
        assert all("MEDICAL" in name for name in names)
        # Without a role, with a bad value, and as it should be.
        await page.get_by_role("button", name="Save").first.click()
        await expect(alert).to_contain_text("is open to ADMIN, EDITOR only")
        await sign_in(page)
        await expect(alert).to_have_count(0)
        await expect(found).to_be_visible()
        await find(page, "no such name", "")
        await expect(page.get_by_text("Nothing found.")).to_be_visible()
        await find(page, "", "")
        await expect(page.get_by_text("2,000 companies")).to_be_visible()
        await sites.first.fill("no site")
        await page.get_by_role("button", name="Save").first.click()
        await expect(alert).to_contain_text("is no web address")
        await sites.first.fill("northaustin.example")
        await page.get_by_role("button", name="Save").first.click()
        await expect(sites.first).to_have_value("https://northaustin.example")
        await expect(page.get_by_role("status")).to_have_text("Saved")
        await expect(alert).to_have_count(0)


@pytest.mark.parametrize("cache", [None, "urql.js"])
async def test_who_comes_second_reads_again_and_saves(
    pasted: Workshop, chromium: Browser, editable: str, cache: str | None
) -> None:
    """With the page's own cache, and with the one of docs/urql-cache.md that knows companies."""
    if cache:
        exchange_client(pasted, cache)
    async with visiting(pasted, chromium) as page:
        alert = page.get_by_role("alert")
        site = page.get_by_label("Web site").first
        save = page.get_by_role("button", name="Save").first
        await sign_in(page)
        for name in ("first", "second"):
            await site.fill(f"{name}.example")
            await save.click()
            await expect(site).to_have_value(f"https://{name}.example")
        async with httpx2.AsyncClient(base_url=editable) as other:
            headers = {"authorization": f"Bearer {editors_token()}"}
            answer = await other.post("/graphql", json={"query": CHANGE}, headers=headers)
        assert answer.json()["data"] == {"updateCompany": {"userErrors": []}}
        await site.fill("late.example")
        await save.click()
        await expect(alert).to_contain_text("Somebody has changed it meanwhile")
        await page.get_by_role("button", name="Read again").click()
        await expect(site).to_have_value("")
        await expect(alert).to_have_count(0)
        await site.fill("late.example")
        await save.click()
        await expect(site).to_have_value("https://late.example")
        await expect(page.get_by_role("status")).to_have_text("Saved")


async def find(page: Page, name: str, state: str) -> None:
    """Fill in the filter, and use it."""
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("State").fill(state)
    await page.get_by_role("button", name="Find").click()


async def sign_in(page: Page) -> None:
    """Give the program an editor's token."""
    await page.get_by_label("Token").fill(editors_token())
    await page.get_by_role("button", name="Use token").click()


def exchange_client(pasted: Workshop, cache: str) -> None:
    """Have the program connect with the client of a page's block, asked by way of Vite."""
    address = 'url: "/graphql"'
    pasted.write(f"src/{cache}", re.sub(r'url: "[^"]*"', address, block(cache).text))
    main = block("src/main.jsx").text
    own, count = re.subn(
        r"function connect.*?\n}\n",
        "function connect(token) {\n  session.token = token;\n  return kept;\n}\n",
        main,
        flags=re.DOTALL,
    )
    assert count == 1
    pasted.write("src/main.jsx", f'import {{ client as kept, session }} from "./{cache}";\n{own}')
