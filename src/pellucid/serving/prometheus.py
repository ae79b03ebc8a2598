"""Counts and times of a service in Prometheus format, without any content of the requests."""

from __future__ import annotations

from collections import Counter

from pellucid.version import __version__

__all__ = ["Metrics"]

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """Counters of a service.

    Parameters
    ----------
    estimator : str
        The class of the model.
    """

    def __init__(self, estimator: str) -> None:
        self.estimator = estimator
        self.n_requests: Counter[tuple[str, int]] = Counter()
        self.buckets: Counter[float] = Counter()
        self.seconds, self.n_rows, self.in_flight = 0.0, 0, 0

    def count(self, path: str, status: int, seconds: float, n_rows: int = 0) -> None:
        """Count an answered request.

        Parameters
        ----------
        path : str
            A path of the service.
        status : int
            The status of the answer.
        seconds : float
            The time that it took.
        n_rows : int, default=0
            The rows that were predicted.
        """
        self.n_requests[path, status] += 1
        if path == "/predict":
            self.seconds += seconds
            self.n_rows += n_rows
            self.buckets[next((bound for bound in BOUNDS if seconds <= bound), float("inf"))] += 1

    def text(self) -> str:
        """Return everything in the text format of Prometheus.

        Returns
        -------
        str
            Lines of names, labels and numbers.
        """
        lines = ["# TYPE pellucid_info gauge"]
        lines.append(f'pellucid_info{{version="{__version__}",estimator="{self.estimator}"}} 1')
        lines.append("# TYPE pellucid_requests_total counter")
        lines += [
            f'pellucid_requests_total{{path="{path}",status="{status}"}} {n}'
            for (path, status), n in sorted(self.n_requests.items())
        ]
        lines += ["# TYPE pellucid_rows_total counter", f"pellucid_rows_total {self.n_rows}"]
        lines += ["# TYPE pellucid_requests_in_flight gauge", f"pellucid_requests_in_flight {self.in_flight}"]
        lines.append("# TYPE pellucid_predict_seconds histogram")
        total = 0
        for bound in (*BOUNDS, float("inf")):
            total += self.buckets[bound]
            name = "+Inf" if bound == float("inf") else repr(bound)
            lines.append(f'pellucid_predict_seconds_bucket{{le="{name}"}} {total}')
        lines += [
            f"pellucid_predict_seconds_sum {self.seconds:.6f}",
            f"pellucid_predict_seconds_count {total}",
        ]
        return "\n".join(lines) + "\n"
