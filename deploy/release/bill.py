"""What is in a release: a bill of materials in the form of CycloneDX, and the sums of its files."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from graph.site.graphiql.npm import PACKAGES, Package


def write_bill(python: Path, project: Path, file: Path, moment: int) -> None:
    """Write which packages, in which versions and under which licences, an environment has; dated `moment`."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", str(python), "--pyproject", str(project)]
    form = ["--output-reproducible", "--output-format", "JSON", "--output-file", str(file)]
    subprocess.run([*command, *form], env={**os.environ, "SOURCE_DATE_EPOCH": str(moment)}, check=True)
    bill = json.loads(file.read_text("utf-8"))
    add_scripts(bill)
    file.write_text(json.dumps(bill, indent=2) + "\n", "utf-8")


def add_scripts(bill: dict[str, Any]) -> None:
    """Add the npm packages that a wheel brings along, on which it depends itself."""
    scripts = [component_of(package) for package in PACKAGES]
    names = [each["bom-ref"] for each in scripts]
    bill["components"] = sorted([*bill["components"], *scripts], key=lambda each: each["bom-ref"])
    for each in bill["dependencies"]:
        if each["ref"] == bill["metadata"]["component"]["bom-ref"]:
            each["dependsOn"] = sorted([*each.get("dependsOn", ()), *names])
    bill["dependencies"] = sorted(
        [*bill["dependencies"], *({"ref": name} for name in names)], key=lambda each: each["ref"]
    )


def component_of(package: Package) -> dict[str, Any]:
    """Describe an npm package; GraphiQL and React have one licence, whose text goes with them."""
    address = f"pkg:npm/{package.name}@{package.version}"
    return {
        "bom-ref": address,
        "licenses": [{"license": {"id": "MIT"}}],
        "name": package.name,
        "purl": address,
        "type": "library",
        "version": package.version,
    }


def write_sums(folder: Path) -> None:
    """Write the SHA-256 of each file of a folder into SHA256SUMS, which `sha256sum --check` reads."""
    files = sorted(file for file in folder.iterdir() if file.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (folder / "SHA256SUMS").write_text("".join(lines), "utf-8")
