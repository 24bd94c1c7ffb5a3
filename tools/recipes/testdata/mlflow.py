"""Stands in for the service: takes what MLflow takes, refuses what it refuses, and prints it."""
import contextlib
import re


@contextlib.contextmanager
def start_run(run_name):
    print("mlflow", run_name)
    yield


def log_params(params):
    assert all(re.fullmatch(r"[\w.\-: /]+", k) and len(str(v)) <= 6000 for k, v in params.items())


def log_metrics(metrics, step):
    assert all(re.fullmatch(r"[\w.\-: /]+", k) and float(v) == v for k, v in metrics.items())
    assert not any(a.startswith(b + "/") for a in metrics for b in metrics), metrics
    print("mlflow", int(step), len(metrics))
