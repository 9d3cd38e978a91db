"""Nothing is sent to an address that only this machine's networks reach, however it is written."""

import pytest

from graph.events.webhooks.addresses import UrlError, is_allowed, is_public, require_allowed

PUBLIC = ("93.184.216.34", "1.1.1.1", "172.32.0.1", "2606:2800:220:1:248:1893:25c8:1946", "2a00:1450:4001::1")

# Each with why.
PRIVATE = {
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "::1": "loopback",
    "10.0.0.1": "private",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.168.1.1": "private",
    "fd00:ec2::254": "metadata of AWS, unique local",
    "fc00::1": "unique local",
    "fec0::1": "site-local",
    "169.254.169.254": "metadata, link-local",
    "169.254.170.2": "metadata of containers",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local with its zone",
    "100.64.0.1": "shared (CGNAT)",
    "100.100.100.200": "metadata of Alibaba, shared",
    "168.63.129.16": "Azure's",
    "0.0.0.0": "this host",  # noqa: S104 - nobody binds to it
    "0.1.2.3": "this network",
    "::": "unspecified",
    "192.0.0.1": "IETF",
    "192.0.2.1": "documentation",
    "198.18.0.1": "benchmarks",
    "203.0.113.1": "documentation",
    "224.0.0.1": "multicast",
    "ff02::1": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::ffff:127.0.0.1": "mapped",
    "::ffff:a9fe:a9fe": "mapped metadata",
    "::127.0.0.1": "compatible",
    "64:ff9b::7f00:1": "translated loopback",
    "64:ff9b::a9fe:a9fe": "translated metadata",
    "64:ff9b:1::1": "translated within a network",
    "2002:7f00:1::": "6to4 of loopback",
    "2002:a9fe:a9fe::": "6to4 of metadata",
    "2001:db8::1": "documentation",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "Teredo",
    "nonsense": "no address",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_what_is_translated_to_an_address_of_the_internet_is_public() -> None:
    assert is_public("64:ff9b::5db8:d822")


@pytest.mark.parametrize("address", PRIVATE, ids=[f"{each} {why}" for each, why in PRIVATE.items()])
def test_any_other_is_not(address: str) -> None:
    assert not is_public(address)


OWN = ("127.0.0.1", "127.255.255.254", "::1")


@pytest.mark.parametrize("address", PRIVATE, ids=[f"{each} {why}" for each, why in PRIVATE.items()])
def test_where_one_develops_loopback_alone_is_allowed_besides(address: str) -> None:
    assert is_allowed(address, is_open=True) == (address in OWN)
    assert not is_allowed(address, is_open=False)


GOOD = (
    "https://hooks.partner.example/in?tenant=7",
    "https://partner.example:8443/",
    "https://93.184.216.34/hook",
    "https://[2606:2800:220:1:248:1893:25c8:1946]/hook",
    "https://xn--bcher-kva.example/",
)

BAD = {
    "http://partner.example/": "must begin with https://",
    "ftp://partner.example/": "must begin with https://",
    "//partner.example/": "must begin with https://",
    "https:///hook": "names no host",
    "https://": "names no host",
    "https://[::1": "no URL",
    "https://partner.example:99999/": "no URL",
    "https://user:secret@partner.example/": "a user or a password",
    "https://partner.example@169.254.169.254/": "a user or a password",
    "https://partner.example\\@169.254.169.254/": "characters that none may have",
    "https://partner.example/a b": "characters that none may have",
    "https://partner.example/\r\nx: y": "characters that none may have",
    "https://bücher.example/": "characters that none may have",
    "https://partner.example/#part": "fragment",
    "https://localhost/": "isn't a public name",
    "https://partner/": "isn't a public name",
    "https://db.internal/": "isn't a public name",
    "https://printer.local./": "isn't a public name",
    "https://127.0.0.1/": "is outside the public internet",
    "https://169.254.169.254/latest/meta-data": "is outside the public internet",
    "https://[::ffff:10.0.0.1]/": "is outside the public internet",
    "https://2130706433/": "a name or a complete IP address",
    "https://127.1/": "a name or a complete IP address",
    "https://0x7f.0.0.1/": "a name or a complete IP address",
    "https://partner.example/" + "a" * 2048: "at most 2,048",
}


@pytest.mark.parametrize("url", GOOD)
def test_a_url_of_the_internet_is_taken(url: str) -> None:
    require_allowed(url, is_open=False)


@pytest.mark.parametrize("url", BAD)
def test_any_other_is_refused_with_what_is_wrong(url: str) -> None:
    with pytest.raises(UrlError) as raised:
        require_allowed(url, is_open=False)
    assert BAD[url] in str(raised.value)


def test_where_one_develops_plain_http_on_this_machine_is_fine() -> None:
    require_allowed("http://127.0.0.1:9000/hook", is_open=True)
    require_allowed("http://localhost:9000/hook", is_open=True)
    require_allowed("http://[::1]:9000/hook", is_open=True)
    require_allowed("http://93.184.216.34/hook", is_open=True)
    with pytest.raises(UrlError, match="https:// or http://"):
        require_allowed("file:///etc/passwd", is_open=True)


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "[fd00::1]", "[fe80::1]", "[::]", "0.1.2.3",
        "[::ffff:10.0.0.1]", "2130706433", "127.1",
    ],
)  # fmt: skip
def test_where_one_develops_private_networks_are_refused_too(host: str) -> None:
    with pytest.raises(UrlError, match=r"127\.0\.0\.0/8 or ::1|a complete IP address"):
        require_allowed(f"http://{host}/hook", is_open=True)
