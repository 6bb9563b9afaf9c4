"""Rules, dashboard and Alertmanager's example, judged by Prometheus's own tools."""
import json
import re

import pytest

from conftest import ROOT, run

RULES = sorted((ROOT / "deploy/prometheus").glob("*.rules.yml"))
TESTS = sorted((ROOT / "deploy/prometheus").glob("*.test.yml"))
DASHBOARD = ROOT / "deploy/grafana/bizgo-reconciler.json"

# The contract: name → labels.
METRICS = {
    "build_info": {"version"}, "start_time_seconds": set(), "messages": {"status"},
    "oldest_pending_age_seconds": set(), "last_cycle_success": set(), "last_cycle_timestamp_seconds": set(),
    "cycle_duration_seconds_bucket": {"le"}, "cycles_total": {"result"}, "settled_total": {"source", "outcome"},
    "dead_letters_total": {"reason"}, "requests_total": {"endpoint", "result"},
    "request_duration_seconds_bucket": {"endpoint", "le"}, "rate_limited_total": set(),
    "alerts_firing": {"alertname"}, "alert_deliveries_total": {"sink", "result"}, "database_size_bytes": set(),
    "config_reload_success": set(), "failures_total": {"class"}, "report_delay_seconds_bucket": {"le"},
    "verified_total": {"result"},
}
# What Prometheus adds.
EVERYWHERE = {"instance", "job"}


def expressions() -> list[tuple[str, str]]:
    """Every expression of rules and dashboard, with where it is."""
    found = []
    for file in RULES:
        found += [(file.name, line.split("expr:", 1)[1].strip()) for line in file.read_text().splitlines()
                  if line.strip().startswith("expr:")]
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        found += [(panel["title"], target["expr"]) for target in panel["targets"]]
    return found


def alert_names() -> list[str]:
    source = (ROOT / "Sources/Reconciliation/Alerts/Alert.swift").read_text()
    return re.findall(r'case \w+ = "(\w+)"', source)


def test_rules_are_right():
    assert RULES
    said = run("promtool", "check", "rules", "--lint=all", "--lint-fatal", *RULES).stdout
    assert said.count("SUCCESS") == len(RULES), said


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.name)
def test_rules_ring_when_they_should_and_not_before(file):
    run("promtool", "test", "rules", file)


def test_every_alert_of_the_daemon_has_its_rule_with_its_severity():
    source = (ROOT / "Sources/Reconciliation/Alerts/Alert.swift").read_text()
    severity = {}
    for names, level in re.findall(r"case (\.[\w., ]+): \.(critical|error|warning|info)\n", source):
        for name in names.split(", "):
            severity[name[1].upper() + name[2:]] = level
    assert set(severity) == set(alert_names()) and len(severity) == 25
    rules = (ROOT / "deploy/prometheus/alerts.rules.yml").read_text()
    assert dict(re.findall(r"alert: (\w+)\n.*\n.*\n\s+severity: (\w+)", rules)) == severity


def test_every_rule_links_to_its_section_of_the_runbook():
    for file in RULES:
        text = file.read_text()
        names = re.findall(r"alert: (\w+)", text)
        assert re.findall(r"runbook_url: .*#(\w+)", text) == [name.lower() for name in names]


def test_only_known_metrics_and_labels_are_asked_for():
    used = set()
    for where, expression in expressions():
        for metric, selector in re.findall(r"bizgo_reconciler_(\w+)(?:\{([^}]*)\})?", expression):
            assert metric in METRICS, f"{metric} in {where}"
            used.add(metric)
            labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector))
            assert labels <= METRICS[metric] | EVERYWHERE, f"{labels} of {metric} in {where}"
        for grouping in re.findall(r"by \(([^)]*)\)", expression):
            known = set().union(*(METRICS[name] for name in re.findall(r"bizgo_reconciler_(\w+)", expression)))
            assert set(grouping.split(", ")) <= known | EVERYWHERE, f"by ({grouping}) in {where}"
    assert used == set(METRICS), f"not shown anywhere: {set(METRICS) - used}"


def test_the_dashboards_expressions_are_promql(tmp_path):
    panels = [expression.replace("$instance", ".*") for _, expression in expressions()]
    rules = [{"record": f"test:expression:{number}", "expr": expression} for number, expression in enumerate(panels)]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "test", "rules": rules}]}))  # JSON is YAML
    run("promtool", "check", "rules", file)


def test_the_dashboard_is_whole():
    dashboard = json.loads(DASHBOARD.read_text())
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels)
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert set(re.findall(r"\$\{?(\w+)", DASHBOARD.read_text())) - {"__all"} == variables
    cells = set()
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        taken = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        assert not taken & cells, f"{panel['title']} lies on another panel"
        cells |= taken


def test_alertmanagers_example_is_taken():
    run("amtool", "check-config", ROOT / "deploy/alertmanager/alertmanager.yml")


@pytest.mark.parametrize("labels, receiver", [
    ({"alertname": "AccountRefused", "severity": "critical"}, "ops-at-night"),
    ({"alertname": "DeadLetters", "severity": "error"}, "ops"),
    ({"alertname": "LateReports", "severity": "info"}, "ops"),
])
def test_alertmanagers_example_wakes_people_for_what_is_critical(labels, receiver):
    file = ROOT / "deploy/alertmanager/alertmanager.yml"
    words = [f"{name}={value}" for name, value in labels.items()]
    assert run("amtool", "config", "routes", "test", "--config.file", file, *words).stdout.split() == [receiver]


def test_inhibited_alerts_exist():
    text = (ROOT / "deploy/alertmanager/alertmanager.yml").read_text()
    known = set(alert_names()) | set(re.findall(r"alert: (\w+)", (ROOT / "deploy/prometheus/watch.rules.yml").read_text()))
    named = re.findall(r'alertname !?=~? "([\w|]+)"', text)
    assert named and set("|".join(named).split("|")) <= known


def test_logrotate_reads_its_example(tmp_path):
    config = (ROOT / "deploy/logrotate/bizgo-reconciler").read_text().replace("/var/log/bizgo-reconciler", str(tmp_path))
    log = tmp_path / "daemon.log"
    log.write_text("event=daemon.started\n")
    # `su` names a user whom only the package makes.
    (tmp_path / "logrotate").write_text(re.sub(r"^\s+su .*\n", "", config, flags=re.MULTILINE))
    (tmp_path / "logrotate").chmod(0o644)
    tmp_path.chmod(0o755)
    run("logrotate", "--force", "--state", tmp_path / "state", tmp_path / "logrotate")
    assert log.read_text() == "" and (tmp_path / "daemon.log.1").read_text() == "event=daemon.started\n"
