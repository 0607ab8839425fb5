"""Servers on this computer that speak as CRMs do, with faults that a test can switch on."""
