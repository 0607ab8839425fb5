"""What an office and the program that starts it agree on."""

CONTACT = "XLSMKT_CONTACT"
"""The environment variable with the file into which the office writes where it listens."""

OWNER = "XLSMKT_OWNER"
"""The environment variable with the process that the office ends with; without it, it ends only when told to."""

FOLDER = "xlsmkt-office-"
"""How the name of the folder begins that is made for an office, and goes with it."""
