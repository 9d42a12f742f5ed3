"""What Docker, Prometheus and Grafana are told fits the program."""

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY, CollectorRegistry

from api.metrics import Metrics
from overround.compose import STAGES
from overround.settings import Settings
from streams import metrics as _  # noqa: F401 - registers the workers' metrics

ROOT = Path(__file__).parents[3]
NAME = re.compile(r"\boverround_[a-z_]+")
LE = re.compile(r'(overround_[a-z_]+)_bucket\{[^}]*le="([^"]+)"')


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def known():
    """Every series name that a worker or the API shows, with its labels."""
    edge = CollectorRegistry()
    Metrics(edge)
    found = {}
    for metric in [*REGISTRY.collect(), *edge.collect()]:
        suffixes = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("_total",)}.get(
            metric.type, ("",)
        )
        for suffix in suffixes:
            found[metric.name + suffix] = metric
    return found


def rules():
    groups = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard():
    return json.loads((ROOT / "deploy/grafana/dashboards/overround.json").read_text())


def expressions():
    yield from (rule["expr"] for rule in rules())
    for panel in dashboard()["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))


def test_every_metric_that_is_asked_for_exists(known):
    asked = {name for text in expressions() for name in NAME.findall(text)}
    assert asked
    assert asked - set(known) == set()


def test_every_bound_that_is_asked_for_is_a_bound_of_the_histogram():
    from streams.metrics import BET_TO_DECISION, FEED_TO_PRICE

    bounds = {
        histogram._name: {str(bound) for bound in histogram._upper_bounds}
        for histogram in (BET_TO_DECISION, FEED_TO_PRICE)
    }
    asked = {found for text in expressions() for found in LE.findall(text)}
    assert asked
    assert all(bound in bounds[name] for name, bound in asked)


def test_feed_silence_lag_dead_letters_and_slowness_are_alerted_with_what_to_do():
    alerts = {rule["alert"]: rule for rule in rules() if "alert" in rule}
    assert set(alerts) >= {"FeedsSilent", "LagGrows", "DeadLetters", "FeedToPriceBurn", "BetToDecisionBurn"}
    assert all(rule["labels"]["severity"] in ("page", "ticket") for rule in alerts.values())
    assert all(rule["annotations"]["summary"] for rule in alerts.values())


def test_panels_have_their_own_ids_and_the_data_source_that_is_provisioned():
    sources = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())
    uid = sources["datasources"][0]["uid"]
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert {panel["datasource"]["uid"] for panel in panels if panel["type"] != "row"} == {uid}


def test_the_containers_run_every_stage_once(compose):
    commands = [service.get("command", []) for service in compose["services"].values()]
    stages = [
        word
        for command in commands
        if command[:1] == ["worker"]
        for word in command[1 : command.index("--port")]
    ]
    assert sorted(stages) == sorted(STAGES)


def test_the_containers_settings_are_settings(compose):
    names = {
        name
        for service in compose["services"].values()
        if service.get("image") == "overround"
        for name in service["environment"]
    }
    assert {name.removeprefix("OVERROUND_").lower() for name in names} <= set(Settings.model_fields)


def test_every_port_of_the_containers_is_this_machines_alone(compose):
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_file_that_a_container_mounts_is_there(compose):
    mounts = [
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    ]
    assert mounts
    assert all((ROOT / mount).exists() for mount in mounts)
    named = {
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if not volume.startswith("./")
    }
    assert named == set(compose["volumes"])


def test_what_a_service_waits_for_can_be_waited_for(compose):
    for service in compose["services"].values():
        needs = service.get("depends_on", {})
        for name, how in needs.items() if isinstance(needs, dict) else ():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in compose["services"][name]


def test_prometheus_asks_every_worker_and_the_api(compose):
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    workers = next(job for job in config["scrape_configs"] if job["job_name"] == "workers")
    names = {name for found in workers["dns_sd_configs"] for name in found["names"]}
    running = {
        name for name, service in compose["services"].items() if service.get("command", [""])[0] == "worker"
    }
    assert names == running
    assert all(found["port"] == 9100 for found in workers["dns_sd_configs"])


def test_the_image_gets_the_packages_of_the_program():
    ignore = (ROOT / ".dockerignore").read_text().split()
    text = (ROOT / "pyproject.toml").read_text()
    packages = re.findall(r'"([a-z]+)\*"', text.partition("find = ")[2].partition("]")[0])
    assert packages
    assert {f"!{package}" for package in packages} <= set(ignore)
