"""Putting a new file in the place of an old one: at every moment there is the old one or the new one, whole."""

import errno
import glob
import os
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from xlsmkt.errors import UserError
from xlsmkt.package.parts import Package
from xlsmkt.package.zipping import ZipWriter

Progress = Callable[[int, int], None]
_LEFT_OVER = ".xlsmkt-new"
_A_DAY = 86_400
_NAME_KEPT = 60  # of the workbook's name in the name of the file that grows


def refuse_unwritable(path: Path) -> None:
    """UserError if another program has the file open, or if it may not be changed."""
    for lock, program in ((f"~${path.name}", "Excel"), (f".~lock.{path.name}#", "LibreOffice")):
        if (path.parent / lock).exists():
            raise UserError(
                f"{path.name} is open in {program}: close it there and try again "
                f"(if it is not open anywhere, delete the file {lock} beside it)."
            )
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise UserError(f"{path.name} cannot be reached ({error.strerror}): name the file itself.") from None
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise UserError(f"{path} is a pipe or a device: give a workbook file.")
    if not kind & 0o222 or not os.access(path, os.W_OK):
        raise UserError(f"{path.name} is read-only: allow writing in its properties, or work on a copy.")


def write_package(package: Package, path: Path, progress: Progress | None = None) -> None:
    """Write the package, changed parts and all, as the file ``path``. The package's own file is closed.

    Raises UserError if the file cannot be written; then the old file is as it was.
    """
    path = Path(os.path.realpath(path))  # a link stays a link
    refuse_unwritable(path)
    if path.exists() and package.path.exists() and path.samefile(package.path):
        status = path.stat()
        if (status.st_mtime_ns, status.st_size) != package.stamp:
            raise UserError(f"{path.name} was changed by another program meanwhile: close it there and try again.")
    temporary: Path | None = None
    try:
        _sweep(path)
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:_NAME_KEPT]}.", suffix=_LEFT_OVER, dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "w+b") as file, package.path.open("rb") as source:
            writer = ZipWriter(file)
            names = package.names()
            for done, part in enumerate(names):
                if progress:
                    progress(done, len(names))
                entry = package.entries[part]
                if part in package.replaced:
                    writer.write(entry, package.replaced[part])
                else:
                    writer.copy(source, entry, package.path.name)
            writer.finish(package.archive.comment)
            file.flush()
            os.fsync(file.fileno())
        _keep_permissions(path, temporary)
        package.close()  # Windows replaces no file that is open
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        raise _refusal(path, error) from None
    finally:
        if temporary:
            with suppress(OSError):
                temporary.unlink()
    _sync_folder(path.parent)
    if progress:
        progress(len(names), len(names))


def _keep_permissions(old: Path, new: Path) -> None:
    try:
        status = old.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        new.chmod(0o666 & ~mask)
        return
    if hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(new, status.st_uid, status.st_gid)
    new.chmod(status.st_mode & 0o7777)  # after chown, which may take rights away


def _sync_folder(folder: Path) -> None:
    """After a power cut, too, the folder must name the new file. Windows knows no such call."""
    if os.name == "posix":
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _sweep(path: Path) -> None:
    """Remove what a killed run left beside the file, once it is surely nobody's."""
    for left_over in path.parent.glob(f".{glob.escape(path.name[:_NAME_KEPT])}.*{_LEFT_OVER}"):
        with suppress(OSError):
            if time.time() - left_over.stat().st_mtime > _A_DAY:
                left_over.unlink()


def _refusal(path: Path, error: OSError) -> UserError:
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", -1)):
        return UserError(f"The disk is full: make room and try again; {path.name} is as it was.")
    if error.errno == errno.EROFS or isinstance(error, PermissionError):
        return UserError(
            f"{path.name} cannot be written: close it in other programs and see that its folder may be written to."
        )
    if isinstance(error, FileNotFoundError):
        return UserError(f"There is no folder {path.parent}: make it or name another one.")
    return UserError(f"{path.name} cannot be written ({error.strerror}): it is as it was; try again or save elsewhere.")
