"""A timeline is refused where SQLite would lose data."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlrespond.errors import UnwritableError
from mlrespond.timeline.place import MOUNTS, refuse_network_file_system


def mounts(folder: Path, *lines: tuple[Path, str]) -> Path:
    path = folder / "mounts"
    told = [f"dev {str(at).replace(' ', chr(92) + '040')} {kind} rw 0 0" for at, kind in lines]
    path.write_text("\n".join(["dev / ext4 rw 0 0", *told]) + "\n")
    return path


@pytest.mark.parametrize(
    "kind",
    ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.rclone", "fuse.s3fs", "lustre"],
)
def test_a_network_file_system_is_refused_with_a_way_out(tmp_path: Path, kind: str) -> None:
    known = mounts(tmp_path, (tmp_path / "share", kind))

    with pytest.raises(UnwritableError, match=f"network file system \\({kind}\\)") as refused:
        refuse_network_file_system(tmp_path / "share" / "team" / "timeline.db", known)

    assert "MLRESPOND_TIMELINE" in refused.value.hint


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "apfs", "tmpfs", "fuse.lxcfs", "overlay"])
def test_a_local_file_system_is_taken(tmp_path: Path, kind: str) -> None:
    known = mounts(tmp_path, (tmp_path / "disk", kind))

    refuse_network_file_system(tmp_path / "disk" / "timeline.db", known)


def test_a_link_into_a_network_file_system_is_seen_through(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "here").symlink_to(tmp_path / "share")

    with pytest.raises(UnwritableError):
        refuse_network_file_system(
            tmp_path / "here" / "timeline.db", mounts(tmp_path, (tmp_path / "share", "nfs4"))
        )


def test_the_nearest_mount_counts_and_the_last_of_those(tmp_path: Path) -> None:
    inner = tmp_path / "share" / "disk"
    known = mounts(tmp_path, (tmp_path / "share", "nfs"), (inner, "nfs"), (inner, "ext4"))

    refuse_network_file_system(inner / "timeline.db", known)


def test_a_mount_whose_name_has_a_space_is_found(tmp_path: Path) -> None:
    share = tmp_path / "our share"

    with pytest.raises(UnwritableError):
        refuse_network_file_system(share / "timeline.db", mounts(tmp_path, (share, "cifs")))


def test_a_machine_without_that_list_is_believed(tmp_path: Path) -> None:
    refuse_network_file_system(tmp_path / "timeline.db", tmp_path / "none")


def test_this_machine_is_asked_by_default(tmp_path: Path) -> None:
    assert Path("/proc/self/mounts") == MOUNTS
    refuse_network_file_system(tmp_path / "timeline.db")
