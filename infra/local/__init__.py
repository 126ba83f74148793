"""Everything that the service needs around it, on one machine: `python -m infra.local up`.

The product does not know of it: it is handed URLs. Not part of the production image.
"""
