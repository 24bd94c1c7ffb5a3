"""Stands in for the service: takes what wandb takes, refuses what it refuses, and prints it."""


class Run:
    def __enter__(self):
        self.step = -1
        return self

    def __exit__(self, *_):
        pass

    def log(self, values, step):
        assert step >= self.step and all(isinstance(k, str) and float(v) == v for k, v in values.items())
        self.step = step
        print("wandb", step, len(values))


def init(project, name, config):
    assert isinstance(project, str) and isinstance(name, str)
    print("wandb", name, config["method"])
    return Run()
