"""The forms of settings that are texts: what each must look like, in the words of the documentation too."""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, SecretStr

from db.address import read_address
from graph.environment.amqp_url import read_amqp_url
from graph.environment.origins import headers_in, origins_in
from graph.environment.redis_url import read_redis_url
from graph.environment.replica_urls import read_replica_urls
from graph.environment.webhook_keys import KEY_BYTES, read_keys
from graph.environment.words import Words
from graph.identity.viewer import factors_of_roles, names_of_roles

# What a token may be signed with.
ALGORITHMS = ("HS256", "RS256", "ES256", "EdDSA")
MIN_SECRET_BYTES = 32
# Names that operations are counted under at most, by one process.
MOST_OPERATIONS = 500

_HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?")

# What RabbitMQ takes, less what a shell or a policy's pattern would read otherwise.
_EXCHANGE = re.compile(r"[\w.:-]{1,127}", re.ASCII)
# As GraphQL's grammar has them; a longer one is no name that anybody wants to read.
_OPERATION = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,127}", re.ASCII)
_SOURCE = re.compile(r"[!#$%&'()*+,/:;=?@\[\]\w.~-]{1,255}", re.ASCII)


def listed(text: str) -> list[str]:
    """Return what a list with commas names."""
    return [each.strip() for each in text.split(",") if each.strip()]


def check_host(host: str) -> str:
    """Return an address or a host's name; an IPv6 address without brackets."""
    if host.startswith(("/", "unix:", ".")):
        raise ValueError("it must be an address: sockets of files aren't served on")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if ":" in bare or "[" in bare:
        try:
            ipaddress.IPv6Address(bare)
        except ValueError:
            raise ValueError("it must be an address or a host's name alone; PORT says the port") from None
    elif not _HOST_NAME.fullmatch(bare):
        raise ValueError("it must be an address or a host's name, such as 0.0.0.0 or ::1")
    return bare


def check_postgresql(url: SecretStr) -> SecretStr:
    """Refuse the URL of anything but a PostgreSQL, and what it asks in vain."""
    read_address(url.get_secret_value())
    return url


def check_replicas(urls: SecretStr) -> SecretStr:
    """Return the URLs of replicas with a blank between."""
    return SecretStr(" ".join(read_replica_urls(urls.get_secret_value())))


def check_redis(url: SecretStr) -> SecretStr:
    """Return the URL of a Redis or Valkey as the driver takes it."""
    return SecretStr(read_redis_url(url.get_secret_value()))


def check_amqp(url: SecretStr) -> SecretStr:
    """Return the URL of a RabbitMQ as the driver takes it."""
    return SecretStr(read_amqp_url(url.get_secret_value()))


def check_exchange(name: str) -> str:
    """Refuse what an exchange can't be called."""
    if not _EXCHANGE.fullmatch(name) or name.startswith("amq."):
        raise ValueError("it must have 1 to 127 letters, digits, `-`, `_`, `.` or `:`, and not begin with amq.")
    return name


def check_source(source: str) -> str:
    """Refuse what is no reference to a place (CloudEvents 1.0, `source`)."""
    if not _SOURCE.fullmatch(source):
        raise ValueError("it must be a URI or a path, such as https://directory.example or /directory")
    return source


def check_http(url: str) -> str:
    """Refuse anything but HTTP."""
    if not re.match(r"https?://[^/\s]", url):
        raise ValueError("it must start with https:// or http://")
    return url


def check_dsn(dsn: SecretStr) -> SecretStr:
    """Refuse what names no project of a Sentry."""
    if not re.fullmatch(r"https?://[^/@:\s]+@[^/@\s]+(/[^/\s]+)*/\d+", dsn.get_secret_value()):
        raise ValueError("it must look like https://KEY@sentry.example/PROJECT, with the number of the project")
    return dsn


def check_keys_url(url: str) -> str:
    """Refuse keys that anybody on the way could replace."""
    if not re.match(r"https://[^/\s]|http://(localhost|127\.0\.0\.1|\[::1\])[:/]", url):
        raise ValueError("it must start with https://, or http:// on loopback")
    return url


def check_secret(secret: SecretStr) -> SecretStr:
    """Refuse a secret that can be guessed (RFC 7518, section 3.2)."""
    if len(secret.get_secret_value().encode()) < MIN_SECRET_BYTES:
        raise ValueError(f"it must have {MIN_SECRET_BYTES} bytes or more")
    return secret


def check_webhook_keys(keys: SecretStr) -> SecretStr:
    """Refuse what isn't keys."""
    read_keys(keys.get_secret_value())
    return keys


def check_algorithms(names: str) -> str:
    """Refuse an algorithm that isn't known, none among them."""
    given = listed(names)
    if not given or set(given) - set(ALGORITHMS):
        raise ValueError(f"it may list {', '.join(ALGORITHMS)}")
    return ",".join(given)


def check_claims(names: str) -> str:
    """Refuse a list that names no claim."""
    given = listed(names)
    if not given:
        raise ValueError("it must name a claim")
    return ",".join(given)


def check_role_names(pairs: str) -> str:
    """Refuse what names no role."""
    names_of_roles(pairs)
    return pairs


def check_role_factors(pairs: str) -> str:
    """Refuse what gives no role a factor."""
    factors_of_roles(pairs)
    return pairs


def check_origins(text: str) -> str:
    """Return origins as browsers write them; refuse one that no page can have."""
    return ",".join(origins_in(text))


def check_headers(text: str) -> str:
    """Return headers in lower case; refuse what can't be the name of one."""
    return ",".join(headers_in(text))


def check_operations(names: str) -> str:
    """Refuse what no operation can be called, and more names than there are series for."""
    given = listed(names)
    for each in given:
        if not _OPERATION.fullmatch(each):
            raise ValueError(f"{each} is no name in GraphQL; commas stand between names")
    if len(given) > MOST_OPERATIONS:
        raise ValueError(f"it lists {len(given)} names; {MOST_OPERATIONS} are the most")
    return ",".join(given)


def check_proxies(text: str) -> str:
    """Refuse what no proxy's address can match."""
    given = listed(text)
    for each in given:
        if each != "*":
            check_network(each)
    if "*" in given and len(given) > 1:
        raise ValueError("it lists * beside others; * stands for any, alone")
    return ",".join(given)


def check_network(text: str) -> None:
    """Refuse what is neither an address nor a network."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        try:
            meant = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise ValueError(
                f"{text} is no address and no network; write it like 10.0.0.7 or 10.0.0.0/8"
            ) from None
        raise ValueError(f"{text} is no network; write {meant}") from None


Host = Annotated[str, AfterValidator(check_host), Words("an address or a host's name")]
PostgresqlUrl = Annotated[SecretStr, AfterValidator(check_postgresql), Words("a URL: postgresql://...")]
ReplicaUrls = Annotated[
    SecretStr, AfterValidator(check_replicas), Words("URLs with blanks or commas between: postgresql://...")
]
RedisUrl = Annotated[SecretStr, AfterValidator(check_redis), Words("a URL: redis://, rediss:// or unix://")]
AmqpUrl = Annotated[SecretStr, AfterValidator(check_amqp), Words("a URL: amqp:// or amqps://")]
Exchange = Annotated[str, AfterValidator(check_exchange), Words("the name of an exchange")]
EventSource = Annotated[str, AfterValidator(check_source), Words("a URI or a path")]
HttpUrl = Annotated[str, AfterValidator(check_http), Words("a URL: https:// or http://")]
SentryDsn = Annotated[SecretStr, AfterValidator(check_dsn), Words("a DSN: https://KEY@HOST/PROJECT")]
KeysUrl = Annotated[str, AfterValidator(check_keys_url), Words("a URL: https://, or http:// on loopback")]
Secret = Annotated[SecretStr, AfterValidator(check_secret), Words(f"{MIN_SECRET_BYTES} bytes or more")]
WebhookKeys = Annotated[
    SecretStr,
    AfterValidator(check_webhook_keys),
    Words(f"keys of {KEY_BYTES} bytes in base64 with commas between"),
]
Algorithms = Annotated[str, AfterValidator(check_algorithms), Words(f"some of {', '.join(ALGORITHMS)}")]
Claims = Annotated[str, AfterValidator(check_claims), Words("names of claims with commas between")]
RoleNames = Annotated[str, AfterValidator(check_role_names), Words("NAME=ROLE with commas between")]
RoleFactors = Annotated[str, AfterValidator(check_role_factors), Words("ROLE=NUMBER with commas between")]
Patterns = Annotated[str, BeforeValidator(str), Words("files, or patterns of their names, with commas between")]
Origins = Annotated[str, AfterValidator(check_origins), Words("origins with commas between, or *")]
Headers = Annotated[str, AfterValidator(check_headers), Words("headers with commas between, or *")]
OperationList = Annotated[str, AfterValidator(check_operations), Words("names of operations with commas between")]
Proxies = Annotated[str, AfterValidator(check_proxies), Words("addresses and networks with commas between, or *")]
