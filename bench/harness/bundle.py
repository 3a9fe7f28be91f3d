"""The root file system and the bundles that everybody starts: two static programs, `true` and `pause`."""
import json, os, subprocess

from harness.measure import ROOT, call

PROGRAMS = {"true": "return 0;", "pause": "for (;;) pause();"}


def rootfs(directory):
    for name in ("bin", "proc", "sys", "dev", "etc", "tmp"):
        os.makedirs(f"{directory}/{name}")
    for name, body in PROGRAMS.items():
        source = f"#include <unistd.h>\nint main(void) {{ {body} }}\n"
        subprocess.run(["gcc", "-O2", "-static", "-x", "c", "-o", f"{directory}/bin/{name}", "-"], input=source, text=True, check=True)
    return directory


def tarball(directory, path):
    call("tar", "-C", directory, "--numeric-owner", "--owner=0", "--group=0", "-cf", path, ".")
    return path


def bundle(directory, root, program):
    """What `runc spec` makes, without a terminal, on that root file system; a bundle that is there stays."""
    if os.path.exists(f"{directory}/config.json"):
        return directory
    os.makedirs(directory)
    call("runc", "spec", "--bundle", directory)
    with open(f"{directory}/config.json") as file:
        spec = json.load(file)
    spec["process"].update(terminal=False, args=[program])
    spec["root"]["path"] = root
    with open(f"{directory}/config.json", "w") as file:
        json.dump(spec, file)
    return directory


def floor(name, scratch):
    """A program of bench/floor, compiled."""
    call("gcc", "-O2", "-static", "-o", f"{scratch}/{name}", f"{ROOT}/bench/floor/{name}.c")
    return f"{scratch}/{name}"
