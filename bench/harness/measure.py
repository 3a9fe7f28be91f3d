"""Whole processes, timed; candidates that take turns; the machine they ran on."""
import datetime, json, os, platform, statistics, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RESULTS = f"{ROOT}/bench/results"
UNIFIED = "/sys/fs/cgroup/unified"


class Failed(Exception):
    """A measured command that did not do its work."""


def private():
    """Runs this program again in mount and network namespaces of its own.

    So the links and firewall rules that engines make are not the host's, and on a hybrid host the v2 mount can be taken away,
    beside which crun 1.8 does not run.
    """
    if os.geteuid() != 0:
        sys.exit("bench: containers are started as root: sudo make bench")
    if "BENCH_PRIVATE" not in os.environ:
        os.execvpe("unshare", ["unshare", "--mount", "--net", "--propagation", "private", *sys.argv], os.environ | {"BENCH_PRIVATE": "1"})
    if os.path.ismount(UNIFIED):
        subprocess.run(["umount", UNIFIED], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def call(*words, **options):
    """Runs a command that is not measured; its output as text."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise Failed(f"{' '.join(words)}: status {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout.strip()


def timed(words):
    """One process from its start to its end: wall-clock and CPU time (its own and of all it waited for) in ms."""
    quiet = [(os.POSIX_SPAWN_OPEN, n, "/dev/null", os.O_RDWR, 0) for n in (0, 1, 2)]
    began = time.perf_counter()
    pid = os.posix_spawnp(words[0], words, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise Failed(f"{' '.join(words)}: status {os.waitstatus_to_exitcode(status)}")
    return (time.perf_counter() - began) * 1000, (usage.ru_utime + usage.ru_stime) * 1000


def turns(candidates, rounds):
    """Runs each candidate once per round, another one first each time; a warm-up before. name -> [(wall, cpu)]."""
    names, times = list(candidates), {name: [] for name in candidates}
    for name in names:
        candidates[name]()
    for i in range(rounds):
        if sys.stderr.isatty():
            print(f"\r  round {i + 1} of {rounds} ", end="", file=sys.stderr)
        for name in names[i % len(names):] + names[:i % len(names)]:
            times[name].append(candidates[name]())
    if sys.stderr.isatty():
        print("\r" + " " * 30 + "\r", end="", file=sys.stderr)
    return times


def ratio(ours, theirs, part=0):
    """Median over the rounds of ours ÷ theirs: a round's runs see the same machine."""
    return statistics.median(a[part] / b[part] for a, b in zip(ours, theirs))


def machine():
    with open("/etc/os-release") as file:
        system = next(line.split("=", 1)[1].strip().strip('"') for line in file if line.startswith("PRETTY_NAME="))
    with open("/proc/cpuinfo") as file:
        cpu = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), platform.machine())
    layout = "v2" if os.path.exists("/sys/fs/cgroup/cgroup.controllers") else "v1"
    return f"{system}, Linux {platform.release()}, {os.cpu_count()} × {cpu}, cgroup {layout}, load {os.getloadavg()[0]:.0f}"


def save(part, rows, **more):
    """Writes bench/results/PART.json."""
    os.makedirs(RESULTS, exist_ok=True)
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    with open(f"{RESULTS}/{part}.json", "w") as file:
        json.dump({"date": str(datetime.date.today()), "commit": commit, "machine": machine(), "rows": rows} | more, file, indent=1)
        file.write("\n")


def row(work, times, target=None):
    """One row of a table: what was done, and the times of everybody who did it, [wall, cpu] in ms.

    target: {"of": [names], "ratio": n}: our median is to be at most n times that of the fastest of them.
    """
    rounded = {name: [[round(wall, 3), round(cpu, 3)] for wall, cpu in runs] for name, runs in times.items()}
    return {"work": work, "unit": "ms", "times": rounded} | ({"target": target} if target else {})
