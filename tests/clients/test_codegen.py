"""graphql-codegen's client preset: types of the schema's scalars, and a manifest that the server trusts."""

import hashlib
import json

import pytest

from tests.clients.conftest import Serve, token
from tests.clients.workshop import Workshop

pytestmark = pytest.mark.clients


FLAGS = ("--module", "esnext", "--moduleResolution", "bundler", "--target", "es2023")


def generate(shop: Workshop, *changes: tuple[str, str]) -> Workshop:
    """Have codegen run on the page's files, changed, and on the schema that a server gives."""
    shop.variables["TOKEN"] = token("viewer")
    shop.take("codegen.ts", "src/execute.ts", "src/company.ts")
    for path in list(shop.folder.rglob("*.ts")):
        text = path.read_text("utf-8")
        for old, new in changes:
            text = text.replace(old, new)
        path.write_text(text, "utf-8")
    shop.follow("codegen")
    return shop


@pytest.mark.parametrize(
    ("option", "algorithm", "prefix"),
    [("true", "sha256", "sha256:")],
)
def test_its_documents_are_trusted_by_their_hash(
    shop: Workshop, serve: Serve, option: str, algorithm: str, prefix: str
) -> None:
    shop.follow("codegen-install")
    generate(shop, ("persistedDocuments: true", f"persistedDocuments: {option}"))
    manifest = shop.folder / "src" / "gql" / "persisted-documents.json"
    ((hash_, text),) = json.loads(manifest.read_text("utf-8")).items()
    assert hash_ == prefix + hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()
    with serve(environment="production", trusted_documents=manifest, trusted_documents_only=True) as shop.base_url:
        shop.take("src/execute.ts")
        shop.run("npx", "tsc", *FLAGS, "src/company.ts")
        visit = shop.node("src/company.js")
    assert visit.answer["name"] == "ABERNATHY COUNTY HEALTH DEPARTMENT"
    assert [each.split(" is open ")[0] for each in visit.answer["errors"]] == ["Company.phone"]
    assert json.loads(visit.sent[0]["body"]) == {"documentId": hash_, "variables": {"npi": "2030586814"}}


def test_a_wrong_type_in_a_program_is_found(shop: Workshop) -> None:
    with pytest.raises(AssertionError, match="is not assignable to type 'number"):
        generate(shop, ("phone: string", "phone: number"))


def test_a_scalar_without_a_type_is_told(shop: Workshop) -> None:
    with pytest.raises(AssertionError, match="Unknown scalar type PhoneNumber"):
        generate(shop, ('PhoneNumber: "string", ', ""))
