"""staff-sso's stand-in: django-oauth-toolkit, as there, with sample people and the three real endpoints.

Started by `python -m infra.local.sso`, see `__main__`.
"""
