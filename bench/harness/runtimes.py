"""OCI runtimes on the bundle that `runc spec` makes: run; create, start, delete; exec."""
import itertools, json, os, shutil, time

from harness import bundle
from harness.measure import ROOT, Failed, call, row, timed, turns

OURS = "mydocker-runtime"


def present():
    """name -> path."""
    paths = {OURS: os.environ.get("BENCH_RUNTIME", f"{ROOT}/out/mydocker-runtime")}
    return paths | {name: shutil.which(name) for name in ("crun", "runc") if shutil.which(name)}


def version(name):
    return call(name, "--version").splitlines()[0]


class Idle:
    """An idle container of each runtime, to execute something in. A context: they are deleted in the end."""

    def __init__(self, paths, root, scratch):
        self.paths, self.scratch = paths, scratch
        self.bundle = bundle.bundle(f"{scratch}/idle", root, "/bin/pause")
        self.started = []

    def words(self, name, *arguments):
        return [self.paths[name], "--root", f"{self.scratch}/state-{name}", *arguments]

    def __enter__(self):
        for name in self.paths:
            timed(self.words(name, "create", "--bundle", self.bundle, f"bench-idle-{name}"))  # not call: it leaves a process that keeps the pipe
            self.started.append(name)
            call(*self.words(name, "start", f"bench-idle-{name}"))
        return self

    def __exit__(self, *_):
        for name in self.started:
            call(*self.words(name, "delete", "--force", f"bench-idle-{name}"))

    def enter(self, name):
        return timed(self.words(name, "exec", f"bench-idle-{name}", "/bin/true"))


def measure(root, scratch, rounds, works=("run", "cycle", "exec")):
    runtimes = present()
    serial = itertools.count()
    quick = bundle.bundle(f"{scratch}/bundle", root, "/bin/true")
    floor = bundle.floor("runtime", scratch)
    state = {name: ["--root", f"{scratch}/state-{name}"] for name in runtimes}

    def words(name, *arguments):
        return [runtimes[name], *state[name], *arguments]

    def run(name):
        return timed(words(name, "run", "--bundle", quick, f"bench-{next(serial)}"))

    def cycle(name):
        container = f"bench-{next(serial)}"
        times = [timed(words(name, "create", "--bundle", quick, container)), timed(words(name, "start", container))]
        while json.loads(call(*words(name, "state", container)))["status"] != "stopped":
            time.sleep(0.002)
        times.append(timed(words(name, "delete", container)))
        return tuple(sum(part) for part in zip(*times))

    def of_all(function):
        return {name: lambda name=name: function(name) for name in runtimes}

    rows = []
    if "run" in works:
        rows.append(row("`run` of a bundle", turns(of_all(run) | {"floor": lambda: timed([floor, root, "/bin/true"])}, rounds), {"of": ["crun"], "ratio": 0.9}))
    if "cycle" in works:
        rows.append(row("`create`, `start`, `delete`", turns(of_all(cycle), rounds)))
    if "exec" in works:
        with Idle(runtimes, root, scratch) as idle:
            rows.append(row("`exec` of one more process", turns(of_all(idle.enter), rounds), {"of": ["crun"], "ratio": 1.2}))
    return rows
