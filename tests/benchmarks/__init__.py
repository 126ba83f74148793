"""How fast the service is, beside what the machine could do at best: `make bench` writes docs/performance.md.

Figures are ratios to a floor that is measured in the same run, since machines differ and are busy; each is the best
of a few tries, since noise only ever adds.
"""
