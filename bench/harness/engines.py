"""Engines with docker's command line, each with a state of its own below a scratch directory, and an image "bench" in it."""
import os, shutil, subprocess, time

from harness.measure import ROOT, Failed, call

ULIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"]  # podman asks for more than some hosts allow


class Engine:
    """name: of its column. no_network, network: options of run."""

    command: list
    no_network = ["--network", "none"]
    network: list = []
    common: list = []

    def words(self, *arguments):
        return [*self.command, *arguments]

    def run(self, *options, command=("/bin/true",)):
        return self.words("run", *self.common, *options, "bench", *command)

    def start_idle(self, name):
        call(*self.run("-d", "--name", name, *self.no_network, command=("/bin/pause",)))

    def remove(self, *names):
        subprocess.run(self.words("rm", "-f", *names), stdin=subprocess.DEVNULL, capture_output=True)

    def close(self):
        names = call(*self.words("ps", "-aq")).split()
        if names:
            self.remove(*names)


class Mydocker(Engine):
    name = "mydocker"
    no_network = []  # without -a a container has nothing but its loopback

    def __init__(self, scratch, tarball):
        self.command = [f"{ROOT}/out/mydocker", "--root", f"{scratch}/mydocker", "--state", f"{scratch}/mydocker-run"]
        call("ip", "link", "add", "bench0", "type", "bridge")
        call("ip", "address", "add", "10.99.0.1/24", "dev", "bench0")
        call("ip", "link", "set", "bench0", "up")
        self.network = ["-a", "10.99.0.2/24", "-b", "bench0"]
        call(*self.words("import", tarball, "bench"))

    @staticmethod
    def version():
        return call(f"{ROOT}/out/mydocker", "--version")


class Podman(Engine):
    name = "podman"
    common = ULIMITS

    def __init__(self, scratch, tarball):
        own = f"{scratch}/podman"
        self.command = ["podman", "--root", f"{own}/root", "--runroot", f"{own}/run", "--tmpdir", f"{own}/tmp",
                        "--cgroup-manager", "cgroupfs", "--events-backend", "file", "--runtime", "crun"]
        call(*self.words("import", tarball, "bench"))

    @staticmethod
    def version():
        return f"{call('podman', '--version')} with {call('crun', '--version').splitlines()[0]}"


class Docker(Engine):
    name = "docker"

    def __init__(self, scratch, tarball):
        own = f"{scratch}/docker"
        os.makedirs(own)
        socket = f"unix://{own}/socket"
        self.command = ["docker", "-H", socket]
        self.log = open(f"{own}/log", "w")
        self.daemon = subprocess.Popen(
            ["dockerd", "-H", socket, "--data-root", f"{own}/data", "--exec-root", f"{own}/exec", "--pidfile", f"{own}/pid"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        try:
            self.wait()
            call(*self.words("import", tarball, "bench"))
        except Failed:
            self.daemon.kill()
            raise

    def wait(self):
        for _ in range(300):
            if subprocess.run(self.words("version"), stdin=subprocess.DEVNULL, capture_output=True).returncode == 0:
                return
            if self.daemon.poll() is not None:
                break
            time.sleep(0.1)
        raise Failed(f"dockerd does not come up; see {self.log.name}")

    def close(self):
        super().close()
        self.daemon.terminate()
        self.daemon.wait()

    @staticmethod
    def version():
        return call("docker", "--version")


def present(scratch, tarball):
    """mydocker, and those peers that are installed and run; a line about each that does not."""
    engines = [Mydocker(scratch, tarball)]
    for kind, program in ((Podman, "podman"), (Docker, "dockerd")):
        if shutil.which(program) is None:
            print(f"bench: {program} is not installed: left out")
            continue
        try:
            engines.append(kind(scratch, tarball))
        except Failed as failure:
            print(f"bench: {kind.name} does not run here: left out: {failure}")
    return engines
