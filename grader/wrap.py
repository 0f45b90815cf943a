"""The command prefixes that put a program into a sandbox.

A prefix is an argv to which the program and its arguments are appended. Its
first program is always `confine` as a supervisor, so that killing it takes the
whole sandbox down, and how it ends tells how the program ended.

full      confine (user, supervisor) -> bwrap (namespaces, mounts) -> confine
          (limits, system call filter) -> program
reduced   confine (user, supervisor, limits, Landlock, filter) -> program
none      confine (supervisor, limits) -> program
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BWRAP = Path("/usr/bin/bwrap")
CHANNEL = ("--keep=3",)  # the socket between a judge and its nursery of hosts
MB = 1 << 20

# What a linked program needs, and what a compiler needs besides. Not all of
# /usr: a clone of the course may well lie in /usr/local/src or /usr/share.
LIBRARIES = ("/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32")
TOOLS = ("/usr/bin", "/usr/libexec", "/usr/include", "/etc/alternatives")
LIBRARY_LINKS = ("/lib", "/lib32", "/lib64", "/libx32")
TOOL_LINKS = ("/bin",)
# Read when present; without namespaces only, where they are the machine's own.
SETTINGS = ("/etc/ld.so.cache", "/etc/ssl/openssl.cnf", "/proc/self")


@dataclass(frozen=True)
class Limits:
    """What one program in a sandbox may use."""

    cpu_s: int
    wall_s: float
    file_mb: int
    memory_mb: int  # of all its processes together
    processes: int
    address_space_mb: int | None = None  # not under the address sanitizer
    scratch_mb: int = 256  # of the temporary folder, where it has its own


# A test makes many calls; the judge watches each of them by the clock, these
# limits are only the last resort behind its own. They hold for a nursery and all
# hosts that are forked from it, as long as the judge runs.
HOST_LIMITS = Limits(cpu_s=600, wall_s=7200, file_mb=0, memory_mb=2048, processes=64)
BUILD_LIMITS = Limits(
    cpu_s=20,
    wall_s=60,
    file_mb=64,
    memory_mb=2048,
    processes=64,
    address_space_mb=2048,
)
SYMBOLIZER_LIMITS = Limits(
    cpu_s=10,
    wall_s=20,
    file_mb=0,
    memory_mb=1024,
    processes=8,
    address_space_mb=1024,
)


@dataclass(frozen=True)
class View:
    """A folder that the program sees, here and in the sandbox's own tree."""

    outside: Path
    inside: str
    writable: bool = False


@dataclass(frozen=True)
class Box:
    """A sandbox to be: the level and the user that its programs run as."""

    level: str  # "full", "reduced" or "none"
    confine: Path  # must be readable by that user
    uid: int | None = None  # None: the caller's own

    def path(self, view: View, *names: str) -> str:
        """The path by which the program knows a file of a view."""
        base = view.inside if self.level == "full" else str(view.outside)
        return "/".join((base, *names))

    def prefix(
        self,
        views: Sequence[View],
        limits: Limits,
        *,
        compiles: bool,
        scratch: Path | None = None,
        start_in: View | None = None,
        channel: bool = False,
        report_fd: int | None = None,
    ) -> list[str]:
        """The argv that runs what is appended to it in the sandbox.

        `compiles`: the tools are there and other programs can be started;
        else it is a nursery of hosts. `scratch`: a folder for temporary files.
        `channel`: the judge's socket is passed on. `report_fd`: where the
        supervisor writes how the program ended.
        """
        outer = [str(self.confine), "--supervise"]
        outer += [f"--wall-ms={round(limits.wall_s * 1000)}"]
        outer += [f"--memory-mb={limits.memory_mb}"]
        if report_fd is not None:
            outer += [f"--report={report_fd}"]
        if self.uid is not None:
            outer += [f"--user={self.uid}", f"--group={self.uid}"]
        if channel:
            outer += CHANNEL
        inner = self._limits(limits)
        if compiles:
            temporary = "/tmp" if self.level == "full" else str(scratch)
            inner += ["--env=PATH=/usr/bin:/bin", "--env=LC_ALL=C"]
            inner += [f"--env=TMPDIR={temporary}", f"--env=HOME={temporary}"]
        if start_in is not None:
            inner += [f"--chdir={self.path(start_in)}"]
        if self.level != "none":
            inner += ["--filter=build" if compiles else "--filter=host"]
        if self.level == "full":
            mounts = self._mounts(views, limits, compiles)
            keep = CHANNEL if channel else ()
            return [*outer, "--", *mounts, "/confine", *keep, *inner, "--"]
        if self.level == "reduced":
            inner += self._files(views, scratch, compiles)
        return [*outer, *inner, "--"]

    def _limits(self, limits: Limits) -> list[str]:
        # Inside a user namespace the processes of that namespace alone count;
        # outside it, all those of the user, so an ordinary user's own do too.
        processes = limits.processes
        if self.uid is None and self.level != "full":
            processes += 4096
        values = {
            "cpu": limits.cpu_s,
            "fsize": limits.file_mb * MB,
            "nproc": processes,
            "nofile": 256,
            "stack": 8 * MB,
        }
        if limits.address_space_mb is not None:
            values["as"] = limits.address_space_mb * MB
            values["stack"] = 64 * MB  # gcc raises its own to this
        return [f"--limit={name}={value}" for name, value in values.items()]

    def _mounts(
        self, views: Sequence[View], limits: Limits, compiles: bool
    ) -> list[str]:
        argv = [str(BWRAP), "--unshare-all", "--die-with-parent"]
        argv += ["--hostname", "sandbox", "--uid", "1000", "--gid", "1000"]
        tools, links = (TOOLS, TOOL_LINKS) if compiles else ((), ())
        for path in LIBRARIES + tools:
            argv += ["--ro-bind-try", path, path]
        for link in map(Path, LIBRARY_LINKS + links):
            if link.is_symlink():
                argv += ["--symlink", str(link.readlink()), str(link)]
            else:
                argv += ["--ro-bind-try", str(link), str(link)]
        argv += ["--proc", "/proc"]
        argv += ["--ro-bind", str(self.confine), "/confine"]
        if compiles:
            argv += ["--dev", "/dev", "--remount-ro", "/dev"]
            argv += ["--size", str(limits.scratch_mb * MB), "--tmpfs", "/tmp"]
        for view in views:
            how = "--bind" if view.writable else "--ro-bind"
            argv += [how, str(view.outside), view.inside]
        return [*argv, "--remount-ro", "/", "--"]

    def _files(
        self, views: Sequence[View], scratch: Path | None, compiles: bool
    ) -> list[str]:
        tools = TOOLS + TOOL_LINKS if compiles else ()
        reads = LIBRARIES + LIBRARY_LINKS + SETTINGS + tools
        argv = [f"--read={path}" for path in reads]
        argv += [f"--read={self.confine}"]
        if compiles:
            argv += [f"--write={scratch}", "--write=/dev/null"]
        for view in views:
            how = "--write" if view.writable else "--read"
            argv += [f"{how}={view.outside}"]
        return argv
