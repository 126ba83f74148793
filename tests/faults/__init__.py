"""What becomes of the whole service when a part of it fails: `make faults` writes docs/reliability.md.

link.py     a cable between the service and a part around it, which can be pulled, stretched and cut
service.py  the service under fault: what is planted in it, and what is asked of it
faults.py   each fault, from its beginning to its end
report.py   what was measured, as a Markdown table
"""
