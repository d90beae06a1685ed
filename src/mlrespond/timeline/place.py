"""Where a timeline may live: not on a network file system, whose locks SQLite cannot trust."""

from __future__ import annotations

from pathlib import Path

from mlrespond.errors import UnwritableError

# sqlite.org/wal.html: WAL needs shared memory; sqlite.org/faq.html#q5: NFS locks are often broken
_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "fuse.sshfs", "ceph"})
_MOUNTS = Path("/proc/self/mounts")


def refuse_network_file_system(path: Path) -> None:
    """Raise UnwritableError when the path lies on a network file system (known on Linux only)."""
    kind = _file_system(path.absolute())
    if kind in _NETWORK:
        raise UnwritableError(
            f"{path} lies on a network file system ({kind}), where SQLite loses data",
            hint="set `timeline:` in mlir.yaml, or MLRESPOND_TIMELINE, to a local path",
        )


def _file_system(path: Path) -> str:
    try:
        lines = _MOUNTS.read_text().splitlines()
    except OSError:
        return "unknown"
    mounts = {fields[1]: fields[2] for fields in (line.split() for line in lines)}
    for place in (path, *path.parents):
        if str(place) in mounts:
            return mounts[str(place)]
    return "unknown"
