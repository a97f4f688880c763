"""What stands in `deploy`: the image holds what the server needs, and all parts agree on names."""

import json
import re

import pytest

import gdplay
from tests import ROOT

DEPLOY = ROOT / "deploy"
IMAGE = (DEPLOY / "Dockerfile").read_text("utf-8")
NGINX = (DEPLOY / "nginx" / "gdplay.conf").read_text("utf-8")
COMPOSE = (DEPLOY / "compose.yaml").read_text("utf-8")
REPLICA = (DEPLOY / "kubernetes" / "deployment.yaml").read_text("utf-8")
FOR_HOSTS = {"GDPLAY_DATABASE", "GDPLAY_FRAMES", "GDPLAY_METRICS_TOKEN"}


def test_what_the_image_copies_is_let_into_its_build() -> None:
    copied = {name.removeprefix("./") for name in re.findall(r"^COPY (\S+) ", IMAGE, re.M)}
    ignored = (ROOT / ".dockerignore").read_text("utf-8")
    let_in = {name.rstrip("/") for name in re.findall(r"^!(\S+)$", ignored, re.M)}
    assert copied - {"--from=build"} == let_in
    assert all((ROOT / name).exists() for name in let_in)


def test_the_image_holds_the_files_that_a_wheel_brings() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    brought = re.findall(r'^"share/gdplay[^"]*" = \["([^"*]+)', text, re.M)
    assert len(brought) == 4
    for name in brought:
        assert re.search(rf"^COPY {re.escape(name.split('/')[0])}", IMAGE, re.M), name


def test_the_image_runs_as_nobody_who_owns_anything() -> None:
    assert re.search(r"^USER 1000$", IMAGE, re.M)
    assert not re.search(r"--chown", IMAGE)


def test_nginx_takes_uploads_as_large_as_the_server_does() -> None:
    settings = (ROOT / ".streamlit" / "config.toml").read_text("utf-8")
    most = int(re.findall(r"^maxUploadSize = (\d+)", settings, re.M)[0])
    ingress = (DEPLOY / "kubernetes" / "ingress.yaml").read_text("utf-8")
    (through,) = re.findall(r"client_max_body_size (\d+)m;", NGINX)
    assert int(through) > most  # what stands around a file travels, too
    assert f"proxy-body-size: {through}m" in ingress


def test_headers_stand_where_every_answer_gets_them() -> None:
    # One `add_header` in a location would drop all of its server's.
    inside = re.findall(r"location [^{]*\{([^}]*)\}", NGINX)
    assert len(inside) == 3
    assert not any("add_header" in each for each in inside)


def test_the_proxy_adds_a_cookie_and_no_header_that_the_app_sends_itself() -> None:
    # Of two policies browsers follow both: sites that the app lists would stay shut out.
    assert re.findall(r"^ *add_header (\S+)", NGINX, re.M) == ["Set-Cookie"]


def test_what_hosts_may_set_is_all_that_is_read_but_the_log_for_developers() -> None:
    code = [ROOT / "app.py", *(ROOT / "gdplay").rglob("*.py")]
    read = {
        name for file in code for name in re.findall(r"GDPLAY_[A-Z_]+", file.read_text("utf-8"))
    }
    assert read - {"GDPLAY_LOG"} == FOR_HOSTS
    told = (ROOT / "docs" / "hosting.md").read_text("utf-8")
    assert all(name in text for text in (COMPOSE, REPLICA, told) for name in FOR_HOSTS)


def test_rooms_of_all_replicas_stand_in_one_file_that_they_may_write() -> None:
    (folder,) = re.findall(r"GDPLAY_DATABASE:-(/\w+)/\w+\.sqlite\}", COMPOSE)
    assert f'volumes: ["rooms:{folder}"]' in COMPOSE
    (user,) = re.findall(r"^USER (\d+)$", IMAGE, re.M)
    assert re.search(rf"^  rooms:.*\n +driver_opts: .*\buid={user},", COMPOSE, re.M)


def test_the_cluster_runs_this_version() -> None:
    assert re.findall(r"image: \S+:([\d.]+)", REPLICA) == [gdplay.__version__]


@pytest.mark.parametrize(
    "file", sorted(DEPLOY.glob("kubernetes/*.yaml")), ids=lambda file: str(file.stem)
)
def test_manifests_are_about_one_name(file: object) -> None:
    text = file.read_text("utf-8")  # type: ignore[attr-defined]
    assert "\n  name: gdplay\n" in text
    assert not re.search(r"app: (?!gdplay)\w", text)


def test_the_dev_container_is_json_and_starts_the_app() -> None:
    told = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    assert "streamlit run app.py" in told["postAttachCommand"]
    assert told["forwardPorts"] == [8501]
    # A preview is a frame, in which the app may not be shown.
    assert told["portsAttributes"]["8501"]["onAutoForward"] == "openBrowser"
