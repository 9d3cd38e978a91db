"""Settings of what other systems are told: spans for a collector of traces, unexpected errors for Sentry."""

from typing import Literal

from pydantic import BaseModel, SecretStr

from graph.environment.declaration import setting
from graph.environment.forms import HttpUrl, SentryDsn


class Traces(BaseModel):
    """Traces by OpenTelemetry, whose other variables work too (traces.md); there are none without an endpoint."""

    otel_exporter_otlp_endpoint: HttpUrl | None = setting(
        None,
        "The collector that spans are sent to, by OTLP over HTTP; /v1/traces is added.",
        example="http://collector.example:4318",
    )
    otel_exporter_otlp_traces_endpoint: HttpUrl | None = setting(
        None,
        "The same as a whole URL, to which nothing is added.",
        example="https://traces.example/v1/traces",
    )
    otel_exporter_otlp_headers: SecretStr | None = setting(
        None, "Headers for the collector, such as its token: name=value, separated by commas."
    )
    otel_service_name: str = setting("ariesone", "What this server is called in traces.")
    otel_resource_attributes: str | None = setting(
        None,
        "Further facts of this server in traces: name=value, separated by commas.",
        example="deployment.environment.name=production",
    )
    otel_traces_sampler: Literal[
        "parentbased_always_on",
        "parentbased_traceidratio",
        "parentbased_always_off",
        "always_on",
        "traceidratio",
        "always_off",
    ] = setting(
        "parentbased_always_on",
        "Which requests become traces: all, none, or a share; parentbased_ means unless the caller has decided.",
    )
    otel_traces_sampler_arg: float | None = setting(
        None, "The share, for samplers by ratio.", example="0.05", ge=0, le=1, allow_inf_nan=False
    )
    otel_sdk_disabled: bool = setting(default=False, description="Make no traces, though there is an endpoint.")

    @property
    def makes_traces(self) -> bool:
        """Whether spans are made."""
        has_endpoint = self.otel_exporter_otlp_endpoint or self.otel_exporter_otlp_traces_endpoint
        return bool(has_endpoint) and not self.otel_sdk_disabled


class Sentry(BaseModel):
    """Sentry, or what speaks its protocol, which is told of unexpected errors."""

    sentry_dsn: SentryDsn | None = setting(
        None,
        "The project that is told; without it, nobody is.",
    )
