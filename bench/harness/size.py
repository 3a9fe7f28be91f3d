"""Memory and disk: what runs beside an idle container, the peak of a start, and the installed files."""
import os, shutil, subprocess

from harness.measure import ROOT, call

EXECUTABLES = ["mydocker", "mydocker-images", "mydocker-init", "mydocker-runtime"]
PACKAGES = {"podman": ["podman", "crun", "conmon"], "docker": ["docker.io", "containerd", "runc"]}


def _rollup(pid):
    """(USS, PSS) in kB."""
    private = proportional = 0
    with open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name.startswith("Private_"):
                private += int(value.split()[0])
            elif name == "Pss":
                proportional = int(value.split()[0])
    return private, proportional


def _peak(pid):
    """Peak resident memory in kB."""
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))


def _named(name):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if os.path.basename(_command(pid).split("\0")[0]) == name:
            yield int(pid)


def beside(engines, scratch):
    """name -> {"process", "count", "uss", "pss", "peak"}: the mean in kB of the processes that stand beside idle containers."""
    names = {"mydocker": "mydocker-monitor", "podman": "conmon", "docker": "containerd-shim-runc-v2"}
    result = {}
    for engine in engines:
        pids = [pid for pid in _named(names[engine.name]) if scratch in _command(pid)]
        if pids:
            sizes = [_rollup(pid) for pid in pids]
            result[engine.name] = {"process": names[engine.name], "count": len(pids), "uss": sum(s[0] for s in sizes) / len(pids), "pss": sum(s[1] for s in sizes) / len(pids), "peak": max(map(_peak, pids))}
    return result


def _command(pid):
    """Its arguments, a NUL after each; "" if it is gone."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def peaks(commands, scratch):
    """name -> peak resident memory in kB of the largest process of a start: those that the command waits for count."""
    program = f"{scratch}/peak"
    call("gcc", "-O2", "-static", "-o", program, f"{ROOT}/bench/harness/peak.c")
    return {name: int(subprocess.run([program, *words], stdout=subprocess.PIPE, check=True).stdout) for name, words in commands.items()}


def installed():
    """name -> kB of the files that have to be installed; of peers, as their packages say, without what those depend on."""
    sizes = {"mydocker": sum(os.path.getsize(f"{ROOT}/out/{name}") for name in EXECUTABLES) // 1024}
    if shutil.which("dpkg-query"):
        for name, packages in PACKAGES.items():
            found = subprocess.run(["dpkg-query", "-W", "-f", "${Installed-Size}\\n", *packages], capture_output=True, text=True)
            if found.returncode == 0:
                sizes[name] = sum(map(int, found.stdout.split()))
    return sizes
