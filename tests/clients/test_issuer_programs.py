"""The programs that issuers run as docs/issuers.md has them: what they write is what the page's tokens have."""

import json

import pytest

from tests.clients.workshop import Workshop
from tests.fences import named

pytestmark = pytest.mark.clients

BLOCKS = named(("issuers.md",))
AUTH0 = """
import { onExecutePostLogin } from "./auth0-action.cjs";
const claims = {};
const accessToken = { setCustomClaim: (name, value) => (claims[name] = value) };
const user = { app_metadata: { companies: ["1234567893"] } };
await onExecutePostLogin({ authorization: { roles: ["editor", "viewer"] }, user }, { accessToken });
console.log(JSON.stringify(claims));
"""
COGNITO = """
import { handler } from "./cognito-trigger.mjs";
const { response } = await handler({ request: { userAttributes: { "custom:companies": "1234567893" } } });
console.log(JSON.stringify(response.claimsAndScopeOverrideDetails.accessTokenGeneration.claimsToAddOrOverride));
"""


@pytest.mark.parametrize(
    ("issuer", "program", "uses"),
    [("auth0", "auth0-action.cjs", AUTH0), ("cognito", "cognito-trigger.mjs", COGNITO)],
)
def test_it_adds_what_the_page_shows(shop: Workshop, issuer: str, program: str, uses: str) -> None:
    shop.write(program, BLOCKS[program].text)
    shop.write("use.mjs", uses)
    added = json.loads(shop.run("node", "use.mjs"))
    assert added
    assert added.items() <= json.loads(BLOCKS[f"{issuer}.json"].text).items()
