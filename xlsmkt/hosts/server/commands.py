"""The commands `xlsmkt server init` and `xlsmkt server run`."""

import argparse
from pathlib import Path


def add_server_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``server init`` and ``server run`` to the command line."""
    words = "xlwings Server for Excel on Mac and the web (an extra: pip install xlsmkt[server])."
    group = commands.add_parser("server", help=words, description=words)
    tasks = group.add_subparsers(metavar="TASK", required=True)

    told = (
        "Make the folder of a server, or add what it lacks; nothing that is there changes. Says the licence of xlwings "
        "Server first. The licence key is kept in DIR/.env, which its user alone may read, on Windows whoever may read "
        "the folder; it is taken from the variable XLWINGS_LICENSE_KEY or typed unseen, so that no list of processes "
        "and no message ever shows it."
    )
    init = tasks.add_parser("init", help="Make the folder of a server.", description=told)
    init.set_defaults(run=_init)
    init.add_argument("folder", type=Path, metavar="DIR")
    init.add_argument("--licence", metavar="LICENCE", help="noncommercial, or key: I have a key (default: ask)")

    told = (
        "Run the server of a folder until Ctrl-C. While DIR/.env does not say who may call, it answers this computer "
        "alone; --host with another address, or a public name in XLWINGS_HOSTNAME, then wants --without-authentication."
    )
    run = tasks.add_parser("run", help="Run the server of a folder.", description=told)
    run.set_defaults(run=_run)
    run.add_argument("folder", type=Path, metavar="DIR")
    run.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="default: 127.0.0.1, this computer alone")
    run.add_argument("--port", type=int, default=8000, metavar="N", help="default: 8000")
    run.add_argument("--certificate", type=Path, metavar="FILE", help="for https, with --key")
    run.add_argument("--key", type=Path, metavar="FILE", help="the private key of the certificate")
    run.add_argument("--without-authentication", action="store_true", help="let everybody who reaches the server call")


def _init(options: argparse.Namespace) -> int:
    from xlsmkt.hosts.server.licence import TEXT, require_server
    from xlsmkt.hosts.server.scaffold import readme, scaffold

    print(TEXT)
    require_server()
    done = scaffold(options.folder, options.licence)
    if done.left:
        print(f"Left as they were: {', '.join(done.left)}")
    if done.written:
        print(f"Made in {options.folder}: {', '.join(done.written)}")
    for note in done.notes:
        print(note)
    print(f"Next: xlsmkt server run {options.folder} (and read {readme(options.folder)})")
    return 0


def _run(options: argparse.Namespace) -> int:
    from xlsmkt.hosts.server.running import run

    run(
        options.folder,
        options.host,
        options.port,
        certificate=options.certificate,
        key=options.key,
        without_authentication=options.without_authentication,
    )
    return 0
