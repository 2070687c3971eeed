"""The way to the server: proxies, certificates, and networks that are refused, absent, or silent."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.checkpoints.network import NetworkError
from app.checkpoints.plan import Plan
from tests import downloading
from tests.downloading import Watch, check_installed, child, fetch, lines, not_installed, plan_for
from tests.servers.faults import DropAt, Redirect
from tests.servers.misbehaving import MisbehavingServer
from tests.servers.proxy import Proxy

MODEL = "model.safetensors"
FILES = {MODEL: downloading.weights(), "config.json": b"{}"}
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer() as server:
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that nobody but this file vouches for, and its key, in one file."""
    folder = tmp_path_factory.mktemp("certificate")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=models.invalid"]
    names = "subjectAltName=IP:127.0.0.1,DNS:models.invalid"
    try:
        subprocess.run(
            [*command, "-addext", names, "-keyout", folder / "key", "-out", folder / "crt"],
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("needs openssl")
    (folder / "both").write_bytes((folder / "key").read_bytes() + (folder / "crt").read_bytes())
    return folder / "both"


@pytest.fixture
def https(certificate: Path) -> Iterator[MisbehavingServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with MisbehavingServer(context) as server:
        yield server


def moved(plan: Plan, base: str, to: str) -> Plan:
    """The plan with other addresses."""
    files = tuple(msgspec.structs.replace(file, url=file.url.replace(base, to)) for file in plan.files)
    return msgspec.structs.replace(plan, files=files)


def refused(plan: Plan, kind: str, *words: str) -> None:
    """The download fails at once, with this kind of error and these words in its sentence."""
    watch = Watch()
    with pytest.raises(NetworkError) as caught:
        fetch(plan, watch).run()
    assert caught.value.kind == kind
    for word in words:
        assert word in str(caught.value)
    assert watch.states == ["running", "failed"]
    assert not_installed(plan)


# ---- certificates


def test_a_certificate_that_nobody_vouches_for_is_refused(https: MisbehavingServer) -> None:
    refused(plan_for(https, FILES), "certificate", "could not prove who it is", "clock")
    assert https.seen == []


def test_a_certificate_that_the_system_trusts_is_accepted(
    https: MisbehavingServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    plan = plan_for(https, FILES)
    https.script(f"/hand/{MODEL}", DropAt(2_000_000, reset=False))
    fetch(plan).run()
    check_installed(plan, FILES)
    assert https.sent() == plan.size


def test_a_certificate_for_another_name_is_refused(
    https: MisbehavingServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    plan = moved(plan_for(https, FILES), "127.0.0.1", "localhost")
    refused(plan, "certificate", "could not prove who it is")
    assert https.seen == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_no_variable_leaves_certificates_unchecked(
    https: MisbehavingServer, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "")
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    refused(plan_for(https, FILES), "certificate", "could not prove who it is")


def test_a_protected_address_that_leads_to_an_unprotected_one_is_refused(
    https: MisbehavingServer, server: MisbehavingServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    plan = plan_for(https, FILES)
    for name, data in FILES.items():
        https.always(f"/hand/{name}", Redirect(server.put(f"/{name}", data)))
    refused(plan, "unsafe", "without protection")
    assert server.seen == []


# ---- proxies


def test_the_proxy_of_the_system_is_used(server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with Proxy({"models.invalid": server.server_address[1]}) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        plan = moved(plan_for(server, FILES), server.url, "http://models.invalid")
        server.script(f"/hand/{MODEL}", DropAt(2_000_000, reset=False))
        fetch(plan).run()
        check_installed(plan, FILES)
        assert set(proxy.asked) == {"models.invalid"}
        assert len(proxy.asked) == len(server.seen) == 3
        assert server.sent() == plan.size


def test_what_needs_no_proxy_gets_none(server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with Proxy({}) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        plan = plan_for(server, FILES)
        fetch(plan).run()
        check_installed(plan, FILES)
        assert proxy.asked == []


def test_a_tunnel_through_the_proxy_keeps_the_certificates_checked(
    https: MisbehavingServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy({"models.invalid": https.server_address[1]}) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        plan = moved(plan_for(https, FILES), https.url, "https://models.invalid")
        refused(plan, "certificate", "could not prove who it is")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        fetch(plan).run()
        check_installed(plan, FILES)
        assert set(proxy.asked) == {"models.invalid"}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_drops_a_connection_is_asked_again(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, certificate: Path, scheme: str
) -> None:
    server: MisbehavingServer = request.getfixturevalue("https" if scheme == "https" else "server")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Proxy({"models.invalid": server.server_address[1]}, drops=1) as proxy:
        monkeypatch.setenv(f"{scheme}_proxy", proxy.url)
        plan = moved(plan_for(server, FILES), server.url, f"{scheme}://models.invalid")
        fetch(plan).run()
        check_installed(plan, FILES)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_a_login_says_so(
    server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    with Proxy({}, login="Basic cmVhZGVyOnJvb20=") as proxy:
        monkeypatch.setenv(f"{scheme}_proxy", proxy.url)
        refused(moved(plan_for(server, FILES), server.url, f"{scheme}://models.invalid"), "proxy", "proxy", "password")


def test_a_login_in_the_address_of_the_proxy_is_used_and_never_shown(
    server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with Proxy({"models.invalid": server.server_address[1]}, login="Basic cmVhZGVyOnJvb20=") as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//reader:room@"))
        plan = moved(plan_for(server, FILES), server.url, "http://models.invalid")
        fetch(plan).run()
        check_installed(plan, FILES)
    assert "room" not in caplog.text


def test_a_proxy_that_is_switched_off_is_told_apart_from_the_server(
    server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    refused(moved(plan_for(server, FILES), server.url, "http://models.invalid"), "proxy", "proxy")


# ---- no way to the server


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_refused_absent_and_silent_are_three_different_sentences(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES)
    silent = moved(plan, server.url, f"http://127.0.0.1:{closed_port()}")
    absent = moved(plan, server.url, "http://models.invalid")
    said = {}
    for name, wanted, task in (("silent", silent, "run"), ("absent", absent, "run"), ("refused", plan, "refused")):
        with child(wanted, task) as process:
            *_, said[name] = lines(process)
    assert {name: end["end"] for name, end in said.items()} == dict.fromkeys(said, "error")
    assert "does not let Lesepult reach" in said["refused"]["message"]
    assert "firewall" in said["refused"]["hint"]
    assert "no network, or the name is unknown" in str(said["absent"])
    assert "does not answer" in str(said["silent"])
    assert said["refused"]["kind"] == "refused"
    assert server.seen == []


def test_a_name_that_nobody_knows_is_told_as_such(server: MisbehavingServer) -> None:
    plan = moved(plan_for(server, FILES), server.url, "http://models.invalid")
    watch = Watch()
    with pytest.raises(NetworkError, match=r"models\.invalid"):
        fetch(plan, watch).run()
    assert "no network, or the name is unknown" in watch.notes


def test_the_network_comes_back_and_the_download_goes_on(server: MisbehavingServer) -> None:
    port = closed_port()
    plan = plan_for(server, FILES)
    watch = Watch()
    with pytest.raises(NetworkError):
        fetch(moved(plan, server.url, f"http://127.0.0.1:{port}"), watch).run()
    assert watch.states == ["running", "failed"]
    fetch(plan).run()
    check_installed(plan, FILES)
