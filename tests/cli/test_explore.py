"""The explorer's server and its packages; the page itself is in test_explorer_page.py."""

import functools
import http.client
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading

import pytest

from tests.cli import exported, program
from tfvae.export import DamagedExport
from tfvae_cli import explore, packages, page


def fake_packages(folder):
    """Writes what the page asks for of its packages, in the versions of the lock."""
    for name, version in packages._wanted().items():
        (folder / name / "dist").mkdir(parents=True)
        (folder / name / "package.json").write_text(json.dumps({"version": version}))
        (folder / name / "dist" / "index.js").write_text("export {};")
        (folder / name / "install.sh").write_text("nothing that a page asks for")
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of an export, in a thread."""
    folder = tmp_path_factory.mktemp("explore")
    base = exported.write(folder / "base", ("decoder.tflite", "decoder-int8.tflite"))
    (base / "litert" / "secret.txt").write_text("not in the manifest")
    with page.Server(0, explore.files(base, fake_packages(folder / "packages"))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server, path, method="GET", host=None):
    """Returns (status, headers, content)."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    connection.request(method, path, headers={"Host": host or f"127.0.0.1:{server.server_port}"})
    response = connection.getresponse()
    answer = response.status, response.headers, response.read()
    connection.close()
    return answer


def test_it_listens_on_loopback_alone(server):
    assert server.server_address[0] == "127.0.0.1"
    assert server.address == f"http://127.0.0.1:{server.server_port}/"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/main.js", "text/javascript; charset=utf-8"),
        ("/main.js?again", "text/javascript; charset=utf-8"),
        ("/export/explorer.json", "application/json"),
        ("/export/manifest.json", "application/json"),
        ("/export/decoder.tflite", "application/octet-stream"),
        ("/export/decoder-int8.tflite", "application/octet-stream"),
        ("/packages/@litertjs/core/dist/index.js", "text/javascript; charset=utf-8"),
    ],
)
def test_each_file_has_its_type(server, path, kind):
    status, headers, content = ask(server, path)
    assert (status, headers["Content-Type"]) == (200, kind)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Length"] == str(len(content))
    assert content
    status, of_head, content = ask(server, path, "HEAD")
    assert (status, of_head["Content-Length"], content) == (200, headers["Content-Length"], b"")


@pytest.mark.parametrize(
    "path",
    [
        "/export/secret.txt",
        "/export/../litert/secret.txt",
        "/export/%2e%2e/packages",
        "/../../../../etc/passwd",
        "//etc/passwd",
        "/packages/@litertjs/core/install.sh",
        "/packages/@litertjs/core/package.json",
        "/package-lock.json",
        "/export/",
        "/explore.py",
    ],
)
def test_no_other_file_exists(server, path):
    assert ask(server, path)[0] == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost"])
def test_another_name_for_this_address_is_refused(server, host):
    # A page of somebody else's, whose name is made to point here, would come with that name.
    status, _, content = ask(server, "/export/explorer.json", host=host.format(port=server.server_port))
    assert status == 403
    assert b"latents" not in content
    assert ask(server, "/", host=f"localhost:{server.server_port}")[0] == 200


def test_nothing_but_reading(server):
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert ask(server, "/", method)[0] == 501


def test_the_policy_lets_the_page_reach_this_server_alone(server):
    policy = ask(server, "/")[1]["Content-Security-Policy"]
    sources = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert sources.pop("default-src") == "'none'"
    assert {source for rule in sources.values() for source in rule.split()} <= {
        *("'self'", "'none'", "'wasm-unsafe-eval'", "data:"),
        *re.findall(r"'sha256-[^']+'", policy),
    }
    assert policy.count("'sha256-") == 1  # the import map's, which has to stand in the page


def test_a_client_that_goes_away_is_no_error(server, capfd):
    with socket.create_connection(("127.0.0.1", server.server_port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
    assert ask(server, "/")[0] == 200
    assert capfd.readouterr().err == ""


def test_the_folder_litert_may_be_named_too(tmp_path):
    base = exported.write(tmp_path / "base")
    assert explore._exported(base) == explore._exported(base / "litert")


def test_a_damaged_file_is_named(tmp_path):
    base = exported.write(tmp_path / "base")
    (base / "litert" / "decoder.tflite").write_bytes(b"no m0del")
    with pytest.raises(ValueError, match=r"decoder\.tflite is damaged") as caught:
        explore._exported(base)
    # The library's own code, though not its module: that would load TensorFlow.
    assert type(caught.value).__name__ == DamagedExport.__name__


def npm(folder, monkeypatch, script):
    """Puts a program npm, and no other, on the PATH."""
    folder.mkdir(exist_ok=True)
    (folder / "npm").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "npm").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", os.pathsep.join([str(folder), "/bin", "/usr/bin"]))


_INSTALLS = 'echo "$@" > "{log}"; cat package-lock.json > /dev/null && cp -R {made}/node_modules .'


def test_install_takes_what_the_lock_says_and_only_once(tmp_path, monkeypatch, capsys):
    made, log = fake_packages(tmp_path / "made"), tmp_path / "log"
    npm(tmp_path / "bin", monkeypatch, _INSTALLS.format(log=log, made=made))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert program.run("explore", "--install") == 0
    folder = packages.default_folder()
    assert folder.is_relative_to(tmp_path / "cache")
    assert capsys.readouterr().out == f"{folder}  the page's packages\n"
    assert log.read_text().split()[:2] == ["ci", "--ignore-scripts"]
    assert packages.missing(folder) == []
    assert [entry.name for entry in folder.iterdir()] == ["node_modules"]
    log.unlink()
    assert program.run("explore", "--install") == 0
    assert not log.exists()
    # Another version is as good as none, and is replaced.
    (folder / "node_modules" / "@litertjs" / "core" / "package.json").write_text('{"version": "1.0.0"}')
    assert packages.missing(folder) == [f"@litertjs/core {packages._wanted()['node_modules/@litertjs/core']}"]
    assert program.run("explore", "--install") == 0
    assert packages.missing(folder) == []


def test_an_install_that_fails_leaves_nothing(tmp_path, monkeypatch, capsys):
    npm(tmp_path / "bin", monkeypatch, "mkdir node_modules; echo 'npm error code EINTEGRITY' >&2; exit 1")
    assert program.run("explore", "--install", "--packages", tmp_path / "packages") == 2
    error = capsys.readouterr().err
    assert error == "tfvae explore: error: npm could not install the page's packages: code EINTEGRITY\n"
    assert list((tmp_path / "packages").iterdir()) == []


def test_packages_of_somebody_else_are_left_alone(tmp_path, monkeypatch, capsys):
    (tmp_path / "mine" / "node_modules" / "react").mkdir(parents=True)
    npm(tmp_path / "bin", monkeypatch, "exit 0")
    assert program.run("explore", "--install", "--packages", tmp_path / "mine") == 2
    assert "holds other packages, and is left as it is" in capsys.readouterr().err


def test_the_lock_names_no_registry_and_vouches_for_each_package():
    lock = json.loads(packages._LOCK.read_text())
    wanted = json.loads((packages.PAGE / "package.json").read_text())["dependencies"]
    assert lock["packages"][""]["dependencies"] == wanted
    for name, about in lock["packages"].items():
        assert "resolved" not in about
        assert not name or about["integrity"].startswith("sha512-")
    assert "://" not in packages._LOCK.read_text()


def test_ctrl_c_ends_it_quietly_and_tensorflow_is_not_loaded(tmp_path):
    base, folder = exported.write(tmp_path / "base"), fake_packages(tmp_path / "packages")
    program_text = (
        "import sys; from tfvae_cli.main import main; status = main(sys.argv[1:]);"
        "slow = {'tensorflow', 'keras', 'numpy', 'tfvae'} & set(sys.modules); sys.exit(status or sorted(slow) or 0)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program_text, "explore", base, "--packages", folder, "--port", "0", "--no-open"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        # A job in a shell's background ignores Ctrl-C, and hands that down.
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        text=True,
    )
    line = process.stdout.readline()
    port = int(re.match(r"http://127\.0\.0\.1:(\d+)/  the explorer of ", line)[1])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/")
    assert connection.getresponse().read().startswith(b"<!doctype html>")
    connection.close()
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 0


def test_a_browser_opens_where_that_was_asked_for(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr(page.Server, "serve_forever", lambda self: None)
    base, folder = exported.write(tmp_path / "base"), fake_packages(tmp_path / "packages")
    arguments = ("explore", base, "--packages", folder, "--port", "0")
    monkeypatch.setenv("DISPLAY", ":0")  # but what it prints goes nowhere
    assert [program.run(*arguments), program.run(*arguments, "--no-open")] == [0, 0]
    assert opened == []
    assert program.run(*arguments, "--open") == 0
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", opened[0])


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_the_modules_are_javascript():
    modules = sorted(packages.PAGE.glob("*.js"))
    assert len(modules) > 5
    for module in modules:
        done = subprocess.run(["node", "--check", module], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("module", sorted(packages.PAGE.glob("*.js")), ids=lambda path: path.name)
def test_a_module_is_short_and_says_what_it_exports(module):
    text = module.read_text()
    assert text.startswith("/** ")
    assert text.count("\n") < 250
    for exported_name in re.finditer(r"^export ", text, flags=re.M):
        assert text[: exported_name.start()].endswith(" */\n"), (
            f"line {text[: exported_name.start()].count(chr(10)) + 1}"
        )
