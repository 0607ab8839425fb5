"""What Calc's function wizard says about our functions."""

from typing import Any, Dict, List

from xlsmkt.catalogue import CATALOGUE
from xlsmkt.hosts.calc.inside.jobs import job


@job
def describe(context: Any) -> List[Dict[str, Any]]:
    """Name, description, category and arguments of each function of ours, as the wizard shows them."""
    known = context.ServiceManager.createInstanceWithContext("com.sun.star.sheet.FunctionDescriptions", context)
    found = []
    for number in range(known.getCount()):
        told = {one.Name: one.Value for one in known.getByIndex(number)}
        if told["Name"] in CATALOGUE:
            found.append(
                {
                    "name": told["Name"],
                    "description": told["Description"],
                    "category": told["Category"],
                    "arguments": [
                        {"name": one.Name, "description": one.Description, "optional": one.IsOptional}
                        for one in told["Arguments"]
                    ],
                }
            )
    return found
