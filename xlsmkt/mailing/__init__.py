"""Mails: the dashboard and the alerts, from this user's own mail server.

`settings` says which server that is, `addresses` who writes to whom, `message` builds a mail, `sending` hands it over,
`dashboard_mail` is all of it for the dashboard.
"""
