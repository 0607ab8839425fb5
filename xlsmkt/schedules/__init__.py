"""The run of every morning: jobs, the schedulers that start them, and what a run does.

`jobs` says what a job is and keeps the list of this user's jobs; `schedulers` finds the one of this computer, each a
module here (``cron``, ``systemd``, ``launchd``, ``tasks``); `running` is the run itself, `logs` what it leaves behind.
"""

SCHEDULERS = {
    "cron": "xlsmkt.schedules.cron",
    "systemd": "xlsmkt.schedules.systemd",
    "launchd": "xlsmkt.schedules.launchd",
    "tasks": "xlsmkt.schedules.tasks",
}
"""What a user types after --with -> the module; a scheduler is one line here and one module."""
