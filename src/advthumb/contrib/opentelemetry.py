"""Spans of OpenTelemetry for each phase of the work on thumbnails.

Install `django-advance-thumbnail[opentelemetry]`, and set
`ADVANCE_THUMBNAIL_OBSERVER = "advthumb.contrib.opentelemetry.SpanObserver"`.
Nothing else imports this module.
"""

import time

from opentelemetry import trace
from opentelemetry.util.types import AttributeValue

from advthumb import __version__
from advthumb.observing import Observation

__all__ = ["SpanObserver"]


class SpanObserver:
    """Makes a span `advthumb.read`, `advthumb.render` or `advthumb.store` of each phase.

    In a request, the spans are children of the current span, such as that of the view. In the threads of a
    command they have no parent.

    The attributes are `advthumb.fields`, `advthumb.verdicts`, `advthumb.bytes`, and, where they are known,
    `advthumb.engine` and `advthumb.format`. A span of a phase that failed has the status ERROR, and the code
    as `error.type`.

    Args:
        tracer_provider: Where spans go; None for the provider that the process has set.
    """

    def __init__(self, tracer_provider: trace.TracerProvider | None = None) -> None:
        self._tracer = trace.get_tracer("advthumb", __version__, tracer_provider)

    def __call__(self, observation: Observation) -> None:
        """Make the span of a phase that has just ended."""
        ended = time.time_ns()
        span = self._tracer.start_span(
            f"advthumb.{observation.phase}",
            attributes=_attributes(observation),
            start_time=ended - round(observation.seconds * 1e9),
        )
        if observation.error:
            span.set_status(trace.StatusCode.ERROR, observation.error)
        span.end(ended)


def _attributes(observation: Observation) -> dict[str, AttributeValue]:
    found: dict[str, AttributeValue] = {
        "advthumb.fields": observation.fields,
        "advthumb.verdicts": observation.verdicts,
        "advthumb.bytes": observation.bytes,
    }
    known = {
        "advthumb.engine": observation.engine,
        "advthumb.format": observation.format,
        "error.type": observation.error,
    }
    return found | {name: value for name, value in known.items() if value}
