"""Whether packages that are pinned here have known vulnerabilities, by the first database of them that answers.

python -m deploy.release.audit
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOCKS = tuple(sorted((ROOT / "requirements").glob("*.lock")))
# pip-audit's names of them: the package index's own, and Open Source Vulnerabilities.
DATABASES = ("pypi", "osv")


@dataclass(frozen=True, slots=True)
class Audit:
    """What a database said of packages; `unknown` are those that it has no word of."""

    database: str
    known: Sequence[dict[str, Any]]
    unknown: Sequence[str]

    def vulnerable(self) -> list[str]:
        """Return a line for each vulnerability: the package, its version, the id, what mends it."""
        found = [(package, each) for package in self.known for each in package["vulns"]]
        return [
            f"{package['name']} {package['version']}: {each['id']}, mended in {', '.join(each['fix_versions'])}"
            for package, each in found
        ]


class SilentError(Exception):
    """A database can't be asked; the message says why."""


def main() -> None:
    """Print what is known; end with 1 where a package is vulnerable, and with 0 where nobody could be asked."""
    options = argparse.ArgumentParser(prog="python -m deploy.release.audit", description=__doc__)
    options.add_argument("--osv-url", metavar="URL", help="a mirror of Open Source Vulnerabilities, asked alone")
    options.add_argument(
        "--ignore", metavar="ID", action="append", default=[], help="a vulnerability to leave out"
    )
    given = options.parse_args()
    ignored = [word for each in given.ignore for word in ("--ignore-vuln", each)]
    mirror = ["--osv-url", given.osv_url] if given.osv_url else []
    reasons = []
    for database in ("osv",) if given.osv_url else DATABASES:
        try:
            found = ask(database, *mirror, *ignored)
        except SilentError as error:
            reasons.append(f"  {database}: {error}")
        else:
            sys.exit(tell(found))
    print(
        "Audit of dependencies: not run, since no database of vulnerabilities could be asked:", *reasons, sep="\n"
    )


def ask(database: str, *options: str) -> Audit:
    """Return what a database says of every pin; raises SilentError, also for one that knows no package at all.

    pip-audit finds no vulnerabilities in packages that a database has no word of, and says nothing else of that.
    """
    locks = [word for lock in LOCKS for word in ("--requirement", str(lock))]
    form = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", database, *form, *locks, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        raise SilentError((done.stderr.strip().splitlines() or ["it printed nothing"])[-1]) from None
    unknown = [package for package in packages if "skip_reason" in package]
    known = [package for package in packages if "skip_reason" not in package]
    if not known:
        raise SilentError(f'it knows none of {len(unknown)} packages ("{unknown[0]["skip_reason"]}")')
    return Audit(database, known, [package["name"] for package in unknown])


def tell(audit: Audit) -> int:
    """Print what an audit found, and return the code to end with."""
    found = audit.vulnerable()
    count = f"{len(found)} known vulnerabilities" if found else "no known vulnerability"
    print(
        f"Audit of dependencies: {count} in {len(audit.known)} packages, by {audit.database}.", *found, sep="\n  "
    )
    if audit.unknown:
        print(f"  Not looked at, since it doesn't know them: {', '.join(audit.unknown)}.")
    return 1 if found else 0


if __name__ == "__main__":
    main()
