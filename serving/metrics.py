"""What the service counts about itself: requests, latency and the model in use, never matters or kinds."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE = CONTENT_TYPE_LATEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """The counters of one running application; each application has its own registry."""

    registry: CollectorRegistry
    requests: Counter
    latency: Histogram
    champion: Gauge
    rules_only: Gauge
    sign_ins: Counter
    capped: Counter
    findings: Gauge
    muted: Gauge
    monitored: Gauge
    held: Gauge


def make_metrics() -> Metrics:
    """Fresh counters. Labels are route templates, methods, status classes and results: a closed, small set."""
    registry = CollectorRegistry()
    return Metrics(
        registry=registry,
        requests=Counter(
            "petition_risk_requests", "Requests answered", ["method", "route", "status"], registry=registry
        ),
        latency=Histogram(
            "petition_risk_request_seconds",
            "Time to answer",
            ["method", "route"],
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=registry,
        ),
        champion=Gauge(
            "petition_risk_champion_version", "Version number of the model in use, 0 for none", registry=registry
        ),
        rules_only=Gauge(
            "petition_risk_rules_only", "1 when lists and answers come from rules alone", registry=registry
        ),
        sign_ins=Counter("petition_risk_sign_ins", "Sign-in attempts", ["result"], registry=registry),
        capped=Counter("petition_risk_score_capped", "Score calls refused for volume", registry=registry),
        findings=Gauge(
            "petition_risk_findings",
            "Findings of the latest monitoring report that are not muted",
            ["severity"],
            registry=registry,
        ),
        muted=Gauge("petition_risk_findings_muted", "Findings of that report that are muted", registry=registry),
        monitored=Gauge(
            "petition_risk_monitored_up_to_seconds",
            "End of the last day the monitors looked at, in seconds since 1970, 0 for never",
            registry=registry,
        ),
        held=Gauge("petition_risk_held", "1 while flags were found to hurt and nobody has answered", registry=registry),
    )


def exposition(metrics: Metrics) -> bytes:
    """The counters in Prometheus' text format."""
    return generate_latest(metrics.registry)
