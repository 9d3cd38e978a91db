"""Make a release of a clean checkout: an sdist, a wheel that serves, what is in it, their sums, and the tag.

python -m deploy.release VERSION
"""

import argparse
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.release.bill import write_bill, write_sums
from deploy.release.build import build
from deploy.release.checks import UnreadyError, check
from deploy.release.trial import install, try_out

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Make the release that the arguments name, or say what is missing for it."""
    options = argparse.ArgumentParser(prog="python -m deploy.release", description=__doc__)
    options.add_argument("version", help="the version in pyproject.toml")
    options.add_argument("--no-tag", action="store_true", help="leave the tag out, to see whether all else works")
    given = options.parse_args()
    try:
        release(ROOT, given.version, is_tagged=not given.no_tag)
    except UnreadyError as error:
        sys.exit(f"No release: {error}")


def release(root: Path, version: str, *, is_tagged: bool) -> Path:
    """Return the folder with the files of a release; raises UnreadyError."""
    moment = check(root, version)
    folder = root / "dist" / version
    wheel = build(root, folder, moment)
    with TemporaryDirectory(prefix="ariesone-") as empty:
        python = install(root / "requirements" / "serve.lock", wheel, Path(empty) / "venv")
        companies = try_out(python, Path(empty) / "folder")
        print(f"{wheel.name} serves a sample of {companies} companies in an empty environment.", flush=True)
        write_bill(python, root / "pyproject.toml", folder / f"ariesone-{version}.cdx.json", moment)
    write_sums(folder)
    if is_tagged:
        tag(root, version)
    for file in sorted(folder.iterdir()):
        print(f"  {file.relative_to(root)}  {file.stat().st_size:,} bytes")
    return folder


def tag(root: Path, version: str) -> None:
    """Tag what was released, in this checkout alone."""
    name = f"v{version}"
    subprocess.run(["git", "tag", "--annotate", name, "--message", f"AriesOne {version}"], cwd=root, check=True)
    print(f"Tagged {name}. Nothing was sent anywhere: `git push --follow-tags` and the files' upload are yours.")


if __name__ == "__main__":
    main()
