"""Sentences that appear when the day looked at and the imported data do not meet."""

from xlsmkt.template.formulas import date_text
from xlsmkt.template.totals import FIRST_DAY


def outside_the_data(otherwise: str = '""') -> str:
    """The warning that the data say nothing of the day looked at, or give it no goal.

    ``otherwise`` is what to say when all is well, a formula without its sign.
    """
    return (
        f'=IF(AND(Data_Until>0,As_Of>Data_Until),"The data end on "&{date_text("Data_Until")}&": later days count as '
        f'days without leads. Type =Data_Until in Figures as of (Inputs) to follow the data.",'
        f'IF(AND(As_Of>0,SLA_Date<{FIRST_DAY}),"The data begin on "&{date_text(FIRST_DAY)}&": nothing is known of the '
        f'days before.",IF(ISNUMBER(Lead_Goal),{otherwise},"There is no lead goal: give another close rate or goal '
        'method on Inputs.")))'
    )


def looking_back() -> str:
    """The note that a day of the past is shown with what is known by now of its leads."""
    return f'=IF(AND(As_Of>0,SLA_Date<Data_Until),"Stages as known on "&{date_text("Data_Until")}&".","")'
