"""graphql-codegen's client preset: types of the schema's scalars, and a manifest that the server trusts."""

import hashlib
import json

import pytest

from tests.clients.conftest import Serve, token, trusting
from tests.clients.workshop import Workshop

pytestmark = pytest.mark.clients

FLAGS = ("--module", "esnext", "--moduleResolution", "bundler", "--target", "es2023")


def prepare(shop: Workshop, *changes: tuple[str, str]) -> Workshop:
    """Write the page's files, changed."""
    shop.variables["TOKEN"] = token("viewer")
    shop.take("codegen.ts", "src/execute.ts", "src/company.ts")
    for path in list(shop.folder.rglob("*.ts")):
        text = path.read_text("utf-8")
        for old, new in changes:
            text = text.replace(old, new)
        path.write_text(text, "utf-8")
    return shop


HASHES = [
    pytest.param("true", "sha256:", id="as it comes"),
    pytest.param('{ hashAlgorithm: "sha1" }', "", id="as it came before version 6"),
]


@pytest.mark.parametrize(("option", "prefix"), HASHES)
def test_its_documents_are_trusted_by_their_hash(shop: Workshop, serve: Serve, option: str, prefix: str) -> None:
    shop.follow("codegen-install")
    prepare(shop, ("persistedDocuments: true", f"persistedDocuments: {option}")).follow("codegen")
    manifest = shop.folder / "src" / "gql" / "persisted-documents.json"
    ((hash_, text),) = json.loads(manifest.read_text("utf-8")).items()
    algorithm = hashlib.sha256 if prefix else hashlib.sha1
    assert hash_ == prefix + algorithm(text.encode()).hexdigest()
    with serve(**trusting(manifest)) as shop.base_url:
        shop.take("src/execute.ts")
        shop.run("npx", "tsc", *FLAGS, "src/company.ts")
        visit = shop.node("src/company.js")
    assert visit.answer["name"] == "ABERNATHY COUNTY HEALTH DEPARTMENT"
    assert [each.split(" is open ")[0] for each in visit.answer["errors"]] == ["Company.phone"]
    assert json.loads(visit.sent[0]["body"]) == {"documentId": hash_, "variables": {"npi": "2030586814"}}


@pytest.mark.parametrize("option", [case.values[0] for case in HASHES], ids=[case.id for case in HASHES])
def test_urql_and_apollo_send_its_hashes(shop: Workshop, serve: Serve, option: str) -> None:
    transform = "addTypenameSelectionDocumentTransform"
    changes = {
        "persistedDocuments: true": f"persistedDocuments: {option}",
        'documentMode: "string",': "",
        'preset: "client",': f'preset: "client", documentTransforms: [{transform}],',
        "const config:": f'import {{ {transform} }} from "@graphql-codegen/client-preset";\nconst config:',
    }
    prepare(shop, *changes.items()).run("npx", "graphql-codegen", "--config", "codegen.ts")
    manifest = shop.folder / "src" / "gql" / "persisted-documents.json"
    with serve(**trusting(manifest)) as shop.base_url:
        shop.take("urql-trusted.js")
        shop.run("npx", "tsc", *FLAGS, "src/gql/graphql.ts")
        visit = shop.node("codegen-clients.js")
    assert visit.answer == ["ABERNATHY COUNTY HEALTH DEPARTMENT"] * 2
    assert visit.methods == ["GET", "POST"]
    assert all('"query"' not in each["body"] and "query=" not in each["url"] for each in visit.sent)


def test_a_wrong_type_in_a_program_is_found(shop: Workshop) -> None:
    with pytest.raises(AssertionError, match="is not assignable to type 'number"):
        prepare(shop, ("phone: string", "phone: number")).follow("codegen")


def test_a_scalar_without_a_type_is_told(shop: Workshop) -> None:
    with pytest.raises(AssertionError, match="Unknown scalar type PhoneNumber"):
        prepare(shop, ('PhoneNumber: "string", ', "")).follow("codegen")
