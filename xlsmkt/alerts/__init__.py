"""What needs somebody: leads to call, leads that wait too long, an SLA that turned behind. Each is told once.

`holding` reads what holds now from the computed workbook, `news` says what of it is new, `told` keeps what was told,
`telling` prints and mails it.
"""
