"""What people wait for: starts with and without a network, detached ones, exec, stop, the list, many at once, many over time."""
import itertools, os, statistics, subprocess, threading, time

from harness import runtimes
from harness.measure import call, row, timed, turns

PEERS = ["podman", "docker"]


def start(engines, floor_program, root, scratch, rounds):
    """Rows of `run`: each container runs /bin/true."""
    plain = {e.name: lambda e=e: timed(e.run("--rm", *e.no_network)) for e in engines}
    plain["floor"] = lambda: timed([floor_program, root, f"{scratch}/floor-scratch", "/bin/true"])
    connected = {e.name: lambda e=e: timed(e.run("--rm", *e.network)) for e in engines}
    connected["mydocker, host-only"] = lambda: timed(engines[0].run("--rm", "-a", "10.98.0.2/24", "--host-ip", "10.98.0.1"))
    serial = itertools.count()

    def detached(engine):
        name = f"bench-{next(serial)}"
        took = timed(engine.run("-d", "--name", name, *engine.no_network, command=("/bin/pause",)))
        engine.remove(name)
        return took

    return [
        row("`run --rm IMAGE true`, no network", turns(plain, rounds), {"of": PEERS, "ratio": 0.1}),
        row("`run --rm IMAGE true`, on a bridge", turns(connected, rounds), {"of": PEERS, "ratio": 1 / 15}),
        row("`run -d`, until the process runs", turns({e.name: lambda e=e: detached(e) for e in engines}, rounds), {"of": PEERS, "ratio": 0.1}),
    ]


def life(engines, root, scratch, rounds, count):
    """Rows of what is done with containers that run; `ps` with that many of them."""
    for engine in engines:
        engine.start_idle("bench-idle")

    def stop(engine):
        engine.start_idle("bench-stop")
        took = timed(engine.words("stop", "-t", "0", "bench-stop"))
        engine.remove("bench-stop")
        return took

    entered = {e.name: lambda e=e: timed(e.words("exec", "bench-idle", "/bin/true")) for e in engines}
    peers = {name: path for name, path in runtimes.present().items() if name != runtimes.OURS}
    with runtimes.Idle(peers, root, scratch) as idle:
        entered |= {name: lambda name=name: idle.enter(name) for name in peers}
        rows = [row("`exec CONTAINER true`", turns(entered, rounds), {"of": ["docker"], "ratio": 0.1})]
    rows += [
        row("`stop -t 0`", turns({e.name: lambda e=e: stop(e) for e in engines}, rounds)),
    ]
    for engine in engines:
        for i in range(count - 1):
            engine.start_idle(f"bench-ps-{i}")
    rows.append(row(f"`ps`, {count} containers run", turns({e.name: lambda e=e: timed(e.words("ps")) for e in engines}, rounds)))
    return rows


def rate(engines, floor_program, root, scratch, counts, workers=8):
    """Containers a second, started and removed by so many shells at once: name -> number."""
    commands = {engine.name: lambda worker, engine=engine: engine.run("--rm", *engine.no_network) for engine in engines}
    commands["floor"] = lambda worker: [floor_program, root, f"{scratch}/floor-{worker}", "/bin/true"]
    for worker in range(workers):
        os.makedirs(f"{scratch}/floor-{worker}")
    rates = {}
    for name, command in commands.items():
        left = iter(range(counts[name]))
        lock = threading.Lock()

        def work(worker):
            while True:
                with lock:
                    if next(left, None) is None:
                        return
                timed(command(worker))

        threads = [threading.Thread(target=work, args=(worker,)) for worker in range(workers)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rates[name] = counts[name] / (time.perf_counter() - began)
    return rates


def many(engine, count):
    """create, ps and rm of so many containers: medians in ms of the first and the last hundred of each."""
    names = [f"bench-many-{i}" for i in range(count)]
    create, listing, remove = [], [], []
    for i, name in enumerate(names):
        create.append(timed(engine.words("create", *engine.common, *engine.no_network, "--name", name, "bench", "/bin/true"))[0])
        if i % 10 == 9:
            listing.append(timed(engine.words("ps", "-a"))[0])
    for name in names:
        remove.append(timed(engine.words("rm", name))[0])
    part = min(100, count // 2)
    median = statistics.median
    return {
        "count": count,
        "create": [median(create[:part]), median(create[-part:])],
        "ps -a, per container": [median(listing[:part // 10]) / (part / 2), median(listing[-part // 10:]) / (count - part / 2)],
        "rm": [median(remove[:part]), median(remove[-part:])],
    }
