"""Where a timeline may live: not on a network file system, whose locks SQLite cannot trust."""

from __future__ import annotations

from pathlib import Path

from mlrespond.errors import UnwritableError

# sqlite.org/wal.html: WAL needs shared memory; sqlite.org/faq.html#q5: NFS locks are often broken
_NETWORK = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb2",
        "smb3",
        "smbfs",
        "vboxsf",
        "vmhgfs",
    }
)
_OVER_FUSE = ("ceph", "davfs", "gcsfuse", "gluster", "rclone", "s3fs", "smb", "sshfs", "vmhgfs")
MOUNTS = Path("/proc/self/mounts")


def refuse_network_file_system(path: Path, mounts: Path = MOUNTS) -> None:
    """Raise UnwritableError when the path lies on a network file system (known on Linux only)."""
    kind = _file_system(path.resolve(), mounts)
    over_fuse = kind.startswith("fuse.") and kind[5:].startswith(_OVER_FUSE)
    if kind in _NETWORK or over_fuse:
        raise UnwritableError(
            f"{path} lies on a network file system ({kind}), where SQLite loses data",
            hint="set `timeline:` in mlir.yaml, or MLRESPOND_TIMELINE, to a local path",
        )


def _file_system(path: Path, mounts: Path) -> str:
    """Return the sort of the file system that a path lies on: the last mount on its way counts."""
    try:
        lines = mounts.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return "unknown"
    found = {_plain(fields[1]): fields[2] for fields in (line.split() for line in lines)}
    for place in (path, *path.parents):
        if str(place) in found:
            return found[str(place)]
    return "unknown"


def _plain(written: str) -> str:
    """Return a path without the octal escapes of getmntent(3)."""
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        written = written.replace(code, letter)
    return written
